"""Several runs as one: which studies are the same, and which only share a label."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

STRATEGY_IDENTITY = ["strategy_name", "strategy_options", "strategy_version"]
"""Columns of the studies by which two strategies with the same label are the same one."""
TASK_IDENTITY = [
    *("task_name", "task_options", "modifiers", "space", "objectives", "goals", "fidelity_high"),
    *("budget_trials", "budget_work", "budget_seconds", "parallelism", "clock", "starting_points"),
]
"""A larger budget, or another parallelism, is another contest: its results are not compared as if it were the same."""


def merge_studies(frames: Sequence[pd.DataFrame], runs: Sequence[str]) -> pd.DataFrame:
    """The studies of all runs, with labels told apart, seeds counted on, and repeated studies dropped.

    Each frame holds the columns of `records.STUDIES` and `luck`: the trial seed of the study's first trial, or NaN.
    `folder`, in the result, is the position of the study's run in `runs`.
    """
    placed = placed_studies(frames, runs)
    return _without_repetition(placed) if len(frames) > 1 else placed


def placed_studies(frames: Sequence[pd.DataFrame], runs: Sequence[str]) -> pd.DataFrame:
    """The same, with those that an earlier run holds too."""
    merged = pd.concat([frame.assign(folder=number) for number, frame in enumerate(frames)], ignore_index=True)
    if len(frames) > 1:
        names = _distinct(runs)
        merged["task"] = _told_apart(merged, "task", TASK_IDENTITY, names)
        merged["strategy"] = _told_apart(merged, "strategy", STRATEGY_IDENTITY, names)
        merged["seed"] = _counted_on(merged)
    return merged


def _without_repetition(studies: pd.DataFrame) -> pd.DataFrame:
    """The first of each study that several runs hold; one that was skipped gives way to one that was not."""
    measured_first = studies.sort_values("status", key=lambda status: status == "skipped", kind="stable")
    kept = measured_first.drop_duplicates(["task", "strategy", "seed"])
    return kept.sort_index().reset_index(drop=True)


def _distinct(runs: Sequence[str]) -> list[str]:
    """The runs' names; a name that has come before gets a number."""
    return [name if name not in runs[:i] else f"{name} #{runs[: i + 1].count(name)}" for i, name in enumerate(runs)]


def _told_apart(studies: pd.DataFrame, label: str, identity: list[str], names: Sequence[str]) -> pd.Series[str]:
    """The labels, with the run's name added to each label that has another identity in another run."""
    means = studies[identity].map(str).agg("\n".join, axis=1)
    in_run = means.groupby([studies[label], studies["folder"]]).agg(lambda group: "\n".join(sorted(set(group))))
    meanings = in_run.groupby(level=0).nunique()
    is_shared = studies[label].map(meanings) == 1
    with_run = studies[label] + " (" + studies["folder"].map(dict(enumerate(names))) + ")"
    return studies[label].where(is_shared, with_run)


def _counted_on(studies: pd.DataFrame) -> pd.Series[int]:
    """The seeds, so that within a task one seed means one luck, and one luck has one seed, whatever the runs' order.

    A luck that is known keeps its seed. The others of a run stay where they are, or move on together with those that
    are known; where another luck has a seed already, they start where the seeds of the runs before end.
    """
    seeds = studies["seed"].copy()
    of_luck: dict[tuple[str, float], int] = {}
    for folder, mine in studies.groupby("folder"):
        own = _luck_of(mine)
        end = int(seeds[studies["folder"] < folder].max()) + 1 if of_luck else 0
        named = _named(own, of_luck, end)
        seeds[mine.index] = [named[key] for key in zip(mine["task"], mine["seed"], strict=True)]
        of_luck |= {(key[0], luck): named[key] for key, luck in own.items() if not math.isnan(luck)}
    return seeds


def _luck_of(studies: pd.DataFrame) -> dict[tuple[str, int], float]:
    """The luck of one run's studies by task and seed; NaN where it is unknown."""
    found = studies.groupby(["task", "seed"], as_index=False)["luck"].first()
    return {(task, seed): luck for task, seed, luck in zip(found["task"], found["seed"], found["luck"], strict=True)}


def _named(
    own: Mapping[tuple[str, int], float], of_luck: Mapping[tuple[str, float], int], end: int
) -> dict[tuple[str, int], int]:
    """What the seeds of one run are called, by task and own seed."""
    known = {(task, seed): of_luck[task, luck] for (task, seed), luck in own.items() if (task, luck) in of_luck}
    taken = {(task, seed) for (task, _), seed in of_luck.items()}
    free = [key for key, luck in own.items() if key not in known and not math.isnan(luck)]
    shifts = [shift for shift, _ in Counter(name - seed for (_, seed), name in known.items()).most_common()]
    fits = (s for s in (*shifts, 0) if not any((task, seed + s) in taken for task, seed in free))
    shift = next(fits, end)
    return {(task, seed): known.get((task, seed), seed + shift) for task, seed in own}
