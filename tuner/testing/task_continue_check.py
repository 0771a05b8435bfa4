"""The check that a task goes on with a trial as if it had never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..problem import Fidelity
from ..task import Stage, Task
from ..trial import Trial
from .global_random_state import seeded_global_state
from .law import LawBroken, LawSkipped
from .task_repeat_checks import check_agreement
from .task_under_test import TaskUnderTest, evaluate


def check_continue(subject: TaskUnderTest) -> None:
    """All measured trials, from the lowest fidelity to a higher one: together, one by one, with states and without.

    The states are used twice, so that a task that changes them is found out.
    """
    fidelity = subject.task.problem.fidelity
    if fidelity is None:
        raise LawSkipped("the task has no fidelity")
    if not subject.task.continues():
        raise LawSkipped("the task begins anew")
    begun = [trial for trial, _ in subject.measurements]
    stages = _go_on(subject.fresh(), begun, [None] * len(begun))
    for trial, stage in zip(begun, stages, strict=True):
        check_agreement(trial, evaluate(subject.fresh(), trial), stage.outcome, "begun to be continued")
    states = [stage.state for stage in stages]
    further = [_further(trial, fidelity) for trial in begun]
    expected = [evaluate(subject.fresh(), trial) for trial in further]
    for given, how in ((states, "continued"), ([None] * len(states), "continued without its state")):
        together = _go_on(subject.fresh(), further, given)
        alone = [_go_on(subject.fresh(), [t], [s])[0] for t, s in zip(further, given, strict=True)]
        for trial, outcome, *found in zip(further, expected, together, alone, strict=True):
            for stage in found:
                check_agreement(trial, outcome, stage.outcome, how)


def _further(trial: Trial, fidelity: Fidelity) -> Trial:
    """The trial, continued to a fidelity that is neither the lowest nor the highest, as far as there is one."""
    goal = min(fidelity.high, max(2 * fidelity.low, round(0.4 * fidelity.high)))
    proposal = replace(trial.proposal, fidelity=goal, resume=trial.id)
    return replace(trial, id=trial.id + 1000, proposal=proposal, continues_from=fidelity.low)


def _go_on(task: Task, trials: Sequence[Trial], states: Sequence[object]) -> Sequence[Stage]:
    with seeded_global_state(0):
        stages = task.continue_batch(trials, states)
    if len(stages) != len(trials):
        raise LawBroken(f"continue_batch returns {len(stages)} stages for {len(trials)} trials")
    return stages
