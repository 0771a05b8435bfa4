"""The checks that a task's values depend on the trial and its options, and on nothing else."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..task import Task
from ..trial import Failure, Measurement, Outcome, Trial
from .global_random_state import seeded_global_state
from .law import LawBroken, LawSkipped, one_line
from .task_under_test import TaskUnderTest, attempt, evaluate, show


def check_same_trial(subject: TaskUnderTest) -> None:
    """Each trial, again, on another fresh task."""
    for trial, outcome in zip(subject.trials, subject.outcomes, strict=True):
        check_agreement(trial, outcome, evaluate(subject.fresh(), trial), "evaluated again")


def check_global_random_state(subject: TaskUnderTest) -> None:
    """The last trial, with two global seeds."""
    advice = "use a numpy.random.Generator seeded by trial.seed"
    trial, task = subject.trials[-1], subject.fresh()
    with seeded_global_state(1) as changed:
        outcome = attempt(task, trial)
        if names := changed():
            raise LawBroken(f"evaluate changes the global state of {' and '.join(names)}; {advice}")
    if difference := _difference(subject.outcomes[-1], outcome):
        raise LawBroken(f"evaluate depends on global random state: {difference}; {advice}")


def check_order(subject: TaskUnderTest) -> None:
    """All trials forwards, then backwards, on one task."""
    task = subject.fresh()
    known = list(zip(subject.trials, subject.outcomes, strict=True))
    for trial, outcome in (*known, *reversed(known)):
        check_agreement(trial, outcome, evaluate(task, trial), "evaluated after others")


def check_only_seeds_matter(subject: TaskUnderTest) -> None:
    """The last trial, as if it were another one of another study, but with its seeds."""
    trial = subject.trials[-1]
    renamed = replace(trial, id=trial.id + 1000, study=trial.study + 7)
    check_agreement(trial, subject.outcomes[-1], evaluate(subject.fresh(), renamed), "with another id and study")


def check_batch(subject: TaskUnderTest) -> None:
    """All trials in a batch, in a reversed batch, and the last trial alone."""
    known = list(zip(subject.trials, subject.outcomes, strict=True))
    for batch in (known, known[::-1], known[-1:]):
        trials = [trial for trial, _ in batch]
        with seeded_global_state(0):
            outcomes = subject.fresh().evaluate_batch(trials)
        _check_length(trials, outcomes)
        for (trial, alone), together in zip(batch, outcomes, strict=True):
            check_agreement(trial, alone, together, f"in a batch of {len(batch)}")


def check_pickle(subject: TaskUnderTest) -> None:
    """The last trial, on a task as a worker receives it."""
    copy = pickle.loads(pickle.dumps(subject.task))  # noqa: S301  made one expression ago
    copy.prepare()
    trial = subject.trials[-1]
    check_agreement(trial, subject.outcomes[-1], evaluate(copy, trial), "after pickling the task")


def check_explain(subject: TaskUnderTest) -> None:
    """The first trial that was measured, explained by two fresh tasks."""
    if not subject.task.explains():
        raise LawSkipped("the task explains nothing")
    if not subject.measurements:
        raise LawSkipped("no trial was measured")
    trial, _ = subject.measurements[0]
    texts = [_explained(subject.fresh(), trial) for _ in range(2)]
    if texts[0] != texts[1]:
        raise LawBroken(f"explain shows something else for trial {trial.id} the second time")


def _explained(task: Task, trial: Trial) -> str:
    """What a task shows, as it is stored."""
    from results.exhibits import Exhibit, to_json

    with seeded_global_state(0):
        exhibits = tuple(task.explain(trial))
    if not exhibits or not all(isinstance(exhibit, Exhibit) and exhibit.items for exhibit in exhibits):
        raise LawBroken(f"explain gives exhibits with something in them, not {exhibits!r:.80}")
    names = [exhibit.name for exhibit in exhibits]
    for name in names:
        if names.count(name) > 1 or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise LawBroken(f"names of exhibits are distinct, of lower-case letters, digits and dashes, not {name!r}")
    try:
        return to_json(exhibits)
    except Exception as error:
        raise LawBroken(f"what explain gives cannot be stored: {type(error).__name__}: {one_line(error)}") from error


def check_fidelity(subject: TaskUnderTest) -> None:
    """The first configuration that is measured at the lowest fidelity, at both ends."""
    if subject.task.problem.fidelity is None:
        raise LawSkipped("the task has no fidelity")
    if not subject.measurements:
        raise LawBroken(f"nothing is measured at the lowest fidelity: {show(subject.outcomes[0])}")
    low, cheap = subject.measurements[0]
    high = replace(low, proposal=replace(low.proposal, fidelity=None))
    dear = evaluate(subject.fresh(), high)
    if not isinstance(dear, Measurement):
        raise LawBroken(f"at the highest fidelity {dict(low.configuration)} ends with {show(dear)}")
    if cheap.seconds is not None and dear.seconds is not None and cheap.seconds > dear.seconds:
        raise LawBroken(f"the lowest fidelity takes {cheap.seconds} seconds, the highest {dear.seconds}")


def _check_length(trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> None:
    if len(outcomes) != len(trials):
        raise LawBroken(f"evaluate_batch returns {len(outcomes)} outcomes for {len(trials)} trials")


def check_agreement(trial: Trial, expected: Outcome, found: Outcome, how: str) -> None:
    """Raise `LawBroken` where two outcomes differ in a bit."""
    if difference := _difference(expected, found):
        raise LawBroken(f"trial {trial.id} {how}: {difference}")


def _difference(expected: Outcome, found: Outcome) -> str:
    """Where two outcomes differ, bit for bit; empty for nowhere. Failures differ by their kind only."""
    if isinstance(expected, Failure) and isinstance(found, Failure):
        return "" if expected.kind == found.kind else f"{show(expected)}, then {show(found)}"
    if not isinstance(expected, Measurement) or not isinstance(found, Measurement):
        return f"{show(expected)}, then {show(found)}"
    return _differing_number("", expected.values, found.values) or _differing_number(
        "held-out ", expected.held_out, found.held_out
    )


def _differing_number(what: str, expected: Mapping[str, float], found: Mapping[str, float]) -> str:
    for name in {**expected, **found}:
        first, second = (repr(values[name]) if name in values else "absent" for values in (expected, found))
        if first != second:
            return f"{what}{name!r} is {first}, then {second}"
    return ""
