"""The share of the workers' time that a run of the standard suite spends in tasks and strategies.

Run as `python -m bench utilisation`. What is left is ours: moving waves, journaling, and the check, on each strategy's
first seed, that it is deterministic.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tuner.session import RUNS, Where, run_suite
from tuner.suite import Suite, load_suite

from .harness import print_table

TASKS = ("logistic-regression(data=wine)", "branin", "hartmann6")
"""The tasks kept: cheap ones, beside which our own time counts for most."""


@dataclass(frozen=True, slots=True)
class Use:
    """What some workers did in a stretch of time."""

    workers: int
    seconds: float
    """How long the stretch was."""
    evaluate: float
    """Seconds in tasks, all workers together."""
    ask: float
    tell: float

    @property
    def share(self) -> float:
        """How much of the workers' time went into tasks and strategies."""
        return (self.evaluate + self.ask + self.tell) / (self.seconds * self.workers)


def worker_use(trials: pd.DataFrame, *, until_first_idle: bool) -> Use:
    """The use of a run's workers, from its stored trials, once each has finished its first wave.

    The first wave is left out since packages are loaded in it, before its first trial starts. The stretch ends when
    the first worker has no work left, or else with the last trial.
    """
    warm = pd.concat([_without_first_wave(part) for _, part in trials.groupby("worker")])
    ends = warm.groupby("worker")["finished"].max()
    begin, end = warm["began"].max(), ends.min() if until_first_idle else ends.max()
    inside = warm["finished"].clip(upper=end) - warm["started"].clip(lower=begin)
    return Use(
        len(ends),
        (end - begin).total_seconds(),
        inside.dt.total_seconds().clip(lower=0).sum(),
        warm["ask_seconds"][(warm["started"] >= begin) & (warm["started"] <= end)].sum(),
        warm["tell_seconds"][(warm["finished"] >= begin) & (warm["finished"] <= end)].sum(),
    )


def _without_first_wave(trials: pd.DataFrame) -> pd.DataFrame:
    """One worker's trials after its first wave: after the first trial of each study in its first shard."""
    ordered = trials.sort_values("started")
    later = (ordered["trial"] > 0).cummax()
    return ordered[later].assign(began=ordered.loc[~later, "finished"].max())


def cut_suite(name: str, tasks: Collection[str], seeds: int, trials: int) -> Suite:
    """A shipped suite with all its strategies, some of its tasks, and fewer seeds and trials."""
    suite = load_suite(name)
    labelled = zip(suite.tasks, suite.task_labels, strict=True)
    kept = [task.model_dump(exclude_unset=True) for task, label in labelled if label in tasks]
    return suite.changed(tasks=kept, seeds=seeds, budget={"trials": trials})


def run_trials(suite: Suite, where: Where) -> pd.DataFrame:
    """Run the suite, throw its folder away, and return its trials."""
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=RUNS) as folder:
        return run_suite(suite, out=Path(folder, "run"), where=where).trials


def main(seeds: int = 4, trials: int = 40, workers: int = 2) -> None:
    """Print the table as Markdown."""
    found = run_trials(cut_suite("standard", TASKS, seeds, trials), Where(workers=workers))
    print(f"suite standard, cut to {', '.join(TASKS)}, {seeds} seeds and {trials} trials a study: ", end="")
    print(f"{len(found):,} trials, {workers} workers\n")
    heads = ("stretch", "seconds", "evaluate, s", "ask, s", "tell, s", "share of the workers' time")
    stretches = {"until the first worker runs out of work": True, "to the last trial": False}
    uses = {name: worker_use(found, until_first_idle=flag) for name, flag in stretches.items()}
    print_table(heads, ([name, *_cells(use)] for name, use in uses.items()))


def _cells(use: Use) -> list[str]:
    numbers = [f"{value:.1f}" for value in (use.seconds, use.evaluate, use.ask, use.tell)]
    return [*numbers, f"{use.share:.1%}"]


if __name__ == "__main__":
    main()
