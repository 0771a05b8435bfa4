"""How much hypervolume each strategy reached on each task with several objectives, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .bootstrap import Draws, Intervals, bootstrap_intervals
from .curves import TaskCurves, incumbent_curves
from .hypervolume import JointResults, joint_results
from .significance import Pair, as_one_family, pairwise_wilcoxon


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One strategy on one task with several objectives."""

    task: str
    strategy: str
    volume: float
    """Median over seeds of the hypervolume at the end, as a share of that of all trials together."""
    low: float
    high: float
    """Ends of the median's 95% bootstrap interval over seeds; NaN with one seed."""
    front: float
    """Median over seeds of the number of trials on a study's front."""
    seeds: int
    """Studies that ran."""
    against: Pair | None
    """The strategy (a) against the reference (b) over seeds, all tasks one family; None where that took no part."""


def volume_rows(store: Store, reference: str = "random", resamples: int = 2000, seed: int = 0) -> tuple[VolumeRow, ...]:
    """One row for each task and strategy that ran on it, in the order of the plan."""
    curves = [curve for curve in incumbent_curves(store) if curve.is_hypervolume]
    pairs = _against(curves, _label(store, reference))
    rows = []
    for curve in curves:
        found, finals = joint_results(store, curve.task), final_shares(curve)
        intervals = _intervals(finals, resamples, seed)
        ends = zip(intervals.low.tolist(), intervals.high.tolist(), strict=True)
        for name, final, (low, high) in zip(curve.strategies, finals, ends, strict=True):
            ran = final[~np.isnan(final)]
            if ran.size:
                sizes = _front_sizes(store, found, name)
                pair = pairs.get((curve.task, name))
                rows.append(VolumeRow(curve.task, name, float(np.median(ran)), low, high, sizes, ran.size, pair))
    return tuple(rows)


def final_shares(curve: TaskCurves) -> NDArray[np.float64]:
    """The hypervolume at the end [strategies, seeds]: 0 without a success, NaN for a study that did not run."""
    return np.where(curve.ran, np.nan_to_num(-curve.losses[:, :, -1] + 0.0, nan=0.0), np.nan)


def _label(store: Store, reference: str) -> str | None:
    """What the suite calls the reference; None where it took no part."""
    studies = store.studies
    mine = studies.loc[(studies["strategy"] == reference) | (studies["strategy_name"] == reference), "strategy"]
    return str(mine.iloc[0]) if len(mine) else None


def _against(curves: Sequence[TaskCurves], reference: str | None) -> dict[tuple[str, str], Pair]:
    """By task and strategy."""
    keys: list[tuple[str, str]] = []
    pairs: list[Pair] = []
    for curve in curves:
        finals = final_shares(curve)
        others = [name for name, final in zip(curve.strategies, finals, strict=True) if not np.isnan(final).all()]
        if reference not in others:
            continue
        for name in others:
            if name != reference:
                both = finals[[curve.strategies.index(name), curve.strategies.index(reference)]]
                keys.append((curve.task, name))
                pairs += pairwise_wilcoxon(both.T, [name, reference])
    return dict(zip(keys, as_one_family(pairs), strict=True))


def _intervals(finals: NDArray[np.float64], resamples: int, seed: int) -> Intervals:
    """Medians of shares [strategies, seeds] with their intervals [strategies]; the same seeds are drawn for all."""

    def medians(draws: Draws) -> NDArray[np.float64]:
        return np.stack([_medians(final[draws[0]]) for final in finals], axis=1)

    return bootstrap_intervals(medians, [finals.shape[1]], resamples, seed)


def _medians(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each draw [n, seeds] of what is not NaN; NaN where nothing is."""
    medians = np.full(len(draws), np.nan)
    is_known = ~np.isnan(draws).all(axis=1)
    medians[is_known] = np.nanmedian(draws[is_known], axis=1)
    return medians


def _front_sizes(store: Store, found: JointResults | None, strategy: str) -> float:
    studies = store.studies
    if found is None:
        return 0.0
    mine = studies.index[(studies["task"] == found.task) & (studies["strategy"] == strategy) & (studies["trials"] > 0)]
    return float(np.median([len(found.front_of(position)) for position in mine]))
