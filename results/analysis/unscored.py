"""Studies that ran and yet have no value to compare: none of their trials succeeded at the highest fidelity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .curves import TaskCurves


@dataclass(frozen=True, slots=True)
class Unscored:
    """The studies of one strategy on one task that found nothing."""

    strategy: str
    task: str
    studies: int
    """How many found nothing, at least one."""
    ran: int
    """Of how many that ran."""


def unscored(all_curves: Sequence[TaskCurves]) -> tuple[Unscored, ...]:
    """One for each strategy and task with such a study, in the order of the tasks."""
    found = []
    for curves in all_curves:
        without = curves.ran & ~np.isfinite(curves.losses[:, :, -1])
        for name, missing, ran in zip(curves.strategies, without.sum(axis=1), curves.ran.sum(axis=1), strict=True):
            if missing:
                found.append(Unscored(name, curves.task, int(missing), int(ran)))
    return tuple(found)
