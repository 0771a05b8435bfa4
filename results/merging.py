"""Several runs as one: which studies are the same, and which only share a label."""

from __future__ import annotations

from collections.abc import Sequence

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
    merged = pd.concat([frame.assign(folder=number) for number, frame in enumerate(frames)], ignore_index=True)
    if len(frames) > 1:
        names = _distinct(runs)
        merged["task"] = _told_apart(merged, "task", TASK_IDENTITY, names)
        merged["strategy"] = _told_apart(merged, "strategy", STRATEGY_IDENTITY, names)
        merged["seed"] = _counted_on(merged)
        merged = _without_repetition(merged)
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
    """The seeds; those of a run whose luck differs from that of the runs before start where these end."""
    seeds = studies["seed"].copy()
    for folder in range(1, int(studies["folder"].max()) + 1):
        here, before = studies["folder"] == folder, studies["folder"] < folder
        known = studies[before].groupby(["task", "seed"])["luck"].first()
        luck = studies[here].groupby(["task", "seed"])["luck"].first()
        shared = known.index.intersection(luck.index)
        differs = known[shared] != luck[shared]
        if bool((differs & known[shared].notna() & luck[shared].notna()).any()):
            seeds[here] += int(seeds[before].max()) + 1
    return seeds
