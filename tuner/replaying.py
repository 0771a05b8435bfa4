"""Asking a strategy again, with the stored results, and comparing what it proposes."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from results.records import OUTCOMES

from .configuration import Configuration
from .plan import StudyPlan
from .proposals import describe_difference
from .recording import decode_evaluations
from .shard import study_of
from .task import Task
from .trial import Proposal


def describe_replay(plan: StudyPlan, task: Task, rows: pa.Table, *, is_over: bool) -> str | None:
    """Where a strategy now proposes something else than the stored trials of its study; None where it does not.

    `is_over` says that the study ended by itself, so that nothing more may be proposed after the last trial.
    """
    problem = task.problem
    build = partial(plan.strategy.build, problem, seed=plan.seed_for("strategy"), budget=plan.budget)
    study = study_of(plan, problem, build)
    outcomes = rows.select(OUTCOMES.names)
    stored = [_proposal(*fields) for fields in zip(*_proposal_columns(outcomes), strict=True)]
    evaluations = [e for batch in outcomes.to_batches() for e in decode_evaluations(batch)]
    done = 0
    while done < len(stored) or (is_over and not study.is_over):
        again = [trial.proposal for trial in study.propose()]
        before = stored[done : done + len(again)] or stored[done:]
        if study.status == "failed":
            return study.message
        if again != before:
            return describe_difference(done, before, again)
        if not again:
            return None
        study.record(evaluations[done : done + len(again)], is_replay=True)
        done += len(again)
    return study.message if study.status == "failed" else None


def _proposal_columns(rows: pa.Table) -> list[list[str | float | None]]:
    return [rows[name].to_pylist() for name in ("configuration", "fidelity", "resumed_from")]


def _proposal(configuration: str, fidelity: float | None, resume: int | None) -> Proposal:
    return Proposal(Configuration.from_json(configuration), fidelity, resume)
