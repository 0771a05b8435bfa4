"""A trial that continues another one measures what it would have measured in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from study_under_test import HALF, PROBLEM, WITH_FIDELITY, Recorder, make, run

from tuner import Budget, Configuration, Failure, Measurement, Outcome, Problem, Proposal, Task
from tuner.evaluation import TrialEvaluator
from tuner.kept_states import MOST_STATES
from tuner.plan import Limits
from tuner.study import Evaluation, Study
from tuner.task import Stage
from tuner.trial import Trial

START, GO_ON = replace(HALF, fidelity=2.0), replace(HALF, fidelity=6.0, resume=0)


@dataclass(frozen=True)
class Counting(Task):
    """Its value is how far it came; it notes how many steps each call took."""

    steps: list[float] = field(default_factory=list)

    @property
    def problem(self) -> Problem:
        return WITH_FIDELITY

    def evaluate(self, trial: Trial) -> Measurement:
        (stage,) = self.continue_batch([trial], [None])
        assert isinstance(stage.outcome, Measurement)
        return stage.outcome

    def continue_batch(self, trials: Sequence[Trial], states: Sequence[object]) -> Sequence[Stage]:
        return [self._go_on(trial, state) for trial, state in zip(trials, states, strict=True)]

    def _go_on(self, trial: Trial, state: object) -> Stage:
        reached = trial.proposal.fidelity or 10.0
        begun = state if isinstance(state, float) else 0.0
        self.steps.append(reached - begun)
        return Stage(Measurement({"accuracy": begun + (reached - begun)}), reached)


def accept(proposals: Sequence[Proposal]) -> tuple[Study, list[Trial]]:
    """A study of these proposals, one at a time, and the trials they became."""

    class Given(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return proposals[len(self.told) :][:count]

    study, _ = make(Given, Budget(trials=9), problem=WITH_FIDELITY)
    accepted: list[Trial] = []
    while trials := study.propose():
        accepted += trials
        study.record([Evaluation(Measurement({"accuracy": 1.0}), 0.0, 1.0, "here") for _ in trials])
    return study, accepted


def evaluator() -> tuple[TrialEvaluator, list[float]]:
    task = Counting()
    return TrialEvaluator(task, Limits(), "here"), task.steps


def values(outcomes: Sequence[Evaluation]) -> list[float]:
    return [e.outcome.values["accuracy"] for e in outcomes if isinstance(e.outcome, Measurement)]


def test_a_continued_trial_has_the_seed_of_the_one_it_continues_and_knows_how_far_that_came() -> None:
    _, trials = accept([START, HALF, GO_ON, replace(HALF, resume=2)])
    assert [trial.seed == trials[0].seed for trial in trials] == [True, False, True, True]
    assert [trial.continues_from for trial in trials] == [None, None, 2.0, 6.0]


@pytest.mark.parametrize(
    ("proposal", "told"),
    [
        (replace(GO_ON, configuration=Configuration({"x": 0.25})), "resume trial 0 with another configuration"),
        (replace(GO_ON, fidelity=2.0), "resume trial 0 at epochs = 2, which has reached 2 before"),
        (replace(GO_ON, resume=1), "resume trial 1, but only 1 are done"),
    ],
)
def test_what_cannot_be_continued_ends_the_study_with_the_reason(proposal: Proposal, told: str) -> None:
    study, _ = accept([START, proposal])
    assert study.status == "failed"
    assert told in str(study.message)


def test_a_failed_trial_cannot_be_continued() -> None:
    class Hopeful(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return [GO_ON if self.told else START]

    study, _ = make(Hopeful, Budget(trials=9), problem=WITH_FIDELITY)
    run(study, Failure("error", "no luck"))  # type: ignore[arg-type]  # a plain string is what a careless task gives
    assert study.message == "proposed to resume trial 0, which failed"


def test_without_a_fidelity_nothing_can_be_continued() -> None:
    class Hopeful(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return [replace(HALF, resume=0) if self.told else HALF]

    study, _ = make(Hopeful, Budget(trials=9), problem=PROBLEM)
    run(study)
    assert study.message == "proposed to resume trial 0, but the problem has no fidelity"


@pytest.mark.parametrize("together", [True, False])
def test_a_task_goes_on_from_the_state_it_was_left_in(together: bool) -> None:  # noqa: FBT001  one of two cases
    one, steps = evaluator()
    _, (start, go_on) = accept([START, GO_ON])
    others = [Trial(5, HALF, 1)] if together else []
    assert values(one.evaluate([start])) + values(one.evaluate([go_on, *others]))[:1] == [2.0, 6.0]
    assert steps[:2] == [2.0, 4.0]


def test_where_the_state_is_lost_it_begins_anew_and_measures_the_same() -> None:
    one, steps = evaluator()
    _, (_, go_on) = accept([START, GO_ON])
    assert values(one.evaluate([go_on])) == [6.0]
    assert steps == [6.0]


def test_a_study_that_is_over_leaves_no_states_behind() -> None:
    one, steps = evaluator()
    _, (start, go_on) = accept([START, GO_ON])
    one.evaluate([start])
    one.forget(start.study)
    one.evaluate([go_on])
    assert steps == [2.0, 6.0]


def test_only_so_many_states_are_kept_and_the_oldest_goes_first() -> None:
    one, steps = evaluator()
    one.evaluate([Trial(number, START, 1) for number in range(MOST_STATES + 1)])
    del steps[:]
    one.evaluate([Trial(998, replace(GO_ON, resume=0), 1), Trial(999, replace(GO_ON, resume=1), 1)])
    assert steps == [6.0, 4.0]


def test_a_trial_at_full_fidelity_leaves_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Outcome:
        raise AssertionError("not asked to go on")

    one, _ = evaluator()
    monkeypatch.setattr(Counting, "continue_batch", refuse)
    monkeypatch.setattr(Counting, "evaluate", lambda *_: Measurement({"accuracy": 1.0}))
    assert values(one.evaluate([Trial(0, HALF, 1)])) == [1.0]


def test_a_modifier_passes_states_through() -> None:
    from benchmarks.modifiers import Noisy

    inner = Counting()
    go_on: Callable[[Task], list[Evaluation]] = lambda task: (  # noqa: E731  said twice below
        TrialEvaluator(task, Limits(), "here").evaluate(accept([START, GO_ON])[1])
    )
    noisy = Noisy(task=inner, deviation=1e-9)
    assert noisy.continues()
    assert values(go_on(noisy)) == pytest.approx([2.0, 6.0])
