"""Order flips: tasks where who is ahead early in the budget is behind at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .paired import PairedDifferences, sign_flip_p
from .scores import TaskScores
from .significance import holm

EARLY = 0.25
"""The share of the budget that is early."""
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class OrderFlip:
    """Two strategies of which the medians over seeds change places on one task."""

    task: str
    ahead_early: str
    """The higher median score after a quarter of the budget."""
    ahead_late: str
    """The higher median score at the end."""
    p_value: float
    """That not both leads are real: the larger of the two p-values of the leads."""
    p_holm: float
    """The same, adjusted for the number of pairs whose medians change places (Holm 1979)."""

    @property
    def is_shown(self) -> bool:
        """Whether the seeds say so; if not, luck alone could have changed the order."""
        return self.p_holm < LEVEL


def order_flips(scores: Sequence[TaskScores]) -> tuple[OrderFlip, ...]:
    """All pairs of strategies whose medians change places on some task between 25 % of its budget and its end.

    A flip is real only where both leads are: so each is tested with `sign_flip_p` on the seeds that both ran with, and
    the larger p-value counts (the intersection-union test of Berger 1982, which needs no correction for the two). It
    is 1 where the means over seeds say otherwise than the medians. These pairs, over all tasks, are one family; that
    they were chosen for their medians changes no two-sided p-value, which does not depend on who is ahead. Ties of
    medians are no flips.
    """
    found = [flip for task in scores for flip in _flips_of(task)]
    adjusted = holm([flip.p_value for flip in found])
    return tuple(replace(flip, p_holm=float(p)) for flip, p in zip(found, adjusted, strict=True))


def _flips_of(task: TaskScores) -> Iterator[OrderFlip]:
    length = task.scores.shape[2]
    early, late = task.scores[:, :, max(int(np.ceil(EARLY * length - 1e-9)), 1) - 1], task.final
    for i, j in combinations(range(len(task.strategies)), 2):
        both = ~np.isnan(late[i] - late[j])
        if not both.any():
            continue
        leads = [float(np.median(at[i, both]) - np.median(at[j, both])) for at in (early, late)]
        if leads[0] * leads[1] < 0:
            first, second = (i, j) if leads[0] > 0 else (j, i)
            won, lost = (early[first] - early[second])[both], (late[second] - late[first])[both]
            p_value = max(_p_value(won), _p_value(lost))
            yield OrderFlip(task.task, task.strategies[first], task.strategies[second], p_value, p_value)


def _p_value(leads: NDArray[np.float64]) -> float:
    """That the mean lead is 0 [seeds]; 1 where it is none, or there is one seed alone."""
    if leads.size < 2 or leads.mean() <= 0:
        return 1.0
    return sign_flip_p(PairedDifferences("", "", ("",), (leads,)))
