"""Attainment surfaces: what a share of a strategy's studies reach or exceed in two objectives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .hypervolume import JointResults

SHARES = (0.25, 0.5, 0.75)
"""Of the seeds; the middle one is the median front."""


@dataclass(frozen=True, slots=True)
class Attainment:
    """What one strategy reaches on one task with two objectives."""

    strategy: str
    surfaces: tuple[NDArray[np.float64], ...]
    """For each of `SHARES`, the losses of the corners of its surface [m, 2], as `attainment_surface` gives them."""
    studies: int
    """How many ran."""
    found: int
    """How many of them have a successful trial at the highest fidelity."""


def attainment_surface(fronts: Sequence[NDArray[np.float64]], share: float, studies: int) -> NDArray[np.float64]:
    """The front of what at least this share of the studies weakly dominate [m, 2], in order of the first objective.

    `fronts` are the losses [n, 2] of those that found anything, in any order and with dominated points or without;
    `studies` says how many ran: one that found nothing reaches nothing. Empty where too few found anything.

    The empirical attainment function is of Fonseca and Fleming (1996) and of Grunert da Fonseca, Fonseca and Hall
    (2001, doi:10.1007/3-540-44719-9_15); computed exactly by moocore, after Fonseca, Guerreiro, Lopez-Ibanez and
    Paquete (2011, doi:10.1007/978-3-642-19893-9_8).
    """
    least = max(math.ceil(share * studies - 1e-9), 1)
    if least > len(fronts):
        return np.empty((0, 2))
    from moocore import eaf

    sets = np.repeat(np.arange(len(fronts)), [len(front) for front in fronts])
    surface = eaf(np.concatenate(list(fronts)), sets, percentiles=[100 * least / len(fronts)])[:, :2]
    ordered: NDArray[np.float64] = surface[np.argsort(surface[:, 0], kind="stable")]
    return ordered


def attainments(results: JointResults, store: Store) -> tuple[Attainment, ...]:
    """Of the strategies that ran on the task, in the store's order; for a task with two objectives."""
    found = (_attainment(results, store, name) for name in store.strategies)
    return tuple(attainment for attainment in found if attainment.studies)


def _attainment(results: JointResults, store: Store, strategy: str) -> Attainment:
    mine = (store.studies["task"] == results.task) & (store.studies["strategy"] == strategy)
    ran = np.intersect1d(store.studies.index[mine], store.outcomes["position"])
    fronts = [front for position in ran if len(front := results.front_of(position))]
    surfaces = tuple(attainment_surface(fronts, share, len(ran)) for share in SHARES)
    return Attainment(strategy, surfaces, len(ran), len(fronts))
