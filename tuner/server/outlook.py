"""What a suite comes to before it is run: its studies, and how long they will take as far as anybody knows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from results.errors import ResultsError
from results.reading import read_columns
from results.run_info import read_run_info

from ..errors import one_line
from ..suite import parse_suite
from .cards import CatalogueContent
from .run_views import PlanPreview, SkippedPair, TaskOutlook
from .service_folder import RUN_ID, ServiceFolder
from .submissions import check_shape, check_submission
from .workshop import Workshop

_MOST_RUNS = 50
"""How many of the latest runs are asked what their trials took."""


def preview_of(suite_toml: str, catalogue: CatalogueContent, folder: ServiceFolder, workshop: Workshop) -> PlanPreview:
    """What the suite comes to; raises `InvalidSuite`, `RefusedSuite` or what planning raises."""
    check_shape(suite_toml)
    suite = parse_suite(suite_toml)
    check_submission(suite, catalogue, folder.runs)
    told = workshop.plan(suite_toml, folder.runs)
    seconds = seconds_of_trials(folder.runs)
    tasks = [_outlook(one, seconds) for one in told["tasks"]]
    return PlanPreview(
        suite=suite.name,
        suite_toml=told["suite"],
        studies=told["studies"],
        trials=_sum_of([task.trials for task in tasks]),
        skipped=[SkippedPair(**{**one, "reason": one_line(one["reason"])}) for one in told["skipped"]],
        expected_seconds=_sum_of([task.expected_seconds for task in tasks]),
        told_by=_told_by(tasks),
        tasks=tasks,
    )


def seconds_of_trials(runs: Path) -> dict[str, tuple[float, int]]:
    """By a task's label, the mean seconds of a trial in the latest finished runs, and of how many runs."""
    totals: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for path in _latest_finished(runs):
        for task, seconds, trials in _spent_now(path):
            totals[task].append((seconds, trials))
    return {
        task: (sum(seconds for seconds, _ in found) / sum(trials for _, trials in found), len(found))
        for task, found in totals.items()
    }


def _latest_finished(runs: Path) -> list[Path]:
    found = []
    for file in runs.glob("*/run.json"):
        if RUN_ID.fullmatch(file.parent.name):
            try:
                info = read_run_info(file.parent)
            except (ResultsError, OSError):
                continue
            if info.state == "finished" and info.imported is None and (file.parent / "trials.parquet").is_file():
                found.append((info.created, file.parent))
    return [path for _, path in sorted(found, reverse=True)[:_MOST_RUNS]]


def _spent_now(path: Path) -> list[tuple[str, float, int]]:
    """None of a run that is gone by now, or whose tables are no such thing: others have written them."""
    try:
        status = (path / "trials.parquet").stat()
        return _spent(path, (status.st_mtime_ns, status.st_size))
    except Exception:  # noqa: BLE001  whatever the files of one run are, no suite may be kept from being looked at
        return []


@lru_cache(maxsize=2 * _MOST_RUNS)
def _spent(path: Path, _stamp: tuple[int, int]) -> list[tuple[str, float, int]]:
    """Of each task of a run: its label, seconds of evaluation, and trials."""
    table = read_columns(path / "trials.parquet", ["task", "seconds"])
    grouped = table.group_by("task").aggregate([("seconds", "sum"), ("seconds", "count")])
    texts = pc.cast(grouped["task"], "string").to_pylist()
    sums, counts = grouped["seconds_sum"].to_pylist(), grouped["seconds_count"].to_pylist()
    told = zip(texts, sums, counts, strict=True)
    return [(task, seconds, count) for task, seconds, count in told if count and math.isfinite(seconds)]


def _outlook(told: Mapping[str, Any], seconds: Mapping[str, tuple[float, int]]) -> TaskOutlook:
    studies, budget, label = told["studies"], told["trials"], told["task"]
    trials = 0 if studies == 0 else None if budget is None else budget * studies
    expected, by = None, one_line(told["cost"])
    if trials is not None and label in seconds:
        mean, count = seconds[label]
        expected, by = mean * trials, f"{mean:.3g} s a trial in {count} earlier run{'s' if count > 1 else ''} here"
    elif trials == 0:
        expected, by = 0.0, "all of its studies are skipped"
    elif by:
        by = f"the task's card: {by} an evaluation"
    return TaskOutlook(label, studies, trials, expected, by)


def _sum_of(parts: list[Any]) -> Any:
    return None if None in parts else sum(parts)


def _told_by(tasks: list[TaskOutlook]) -> str:
    unknown = [task.task for task in tasks if task.expected_seconds is None]
    if not unknown:
        return "what trials of the same tasks took in earlier runs here"
    return f"no earlier run here tells how long trials of {', '.join(unknown[:5])} take"
