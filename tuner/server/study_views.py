"""The studies of a run as the service shows them: from its tables once they are sealed, else as it is followed."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from results.reading import read_columns

from .run_views import ProgressCell, StudyView

if TYPE_CHECKING:
    from results.following import FollowedRun, StudyProgress

_COLUMNS = ("study", "task", "strategy", "seed", "status", "message", "trials", "failures", "budget_trials")


def sealed_studies_of(path: Path) -> list[StudyView]:
    """The studies of a finished run; raises `CorruptStore`."""
    rows = read_columns(path / "studies.parquet", [*_COLUMNS, "objectives", "goals"]).to_pylist()
    best = _best_values(path / "trials.parquet", {row["study"]: row["goals"][0] for row in rows})
    return [
        StudyView(
            number=row["study"],
            best=best.get(row["study"]),
            objective=row["objectives"][0],
            goal=row["goals"][0],
            **{name: row[name] for name in _COLUMNS if name != "study"},
        )
        for row in rows
    ]


def followed_studies_of(run: FollowedRun, before: Sequence[StudyView] = ()) -> list[StudyView]:
    """The studies of a run as far as they are stored; of those that stand as `before` the same objects."""
    known = {view.number: view for view in before}
    return [_view_of(study, known.get(study.number)) for study in run.studies.values()]


def _view_of(study: StudyProgress, before: StudyView | None) -> StudyView:
    if before is not None and (before.trials, before.status) == (study.trials, study.status):
        return before
    return StudyView(
        number=study.number,
        task=study.task,
        strategy=study.strategy,
        seed=study.seed,
        status=study.status,
        message=study.message,
        trials=study.trials,
        failures=study.failures,
        budget_trials=study.budget_trials,
        best=study.best,
        objective=study.objective,
        goal=study.goal,
    )


def cells_of(studies: Sequence[StudyView]) -> list[ProgressCell]:
    """The studies by task and strategy, in the order of the plan."""
    grouped: defaultdict[tuple[str, str], list[StudyView]] = defaultdict(list)
    for study in studies:
        grouped[study.task, study.strategy].append(study)
    return [
        ProgressCell(
            task=task,
            strategy=strategy,
            trials=sum(study.trials for study in mine),
            expected=expected_of(mine),
            failures=sum(study.failures for study in mine),
            studies=len(mine),
            studies_done=done_of(mine),
            best=_best_of(mine),
            objective=mine[0].objective,
            goal=mine[0].goal,
        )
        for (task, strategy), mine in grouped.items()
    ]


def expected_of(studies: Iterable[StudyView]) -> int | None:
    """How many trials there will be at most; None where some budget counts none."""
    budgets = [study.budget_trials for study in studies if study.status != "skipped"]
    counted = [budget for budget in budgets if budget is not None]
    return sum(counted) if len(counted) == len(budgets) else None


def done_of(studies: Iterable[StudyView]) -> int:
    """How many have ended or were skipped."""
    return sum(study.status in {"finished", "failed", "skipped"} for study in studies)


def leader_of(studies: Iterable[StudyView]) -> str | None:
    """The strategy that is ahead, as `RunSummary.leader` says."""
    losses: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for study in studies:
        if study.best is not None:
            losses[study.task][study.strategy].append(study.best if study.goal == "minimize" else -study.best)
    wins: defaultdict[str, int] = defaultdict(int)
    for of_task in losses.values():
        first = _first({strategy: statistics.median(found) for strategy, found in of_task.items()})
        if first is not None:
            wins[first] += 1
    return _first({strategy: -float(count) for strategy, count in wins.items()} | {"": 0.0})


def _first(scores: Mapping[str, float]) -> str | None:
    """Who alone has the lowest score, among two or more."""
    least = min(scores.values(), default=0.0)
    leaders = [name for name, score in scores.items() if score == least]
    return leaders[0] if len(scores) > 1 and len(leaders) == 1 else None


def _best_of(studies: Sequence[StudyView]) -> float | None:
    found = [study.best for study in studies if study.best is not None]
    if not found:
        return None
    return min(found) if studies[0].goal == "minimize" else max(found)


def _best_values(file: Path, goals: Mapping[int, str]) -> dict[int, float]:
    """The best value of the first objective, by study; raises `CorruptStore`."""
    table = read_columns(file, ["study", "status", "value"])
    measured = table.filter(pc.and_(pc.equal(table["status"], "ok"), pc.is_finite(table["value"])))
    grouped: pa.Table = measured.group_by("study").aggregate([("value", "min"), ("value", "max")])
    columns = (grouped[name].to_pylist() for name in ("study", "value_min", "value_max"))
    return {
        study: least if goals.get(study) == "minimize" else most for study, least, most in zip(*columns, strict=True)
    }
