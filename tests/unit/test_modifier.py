"""What every modifier passes on, and that whole waves reach the task that it wraps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from benchmarks.modifiers import Anonymous, Delayed, Failing, Noisy, Permuted, Shifted
from results.exhibits import Exhibit
from tuner.configuration import Configuration
from tuner.errors import InvalidOption
from tuner.evaluation import TrialEvaluator
from tuner.modifier import Modifier, option_fields
from tuner.parameter import Float
from tuner.plan import Limits
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Failure, FailureKind, Measurement, Outcome, Proposal, Trial

WAVE = [Trial(i, Proposal(Configuration({"x": (i + 0.5) / 40, "y": 0.25})), 1000 + i, data_seed=7) for i in range(40)]


@dataclass(frozen=True)
class Plain(Task):
    """Sums; not a stacking task."""

    card: ClassVar[TaskCard] = TaskCard(summary="sums", cost="nothing")
    prepared: list[bool] = field(default_factory=list, compare=False)

    @property
    def problem(self) -> Problem:
        return Problem(SearchSpace({"x": Float(0, 1), "y": Float(0, 1)}), (Objective("total"),))

    @property
    def best_known(self) -> Mapping[str, float]:
        return {"total": 0.0}

    def prepare(self) -> None:
        self.prepared.append(True)

    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"total": sum(trial.configuration.number(name) for name in ("x", "y"))})

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return [Exhibit("sum", f"x = {trial.configuration['x']}", ())]


@dataclass(frozen=True)
class Stacking(Plain):
    """Sums a whole wave at once, and remembers the sizes of the waves."""

    waves: list[int] = field(default_factory=list, compare=False)

    def evaluate(self, trial: Trial) -> Measurement:
        raise AssertionError("one by one")

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        self.waves.append(len(trials))
        return [Plain.evaluate(self, trial) for trial in trials]


@dataclass(frozen=True)
class Same(Modifier):
    """Changes nothing."""

    remark: ClassVar[str] = "as it is"


@dataclass(frozen=True)
class Fussy(Same):
    """Refuses what lies left of the middle, and chokes on what lies right of nine tenths."""

    def inward(self, trial: Trial) -> Trial:
        if trial.configuration.number("x") < 0.5:
            raise ValueError("too far left")
        return trial

    def outward(self, trial: Trial, measurement: Measurement) -> Measurement:
        if trial.configuration.number("x") > 0.9:
            raise MemoryError("too far right")
        return measurement


def modified(task: Task) -> Task:
    return Delayed(Noisy(Anonymous(Permuted(Shifted(Failing(task, share=0.3))))))


def anonymous(trial: Trial) -> Trial:
    names = modified(Plain()).problem.space.names
    values = trial.configuration
    return replace(trial, proposal=Proposal(Configuration(dict(zip(names, values.values(), strict=True)))))


def test_what_is_not_changed_is_passed_on() -> None:
    task = Plain()
    same = Same(task)
    same.prepare()

    assert (same.problem, same.best_known) == (task.problem, task.best_known)
    assert task.prepared == [True]
    assert same.evaluate(WAVE[3]) == task.evaluate(WAVE[3])
    assert same.explains()
    assert same.explain(WAVE[3]) == task.explain(WAVE[3])


def test_the_card_names_the_task_after_the_remarks_the_outermost_first() -> None:
    assert Noisy(Same(Plain()), deviation=0.5).card == TaskCard(summary="noise of 0.5: as it is: sums", cost="nothing")


def test_a_modifier_explains_and_stacks_where_its_task_does() -> None:
    assert (Same(Plain()).stacks(), Same(Stacking()).stacks(), modified(Stacking()).stacks()) == (False, True, True)

    class Silent(Plain):
        explain = Task.explain

    assert not Same(Silent()).explains()


def test_a_whole_wave_reaches_a_stacking_task_in_one_call_and_gives_the_same_bit_for_bit() -> None:
    stacking, wave = Stacking(), [anonymous(trial) for trial in WAVE]
    evaluations = TrialEvaluator(modified(stacking), Limits(), "here").evaluate(wave)
    one_by_one = TrialEvaluator(modified(Plain()), Limits(), "here").evaluate(wave)
    outcomes = [evaluation.outcome for evaluation in evaluations]
    failed = sum(isinstance(outcome, Failure) for outcome in outcomes)

    assert 5 < failed < 20
    assert stacking.waves == [40 - failed]
    assert [o for o in outcomes if isinstance(o, Measurement)] == [
        e.outcome for e in one_by_one if isinstance(e.outcome, Measurement)
    ]
    assert [isinstance(o, Failure) for o in outcomes] == [isinstance(e.outcome, Failure) for e in one_by_one]


def test_a_trial_that_a_modifier_stumbles_over_costs_no_other_trial_of_the_wave() -> None:
    stacking = Stacking()
    outcomes = Fussy(stacking).evaluate_batch(WAVE)

    assert stacking.waves == [20]
    assert outcomes[0] == Failure(FailureKind.ERROR, "ValueError: too far left")
    assert outcomes[25] == Plain().evaluate(WAVE[25])
    assert outcomes[39] == Failure(FailureKind.MEMORY, "MemoryError: too far right")


def test_a_wave_that_is_refused_as_a_whole_does_not_reach_the_task() -> None:
    stacking = Stacking()
    assert all(isinstance(outcome, Failure) for outcome in Fussy(stacking).evaluate_batch(WAVE[:5]))
    assert stacking.waves == []


def test_a_task_that_returns_too_few_outcomes_is_found_out() -> None:
    class Short(Stacking):
        def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
            return super().evaluate_batch(trials)[1:]

    with pytest.raises(ValueError, match="evaluate_batch returned 39 outcomes for 40 trials"):
        Same(Short()).evaluate_batch(WAVE)


def test_what_is_no_measurement_is_left_to_the_engine_to_complain_of() -> None:
    class Wrong(Plain):
        def evaluate(self, trial: Trial) -> Measurement:
            return 7  # type: ignore[return-value]  # the mistake

    (evaluation,) = TrialEvaluator(Noisy(Wrong()), Limits(), "here").evaluate(WAVE[:1])
    assert evaluation.outcome == Failure(FailureKind.INVALID, "evaluate returned 7, not a Measurement")


def test_the_wrapped_task_is_no_option() -> None:
    assert [option.name for option in option_fields(Noisy)] == ["deviation", "relative"]
    assert [option.name for option in option_fields(Same)] == []


def test_only_a_task_can_be_wrapped() -> None:
    with pytest.raises(InvalidOption, match="Noisy modifies a task, not 'branin'"):
        Noisy("branin")  # type: ignore[arg-type]  # the mistake


def test_a_modifier_says_what_it_changes() -> None:
    with pytest.raises(TypeError, match="remark"):
        Modifier(Plain())  # type: ignore[abstract]  # the mistake


def test_two_modifiers_of_one_kind_draw_different_luck() -> None:
    inner = Noisy(Plain())
    outer = Noisy(inner)
    assert inner.luck(5).random() == Noisy(Plain()).luck(5).random()
    assert inner.luck(5).random() != outer.luck(5).random()
