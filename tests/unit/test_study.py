"""A study asks, accepts and tells, until its budget is spent."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace

import pytest
from fidelity_under_test import FAILED
from study_under_test import HALF, WITH_FIDELITY, Recorder, make, run

from tuner import (
    Budget,
    Measurement,
    Proposal,
    Trial,
    TrialResult,
)
from tuner.study import shown_to_strategy


def test_proposing_and_recording_alternate_until_the_budget_is_spent() -> None:
    study, _ = make(Recorder, Budget(trials=5))
    stored = run(study)
    assert [s.result.trial.id for s in stored] == list(range(5))
    assert (study.status, study.message, study.trials) == ("finished", None, 5)
    assert study.propose() == []


def test_a_strategy_is_told_losses_and_the_store_keeps_values() -> None:
    study, built = make(Recorder, Budget(trials=3))
    stored = run(study)
    (recorder,) = built
    assert isinstance(recorder, Recorder)
    assert [r.loss for r in recorder.told] == [-s.value for s in stored if s.value is not None]
    assert all(s.value is not None and s.value > 0 for s in stored)


@pytest.mark.parametrize(
    ("budget", "trials"),
    [
        (Budget(trials=7), 7),
        (Budget(work=5), 5),
        (Budget(work=4.5), 5),
        (Budget(seconds=6), 3),
        (Budget(trials=2, work=5, seconds=60), 2),
        (Budget(trials=20, work=5, seconds=60), 5),
        (Budget(trials=20, work=50, seconds=5), 3),
    ],
)
def test_the_budget_spent_first_ends_the_study(budget: Budget, trials: int) -> None:
    study, _ = make(Recorder, budget)
    assert len(run(study, seconds=2.0)) == trials


def test_work_counts_fidelity_and_what_a_resumed_trial_had_done() -> None:
    class Climbing(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            number = len(self.told)
            return [replace(HALF, fidelity=[2, 5, 10][number], resume=number - 1 if number else None)]

    study, _ = make(Climbing, Budget(work=1), problem=WITH_FIDELITY)
    assert [s.work for s in run(study)] == pytest.approx([0.2, 0.3, 0.5])
    assert study.status == "finished"


@pytest.mark.parametrize(
    ("budget", "asked"),
    [(Budget(trials=10), [4, 4, 2]), (Budget(work=10), [4, 4, 2]), (Budget(work=8.5), [4, 4, 1])],
)
def test_a_strategy_is_never_asked_for_more_than_the_budget_leaves(budget: Budget, asked: list[int]) -> None:
    study, built = make(Recorder, budget, parallelism=4)
    run(study)
    assert isinstance(built[0], Recorder)
    assert built[0].asked == asked


def test_declared_seconds_count_in_place_of_measured_ones() -> None:
    study, _ = make(Recorder, Budget(seconds=10))
    assert [s.seconds for s in run(study, Measurement({"accuracy": 1.0}, seconds=5.0))] == [5.0, 5.0]


def test_a_strategy_never_sees_held_out_values_or_extras() -> None:
    study, built = make(Recorder, Budget(trials=1))
    secret = Measurement({"accuracy": 1.0}, {"accuracy": 0.9}, 2.0, {"noise": 0.1})
    (stored,) = run(study, secret)
    assert isinstance(built[0], Recorder)
    assert built[0].told[0].outcome == Measurement({"accuracy": 1.0}, seconds=2.0)
    assert stored.result.outcome == secret


def test_a_strategy_cannot_change_what_is_stored() -> None:
    class Greedy(Recorder):
        def tell(self, result: TrialResult) -> None:
            assert isinstance(result.outcome, Measurement)
            assert isinstance(result.outcome.values, dict)
            result.outcome.values.clear()

    study, _ = make(Greedy, Budget(trials=1))
    (stored,) = run(study, Measurement({"accuracy": 0.25}))
    assert stored.value == 0.25
    assert stored.result.outcome == Measurement({"accuracy": 0.25})


def test_a_failed_trial_is_told_with_no_losses_and_counts() -> None:
    study, built = make(Recorder, Budget(trials=2))
    stored = run(study, FAILED)
    assert isinstance(built[0], Recorder)
    assert [(r.is_failure, r.losses, r.outcome) for r in built[0].told] == [(True, (), FAILED)] * 2
    assert [s.value for s in stored] == [None, None]


def test_an_empty_answer_ends_the_study_as_finished() -> None:
    class Three(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return super().ask(count)[: 3 - len(self.told)]

    study, _ = make(Three, Budget(trials=10), parallelism=2)
    assert len(run(study)) == 3
    assert (study.status, study.message) == ("finished", None)


def test_fewer_proposals_than_asked_for_are_accepted() -> None:
    class Single(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return super().ask(count)[:1]

    study, _ = make(Single, Budget(trials=3), parallelism=2)
    assert len(run(study)) == 3


def test_a_strategy_does_not_see_its_place_in_the_run() -> None:
    trial = Trial(3, HALF, 5, 6, 7)
    for outcome in (FAILED, Measurement({"accuracy": 0.5})):
        assert shown_to_strategy(TrialResult(trial, outcome)).trial == Trial(3, HALF, 5, 6)


def test_a_wide_study_does_not_outspend_its_work_on_a_task_with_a_fidelity() -> None:
    study, _ = make(Recorder, Budget(work=5), parallelism=64, problem=WITH_FIDELITY)

    assert sum(one.work for one in run(study)) == 5.0


@pytest.mark.parametrize("budget", [Budget(trials=3), Budget(work=3), Budget(seconds=3)], ids=["trials", "work", "s"])
def test_a_study_that_is_over_lets_its_strategy_go(budget: Budget) -> None:
    study, built = make(Recorder, budget)
    run(study)
    strategy = weakref.ref(built.pop())
    gc.collect()

    assert study.is_over
    assert strategy() is None


def test_a_study_that_failed_lets_its_strategy_go() -> None:
    study, built = make(Recorder, Budget(trials=9))
    study.propose()
    study.fail("no more")
    strategy = weakref.ref(built.pop())
    gc.collect()

    assert strategy() is None
