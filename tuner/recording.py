"""Turning what studies learned into stored rows, and stored rows back into evaluations for a replay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from results.records import OUTCOMES

from .planned import canonical
from .study import Evaluation, StoredTrial
from .trial import Failure, FailureKind, Measurement, Outcome

if TYPE_CHECKING:
    from .plan import Plan, StudyPlan
    from .task import Task

_INSTANT = OUTCOMES.field("started").type
_NO_NUMBERS: Mapping[str, float] = {}


def encode_rows(stored: Sequence[StoredTrial]) -> pa.RecordBatch:
    """Stored trials as rows of `results.records.OUTCOMES`."""
    trials = [s.result.trial for s in stored]
    outcomes = [s.result.outcome for s in stored]
    failures = [outcome if isinstance(outcome, Failure) else None for outcome in outcomes]
    measured = [outcome if isinstance(outcome, Measurement) else None for outcome in outcomes]
    columns = [
        pa.array([t.study for t in trials], pa.int32()),
        pa.array([t.id for t in trials], pa.int64()),
        pa.array([t.proposal.configuration.to_json() for t in trials], pa.string()),
        pa.array([t.proposal.fidelity for t in trials], pa.float64()),
        pa.array([t.proposal.resume for t in trials], pa.int64()),
        pa.array([t.seed for t in trials], pa.int64()),
        pa.array([t.data_seed for t in trials], pa.int64()),
        pa.array(["ok" if f is None else f.kind.value for f in failures], pa.string()),
        pa.array([None if f is None else f.message for f in failures], pa.string()),
        pa.array([s.value for s in stored], pa.float64()),
        _numbers([_NO_NUMBERS if m is None else m.values for m in measured]),
        pa.array([s.result.losses or None for s in stored], pa.list_(pa.float64())),
        _numbers([_NO_NUMBERS if m is None else m.held_out for m in measured]),
        _numbers([_NO_NUMBERS if m is None else m.extras for m in measured]),
        pa.array([s.work for s in stored], pa.float64()),
        pa.array([s.seconds for s in stored], pa.float64()),
        pa.array([outcome.seconds is not None for outcome in outcomes], pa.bool_()),
        pa.array([int(s.evaluation.started * 1e6) for s in stored], _INSTANT),
        pa.array([int(s.evaluation.finished * 1e6) for s in stored], _INSTANT),
        pa.array([s.ask_seconds for s in stored], pa.float64()),
        pa.array([s.tell_seconds for s in stored], pa.float64()),
        pa.array([s.evaluation.worker for s in stored], pa.string()),
        pa.array([None if s.span is None else s.span[0] for s in stored], pa.float64()),
        pa.array([None if s.span is None else s.span[1] for s in stored], pa.float64()),
        pa.array([s.known_results for s in stored], pa.int64()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=OUTCOMES)


def decode_evaluations(rows: pa.RecordBatch) -> list[Evaluation]:
    """The evaluations that stored rows hold, in the rows' order."""
    return [_evaluation(row) for row in rows.to_pylist(maps_as_pydicts="strict")]


def study_key(plan: Plan, study: StudyPlan, run: str) -> dict[str, str | int]:
    """What all trials of a study have in common, as `results.records.STUDY_KEY_FIELDS` names it."""
    return {
        "run": run,
        "suite": plan.suite.name,
        "task": study.task.label,
        "task_name": study.task.reference.short_name,
        "task_options": canonical(study.task.options),
        "modifiers": study.task.described_modifiers,
        "strategy": study.strategy.label,
        "strategy_name": study.strategy.reference.short_name,
        "strategy_options": canonical(study.strategy.options),
        "strategy_version": plan.versions[study.strategy.label],
        "seed": study.seed_index,
    }


def planned_rows(plan: Plan, run: str) -> Iterator[dict[str, object]]:
    """What is known of a plan's studies before any has run, as rows of `results.records.STUDIES`."""
    for study in plan.studies:
        reason = plan.skipped.get(study.number)
        told = {"status": "skipped" if reason else "planned", "message": reason, "trials": 0, "failures": 0}
        yield {**study_facts(study, plan.tasks.get(study.task.label)), **study_key(plan, study, run), **told}


def study_facts(study: StudyPlan, task: Task | None) -> dict[str, object]:
    """What a row of `results.records.STUDIES` says of a study beside its key and its end.

    None stands for a task that cannot be made here: nothing is known of its problem.
    """
    return {
        "study": study.number,
        **(_UNKNOWN_PROBLEM if task is None else _problem_facts(task)),
        "budget_trials": study.budget.trials,
        "budget_work": study.budget.work,
        "budget_seconds": study.budget.seconds,
        "parallelism": study.parallelism,
        "starting_points": len(study.starting_points),
        "clock": "wall" if study.clock is None else "simulated",
    }


def _problem_facts(task: Task) -> dict[str, object]:
    problem = task.problem
    return {
        "objectives": [objective.name for objective in problem.objectives],
        "goals": [objective.goal for objective in problem.objectives],
        "best_known": list(task.best_known.items()),
        "space": problem.space.to_json(),
        "fidelity_name": problem.fidelity and problem.fidelity.name,
        "fidelity_high": problem.fidelity and problem.fidelity.high,
    }


_UNKNOWN_PROBLEM: Mapping[str, object] = {
    "objectives": ["unknown"],
    "goals": ["minimize"],
    "best_known": [],
    "space": "{}",
    "fidelity_name": None,
    "fidelity_high": None,
}
"""One objective, so that whoever reads the first one of a study finds it."""


def _numbers(groups: list[Mapping[str, float]]) -> pa.MapArray:
    offsets = [0, *accumulate(map(len, groups))]
    keys = [name for group in groups for name in group]
    items = [value for group in groups for value in group.values()]
    return pa.MapArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(keys, pa.string()), pa.array(items, pa.float64())
    )


def _evaluation(row: Mapping[str, Any]) -> Evaluation:
    """The stored evaluation, begun at 0: what a study counts is how long it took."""
    seconds: float = row["seconds"]
    reported = seconds if row["reports_cost"] else None
    if row["status"] != "ok":
        outcome: Outcome = Failure(FailureKind(row["status"]), row["message"], reported)
    else:
        outcome = Measurement(row["values"], row["held_out"], reported, row["extras"])
    return Evaluation(outcome, 0.0, seconds, row["worker"], row["ask_seconds"])
