"""Whatever a task does becomes one outcome a trial."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tuner import Configuration, Failure, FailureKind, Float, Measurement, Objective, Problem, SearchSpace, Task, Trial
from tuner.evaluation import TrialEvaluator, checked
from tuner.plan import Limits
from tuner.study import Evaluation
from tuner.trial import Outcome, Proposal

PROBLEM = Problem(SearchSpace({"x": Float(0, 1)}), (Objective("loss"),))


@dataclass(frozen=True)
class Doing(Task):
    """Does what it is told to."""

    act: Callable[[Trial], Any]

    @property
    def problem(self) -> Problem:
        return PROBLEM

    def evaluate(self, trial: Trial) -> Measurement:
        measured: Measurement = self.act(trial)
        return measured


@dataclass(frozen=True)
class Stacking(Doing):
    """Has a batched computation of its own."""

    act_on_all: Callable[[Sequence[Trial]], Any]

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        outcomes: Sequence[Outcome] = self.act_on_all(trials)
        return outcomes


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


class UnreadableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


class ExitingError(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


class ExitingNumber:
    def __float__(self) -> float:
        raise SystemExit(3)


def trials(count: int) -> list[Trial]:
    return [Trial(number, Proposal(Configuration({"x": 0.5})), seed=number) for number in range(count)]


def evaluate(task: Task, count: int = 1, seconds: float | None = None) -> list[Evaluation]:
    return TrialEvaluator(task, Limits(seconds), "here").evaluate(trials(count))


def outcome_of(act: Callable[[Trial], Any], seconds: float | None = None) -> Outcome:
    (evaluation,) = evaluate(Doing(act), seconds=seconds)
    return evaluation.outcome


def outcome_of_returned(value: object) -> Outcome:
    return outcome_of(lambda _trial: value)


def raising(error: BaseException) -> Callable[[Trial], Any]:
    def act(_trial: Trial) -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ValueError("two\nlines"), Failure(FailureKind.ERROR, "ValueError: two lines")),
        (ValueError(), Failure(FailureKind.ERROR, "ValueError")),
        (SystemExit(3), Failure(FailureKind.ERROR, "SystemExit: 3")),
        (RecursionError("deep"), Failure(FailureKind.ERROR, "RecursionError: deep")),
        (MemoryError(), Failure(FailureKind.MEMORY, "MemoryError")),
        (GeneratorExit(), Failure(FailureKind.ERROR, "GeneratorExit")),
        (UnreadableError(), Failure(FailureKind.ERROR, "UnreadableError: its text cannot be read")),
        (ExitingError(), Failure(FailureKind.ERROR, "ExitingError: its text cannot be read")),
        (ValueError("lone \udc80"), Failure(FailureKind.ERROR, "ValueError: lone \\udc80")),
    ],
)
def test_whatever_a_task_raises_fails_its_trial(error: BaseException, failure: Failure) -> None:
    assert outcome_of(raising(error)) == failure


def test_exit_inside_a_task_fails_its_trial() -> None:
    assert outcome_of(lambda _trial: sys.exit("done")) == Failure(FailureKind.ERROR, "SystemExit: done")


def test_a_very_long_message_is_cut() -> None:
    outcome = outcome_of(raising(ValueError("x" * 10**6)))
    assert isinstance(outcome, Failure)
    assert len(outcome.message) == 500
    assert outcome.message.endswith("x…")


def test_the_users_interrupt_is_no_failure() -> None:
    with pytest.raises(KeyboardInterrupt):
        outcome_of(raising(KeyboardInterrupt()))


def test_an_interrupt_in_a_worker_process_is_the_tasks_own_and_fails_its_trial() -> None:
    evaluator = TrialEvaluator(Doing(raising(KeyboardInterrupt())), Limits(), "here", is_expendable=True)
    (evaluation,) = evaluator.evaluate(trials(1))
    assert evaluation.outcome == Failure(FailureKind.ERROR, "KeyboardInterrupt")


def test_a_value_that_exits_when_it_is_read_fails_its_trial() -> None:
    exits = Measurement({"loss": ExitingNumber()})  # type: ignore[dict-item]  # on purpose
    assert outcome_of_returned(exits) == Failure(FailureKind.ERROR, "SystemExit: 3")


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), GeneratorExit()])
def test_a_task_that_cannot_prepare_is_left_to_its_trials(error: BaseException) -> None:
    class Unprepared(Doing):
        def prepare(self) -> None:
            raise error

    evaluator = TrialEvaluator(Unprepared(raising(ValueError("no data"))), Limits(), "here")
    evaluator.prepare()
    (evaluation,) = evaluator.evaluate(trials(1))

    assert evaluation.outcome == Failure(FailureKind.ERROR, "ValueError: no data")


def test_a_child_that_a_task_forks_does_not_go_on_as_this_process() -> None:
    me = os.getpid()
    children: list[int] = []

    def fork(_trial: Trial) -> Measurement:
        children.append(os.fork())
        if children[-1] == 0:
            raise ValueError("in the child")
        return Measurement({"loss": 0.5})

    outcome = outcome_of(fork)
    if os.getpid() != me:
        os._exit(0)
    assert isinstance(outcome, Measurement)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 1


def test_a_memory_limit_stays_below_the_limit_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr("resource.getrlimit", lambda _which: (10**6, 10**6))
    monkeypatch.setattr("resource.setrlimit", lambda _which, limits: set_to.append(limits))
    limits = Limits(memory_bytes=10**12)
    TrialEvaluator(Doing(lambda _trial: None), limits, "here", is_expendable=True).evaluate(trials(1))
    assert set_to == [(10**6, 10**6)] * 2


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "evaluate returned None, not a Measurement"),
        (0.5, "evaluate returned 0.5, not a Measurement"),
        ({"loss": 0.5}, "evaluate returned {'loss': 0.5}, not a Measurement"),
        (Measurement({}), "no value for the objective 'loss'; values: none"),
        (Measurement({"lost": 1.0}), "no value for the objective 'loss'; values: lost"),
        (Measurement({"loss": math.nan}), "loss = nan, not a finite number"),
        (Measurement({"loss": -math.inf}), "loss = -inf, not a finite number"),
        (Measurement({"loss": "0.5"}), "loss = '0.5', not a finite number"),  # type: ignore[dict-item]  # wrong on purpose
        (Measurement({"loss": None}), "loss = None, not a finite number"),  # type: ignore[dict-item]  # wrong on purpose
        (Measurement({"loss": True}), "loss = True, not a finite number"),
        (Measurement({"loss": 1.0}, {"loss": "x"}), "a value is not a number: "),  # type: ignore[dict-item]  # wrong on purpose
        (Measurement({"loss": 1.0}, seconds=-1.0), "seconds = -1.0, not a length of time"),
        (Measurement({"loss": 1.0}, seconds=math.nan), "seconds = nan, not a length of time"),
        (Measurement({"loss": np.zeros(2)}), "evaluate returned what cannot be read: TypeError: "),  # type: ignore[dict-item]  # wrong on purpose
        (Measurement({"loss": 10**400}), "evaluate returned what cannot be read: OverflowError: "),
        (Measurement(0.5), "evaluate returned what cannot be read: TypeError: "),  # type: ignore[arg-type]  # wrong on purpose
        (Measurement({"loss": 1.0}, extras=None), "evaluate returned what cannot be read: "),  # type: ignore[arg-type]  # wrong on purpose
        (Failure("odd", "x"), "evaluate returned what cannot be read: ValueError: "),  # type: ignore[arg-type]  # wrong on purpose
        (Unreadable(), "evaluate returned what cannot be read: RuntimeError: no"),
    ],
)
def test_what_is_no_measurement_of_the_objectives_is_invalid(returned: object, told: str) -> None:
    outcome = outcome_of_returned(returned)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.INVALID
    assert outcome.message.startswith(told)


def test_numbers_of_other_types_become_plain_floats() -> None:
    values: dict[str, Any] = {"loss": np.float32(0.5), "n": 3}
    others: list[dict[str, Any]] = [{"loss": np.int64(2)}, {"flag": np.bool_(True)}]
    odd = Measurement(values, others[0], np.float64(1.5), others[1])
    outcome = outcome_of_returned(odd)
    assert outcome == Measurement({"loss": 0.5, "n": 3.0}, {"loss": 2.0}, 1.5, {"flag": 1.0})
    assert isinstance(outcome, Measurement)
    found = [*outcome.values.values(), *outcome.held_out.values(), *outcome.extras.values(), outcome.seconds]
    assert {type(value) for value in found} == {float}


def test_names_of_other_types_become_text_that_can_be_stored() -> None:
    odd: Any = {1: 2.0, "\udc80": 3.0}
    assert outcome_of_returned(Measurement({"loss": 1.0}, extras=odd)) == Measurement(
        {"loss": 1.0}, extras={"1": 2.0, "\\udc80": 3.0}
    )


def test_a_failure_that_a_task_returns_is_put_on_one_line() -> None:
    assert outcome_of_returned(Failure(FailureKind.CRASH, "a\nb")) == Failure(FailureKind.CRASH, "a b")


def test_a_mapping_that_a_task_fills_again_keeps_what_each_trial_measured() -> None:
    shared: dict[str, float] = {}

    def act(trial: Trial) -> Measurement:
        shared["loss"] = float(trial.id)
        return Measurement(shared)

    assert [e.outcome for e in evaluate(Doing(act), 3)] == [Measurement({"loss": float(i)}) for i in range(3)]


def test_a_trial_lasts_as_long_as_the_steady_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = iter([1000.0, 400.0]), iter([1.0, 3.5])
    monkeypatch.setattr(time, "time", lambda: next(wall))
    monkeypatch.setattr(time, "perf_counter", lambda: next(steady))
    (evaluation,) = evaluate(Doing(lambda _trial: Measurement({"loss": 1.0})))
    assert (evaluation.started, evaluation.finished) == (1000.0, 1002.5)


def measure(trial: Trial) -> Measurement:
    return Measurement({"loss": float(trial.id)})


EXPECTED = [Measurement({"loss": float(number)}) for number in range(3)]


def test_a_stacked_computation_is_used_for_a_whole_wave() -> None:
    task = Stacking(raising(AssertionError("one by one")), lambda all_trials: [measure(trial) for trial in all_trials])
    assert [e.outcome for e in evaluate(task, 3)] == EXPECTED


@pytest.mark.parametrize(
    "act_on_all",
    [
        lambda _trials: 1 / 0,
        lambda _trials: sys.exit(1),
        lambda _trials: [],
        lambda all_trials: [measure(trial) for trial in all_trials[1:]],
        lambda _trials: None,
    ],
)
def test_a_stacked_computation_that_fails_as_a_whole_is_done_one_by_one(act_on_all: Callable[..., Any]) -> None:
    assert [e.outcome for e in evaluate(Stacking(measure, act_on_all), 3)] == EXPECTED


def test_one_failure_in_a_stacked_computation_leaves_the_rest() -> None:
    failure = Failure(FailureKind.ERROR, "bad luck")
    task = Stacking(measure, lambda _trials: [EXPECTED[0], failure, None])
    outcomes = [e.outcome for e in evaluate(task, 3)]
    assert outcomes[:2] == [EXPECTED[0], failure]
    assert isinstance(outcomes[2], Failure)
    assert outcomes[2].kind is FailureKind.INVALID


def test_a_stacked_computation_shares_its_time_among_its_trials() -> None:
    evaluations = evaluate(Stacking(measure, lambda _trials: list(EXPECTED)), 3)
    lasted = [e.finished - e.started for e in evaluations]
    assert lasted == pytest.approx([lasted[0]] * 3, abs=1e-6)
    assert evaluations[1].started == pytest.approx(evaluations[0].finished, abs=1e-6)


def spin(_trial: Trial) -> None:
    while True:
        pass


def test_a_busy_loop_is_stopped_at_its_limit() -> None:
    (evaluation,) = evaluate(Doing(spin), seconds=0.05)
    assert evaluation.outcome == Failure(FailureKind.TIMEOUT, "took longer than 0.05 s")
    assert 0.05 <= evaluation.finished - evaluation.started < 0.55


def test_a_task_that_catches_every_exception_is_stopped_at_its_limit() -> None:
    def act(trial: Trial) -> None:
        try:
            spin(trial)
        except Exception:  # noqa: BLE001  what careless tasks do
            spin(trial)

    assert outcome_of(act, seconds=0.05) == Failure(FailureKind.TIMEOUT, "took longer than 0.05 s")


def test_a_stacked_computation_past_its_limit_is_done_one_by_one() -> None:
    task = Stacking(measure, lambda all_trials: spin(all_trials[0]))
    assert [e.outcome for e in evaluate(task, 3, seconds=0.02)] == EXPECTED


@pytest.mark.parametrize("act", [measure, spin, raising(ValueError())])
def test_after_a_trial_no_alarm_is_armed_and_the_handler_is_as_before(act: Callable[[Trial], Any]) -> None:
    def mine(_number: int, _frame: object) -> None: ...

    before = signal.signal(signal.SIGALRM, mine)
    try:
        outcome_of(act, seconds=0.05)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) is mine
    finally:
        signal.signal(signal.SIGALRM, before)


def test_an_alarm_that_goes_off_while_it_is_disarmed_still_restores_the_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.getsignal(signal.SIGALRM)
    real = signal.setitimer

    def late(which: int, seconds: float) -> None:
        real(which, seconds)
        if seconds == 0:
            signal.raise_signal(signal.SIGALRM)

    monkeypatch.setattr(signal, "setitimer", late)
    assert outcome_of(measure, seconds=60) == Failure(FailureKind.TIMEOUT, "took longer than 60 s")
    assert signal.getsignal(signal.SIGALRM) is before


def test_checking_twice_changes_nothing() -> None:
    once = checked(Measurement({"loss": 0.1}, {"a": -0.0}, 2.0, {"b": math.inf}), PROBLEM)
    assert checked(once, PROBLEM) == once
