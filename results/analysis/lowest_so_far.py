"""The lowest loss so far of many studies at once: millions of trials in a few passes over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def lowest_so_far(
    studies: NDArray[np.intp], steps: NDArray[np.intp], losses: NDArray[np.float64], lines: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """The lowest loss of each study up to each step [count, steps]; NaN until there is one.

    Of each trial [n] the study, the step in which it ended, from 0, and the loss, NaN for none; `lines` says in which
    line of the result each study belongs. Any order will do; the quickest is study by study, each with one trial in
    each step.
    """
    length = int(steps.max(initial=0)) + 1
    whole = _whole_studies(studies, steps, length)
    if whole is not None and np.array_equal(lines[whole], np.arange(count)):
        return np.asarray(np.fmin.accumulate(losses.reshape(-1, length), axis=1))
    found = np.full((count, length), np.nan)
    if whole is not None:
        found[lines[whole]] = losses.reshape(-1, length)
    else:
        _put_lowest(found.reshape(-1), lines[studies] * length + steps, losses)
    return np.asarray(np.fmin.accumulate(found, axis=1, out=found))


def begins_of_runs(values: NDArray[np.integer]) -> NDArray[np.intp]:
    """Where equal values that stand together begin [m]."""
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])[: values.size])


def is_ascending(values: NDArray[np.integer]) -> bool:
    """Whether no value is below the one before it."""
    return bool((values[1:] >= values[:-1]).all())


def _whole_studies(studies: NDArray[np.intp], steps: NDArray[np.intp], length: int) -> NDArray[np.intp] | None:
    """The studies in their order, if each has one trial in each step and they stand together; else None."""
    if steps.size % length or not (steps.reshape(-1, length) == np.arange(length)).all():
        return None
    firsts = studies[::length]
    is_together = bool((studies.reshape(-1, length) == firsts[:, None]).all())
    return firsts if is_together and np.unique(firsts).size == firsts.size else None


def _put_lowest(found: NDArray[np.float64], cells: NDArray[np.intp], losses: NDArray[np.float64]) -> None:
    """Put into each cell the lowest of its losses [n]."""
    if not is_ascending(cells):
        np.fmin.at(found, cells, losses)
    elif cells.size:
        begins = begins_of_runs(cells)
        found[cells[begins]] = np.fmin.reduceat(losses, begins)
