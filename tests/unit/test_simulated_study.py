"""On a simulated clock, trials end when their costs say so, and strategies are asked and told in that order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from fidelity_under_test import FAILED
from study_under_test import PROBLEM, WITH_FIDELITY, Recorder, plan

from tuner import Budget, Failure, FailureKind, Measurement, Outcome, Proposal
from tuner.plan import NO_COSTS, SimulatedClock
from tuner.simulated_study import SimulatedStudy
from tuner.study import Evaluation, StoredTrial
from tuner.trial import Trial

COSTLESS = Measurement({"accuracy": 0.5})


def study_on(clock: SimulatedClock, budget: Budget, kind: type[Recorder] = Recorder) -> tuple[SimulatedStudy, Recorder]:
    strategy = kind(PROBLEM, seed=1, budget=budget)
    planned = replace(plan(budget, clock.workers), clock=clock)
    ticks = itertools.count()
    return SimulatedStudy(planned, PROBLEM, lambda: strategy, ticks.__next__, clock), strategy


def costing(seconds: float) -> Measurement:
    return Measurement({"accuracy": 0.5}, seconds=seconds)


def run(study: SimulatedStudy, costs: Sequence[float | Outcome]) -> list[StoredTrial]:
    """Run the study; trial i costs `costs[i]`, or ends like that."""
    stored: list[StoredTrial] = []
    while trials := study.propose():
        stored.extend(study.record([evaluated(trial, costs) for trial in trials]))
        assert len(stored) < 100
    return stored


def evaluated(trial: Trial, costs: Sequence[float | Outcome]) -> Evaluation:
    cost = costs[trial.id]
    return Evaluation(cost if isinstance(cost, Measurement | Failure) else costing(cost), 5.0, 6.0, "here")


def spans(stored: Sequence[StoredTrial]) -> list[tuple[float, float] | None]:
    return [one.span for one in stored]


def test_a_free_worker_takes_the_next_trial_at_once() -> None:
    study, strategy = study_on(SimulatedClock(2), Budget(trials=5))
    stored = run(study, [3.0, 1.0, 1.0, 5.0, 1.0])
    assert spans(stored) == [(0, 3), (0, 1), (1, 2), (2, 7), (3, 4)]
    assert [result.trial.id for result in strategy.told] == [1, 2, 0, 4, 3]
    assert strategy.asked == [2, 1, 1, 1]
    assert study.status == "finished"


def test_trials_that_end_at_one_instant_are_told_in_the_order_of_their_ids_before_the_next_ask() -> None:
    study, strategy = study_on(SimulatedClock(3), Budget(trials=6))
    assert spans(run(study, [2.0, 2.0, 2.0, 1.0, 1.0, 1.0]))[3:] == [(2, 3)] * 3
    assert [result.trial.id for result in strategy.told] == [0, 1, 2, 3, 4, 5]
    assert strategy.asked == [3, 3]


def test_the_time_that_evaluating_takes_here_means_nothing() -> None:
    study, _ = study_on(SimulatedClock(1), Budget(trials=2))
    assert [one.seconds for one in run(study, [0.25, 4.0])] == [0.25, 4.0]


def test_no_trial_starts_after_a_budget_of_simulated_seconds() -> None:
    study, _ = study_on(SimulatedClock(2), Budget(seconds=5))
    assert spans(run(study, [3.0, 4.0, 3.0, 1.0, 1.0, 1.0])) == [(0, 3), (0, 4), (3, 6), (4, 5)]


def test_a_failure_without_a_cost_takes_no_time_and_one_with_a_cost_takes_it() -> None:
    failed = Failure(FailureKind.ERROR, "no luck")
    study, strategy = study_on(SimulatedClock(1), Budget(trials=3))
    assert spans(run(study, [failed, replace(failed, seconds=2.0), 1.0])) == [(0, 0), (0, 2), (2, 3)]
    assert [result.is_failure for result in strategy.told] == [True, True, False]


def test_a_study_is_skipped_with_its_first_measurement_where_the_task_reports_no_cost() -> None:
    study, strategy = study_on(SimulatedClock(2), Budget(trials=3))
    assert run(study, [COSTLESS] * 3) == []
    assert (study.status, study.message, study.trials) == ("skipped", NO_COSTS, 0)
    assert strategy.told == []


def test_failures_before_the_first_measurement_do_not_hide_that_the_task_reports_no_cost() -> None:
    study, _ = study_on(SimulatedClock(1), Budget(trials=3))
    assert len(run(study, [FAILED, COSTLESS, COSTLESS])) == 1
    assert (study.status, study.message) == ("skipped", NO_COSTS)


def test_a_measurement_without_a_cost_is_an_invalid_trial_where_others_have_one() -> None:
    study, strategy = study_on(SimulatedClock(1), Budget(trials=3))
    stored = run(study, [1.0, COSTLESS, 2.0])
    told = "the task reports no cost here, though it did before, and a simulated clock needs one"
    assert stored[1].result.outcome == stored[1].evaluation.outcome == Failure(FailureKind.INVALID, told)
    assert spans(stored) == [(0, 1), (1, 1), (1, 3)]
    assert [result.is_failure for result in strategy.told] == [False, True, False]
    assert study.status == "finished"


def test_a_strategy_that_waits_is_asked_again_when_the_next_trial_ends() -> None:
    class Paced(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            if len(self.told) != 1:
                return super().ask(count)
            self.asked.append(count)
            return []

    study, strategy = study_on(SimulatedClock(2), Budget(trials=4), Paced)
    assert spans(run(study, [1.0, 4.0, 1.0, 1.0])) == [(0, 1), (0, 4), (4, 5), (4, 5)]
    assert strategy.asked == [2, 1, 2]


def test_a_strategy_with_nothing_running_and_nothing_to_propose_has_finished() -> None:
    class Short(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return super().ask(count) if len(self.told) < 3 else []

    study, _ = study_on(SimulatedClock(1), Budget(trials=9), Short)
    assert len(run(study, [1.0] * 9)) == 3
    assert study.status == "finished"


def test_a_fixed_price_of_thinking_delays_one_proposal_after_the_other() -> None:
    study, _ = study_on(SimulatedClock(2, thinking=0.5), Budget(trials=4))
    assert spans(run(study, [1.0, 1.0, 1.0, 1.0])) == [(0.5, 1.5), (1, 2), (2, 3), (2.5, 3.5)]


def test_what_ends_while_the_strategy_thinks_is_told_before_it_is_asked() -> None:
    study, strategy = study_on(SimulatedClock(3, thinking=2.0), Budget(trials=6))
    stored = run(study, [1.0] * 6)
    assert spans(stored)[:5] == [(2, 3), (4, 5), (6, 7), (8, 9), (10, 11)]
    assert strategy.asked == [1] * 6
    assert [one.known_results for one in stored] == [0, 0, 1, 2, 3, 4]


def test_it_is_stored_of_how_many_results_the_strategy_knew() -> None:
    study, _ = study_on(SimulatedClock(2), Budget(trials=5))
    assert [one.known_results for one in run(study, [3.0, 1.0, 1.0, 5.0, 1.0])] == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(("workers", "thinking"), [(100, 1.0), (1, 8.0)])
def test_no_trial_starts_after_the_budget_when_thinking_takes_time(workers: int, thinking: float) -> None:
    study, _ = study_on(SimulatedClock(workers, thinking=thinking), Budget(seconds=10))
    stored = run(study, [1.0] * 99)
    assert [one.span[0] for one in stored if one.span] == [thinking * n for n in range(1, 1 + len(stored))]
    assert len(stored) == (9 if workers == 100 else 1)


def test_a_budget_of_seconds_that_no_trial_uses_up_ends_the_study_with_the_reason() -> None:
    study, _ = study_on(SimulatedClock(2), Budget(seconds=10))
    failed = Failure(FailureKind.ERROR, "no luck")
    while trials := study.propose():
        study.record([Evaluation(failed, 5.0, 6.0, "here") for _ in trials])
    assert (study.status, study.trials) == ("failed", 1000)
    assert study.message == "1000 trials in a row took no time on the simulated clock: its budget would last for ever"


def test_a_budget_of_work_is_not_outspent_by_many_workers() -> None:
    budget = Budget(work=3)
    clock = SimulatedClock(300)
    strategy = Recorder(WITH_FIDELITY, seed=1, budget=budget)
    planned = replace(plan(budget, clock.workers), clock=clock)
    study = SimulatedStudy(planned, WITH_FIDELITY, lambda: strategy, itertools.count().__next__, clock)
    assert sum(one.work for one in run(study, [1.0] * 99)) == 3.0


def test_measured_thinking_counts_and_a_replay_takes_the_stored_one() -> None:
    study, _ = study_on(SimulatedClock(1, thinking="measured"), Budget(trials=2))
    stored = run(study, [1.0, 1.0])  # the clock under test goes on by one each time it is looked at
    assert spans(stored) == [(1, 2), (4, 5)]

    again, _ = study_on(SimulatedClock(1, thinking="measured"), Budget(trials=2))
    again.propose()
    (replayed,) = again.record([Evaluation(costing(1.0), 0.0, 1.0, "here", 7.0)], is_replay=True)
    assert replayed.span == (7, 8)


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_a_strategy_never_has_more_trials_running_than_there_are_workers(workers: int) -> None:
    study, _ = study_on(SimulatedClock(workers), Budget(trials=40))
    stored = run(study, [1.0 + (7 * number) % 5 for number in range(40)])
    instants = sorted({one.span[0] for one in stored if one.span})
    running = [sum(one.span[0] <= instant < one.span[1] for one in stored if one.span) for instant in instants]
    assert max(running) == workers
    assert all(count == workers for count in running[:-1])
