"""Rungs: the fidelities at which configurations are compared before the better ones go on."""

from __future__ import annotations

import math

from ..errors import InvalidOption
from ..problem import Fidelity
from .option_checks import positive

_ROUNDING = 1e-9


def rungs_of(fidelity: Fidelity, eta: int, min_fidelity: float | None) -> tuple[float, ...]:
    """The fidelities high / eta**k from the lowest of at least `min_fidelity` (None: the offered low) up to high.

    Whole numbers where the lowest allowed and the highest are whole. Raises `InvalidOption` for a `min_fidelity`
    outside the offered range.
    """
    low = fidelity.low if min_fidelity is None else positive("min_fidelity", min_fidelity)
    if not fidelity.low <= low <= fidelity.high:
        raise InvalidOption(f"min_fidelity lies in [{fidelity.low:g}, {fidelity.high:g}] here, not at {min_fidelity!r}")
    is_whole = float(low).is_integer() and float(fidelity.high).is_integer()
    rungs: list[float] = []
    while (rung := fidelity.high / eta ** len(rungs)) >= low * (1 - _ROUNDING):
        rungs.insert(0, max(low, math.floor(rung + 0.5) if is_whole else rung))
    return tuple([float(rung) for rung in rungs])
