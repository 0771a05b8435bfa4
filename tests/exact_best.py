"""The exact expectation of the best of some recorded configurations, drawn without replacement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def expected_best(losses: Sequence[Sequence[float]], count: int) -> float:
    """Of `count` configurations, all equally likely, each with one of its replicates [C][R], all equally likely.

    P(all > t) is an elementary symmetric polynomial of the configurations' P(loss > t), divided by its number of
    terms. From one t to the next a single factor (1 + P x) of its generating function changes. In fractions this is
    exact; in floats, for more configurations, it is good to eight digits for counts up to 12.
    """
    number = Fraction if len(losses) <= 100 else float
    polynomial = [number(math.comb(len(losses), k)) for k in range(count + 1)]
    total = polynomial[count]
    above = [len(replicates) for replicates in losses]
    recorded = sorted((loss, place) for place, replicates in enumerate(losses) for loss in replicates)
    expectation = reached = recorded[0][0]
    for loss, place in recorded:
        expectation += (loss - reached) * float(polynomial[count] / total)
        reached = loss
        old = number(above[place]) / len(losses[place])
        above[place] -= 1
        polynomial = _exchanged(polynomial, old, number(above[place]) / len(losses[place]))
    return expectation


def _exchanged(
    polynomial: Sequence[Fraction | float], old: Fraction | float, new: Fraction | float
) -> list[Fraction | float]:
    """The polynomial with one factor (1 + old x) exchanged for (1 + new x)."""
    without = [polynomial[0]]
    for coefficient in polynomial[1:]:
        without.append(coefficient - old * without[-1])
    return [without[0], *(without[k] + new * without[k - 1] for k in range(1, len(without)))]
