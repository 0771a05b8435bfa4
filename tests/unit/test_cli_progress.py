"""Progress: what is counted from a run's events, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from results.journal import Journal, StudyEnd, Wave
from tuner.cli.progress import Lines, describe_progress, draw_bars, show_progress
from tuner.cli.tally import RunTally
from tuner.configuration import Configuration
from tuner.events import RunSealed, RunStarted, StopRequested, WaveStored, WorkerLost
from tuner.plan import Plan, make_plan
from tuner.recording import encode_rows
from tuner.study import Evaluation, StoredTrial
from tuner.suite import parse_suite
from tuner.trial import Failure, FailureKind, Proposal, Trial, TrialResult

SUITE = """
name = "small"
seeds = 2
budget = { trials = 10 }
strategies = ["random", "sobol"]
tasks = ["branin", "ackley"]
"""
FOLDER = Path("runs/small")


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def plan() -> Plan:
    return make_plan(parse_suite(SUITE))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(plan: Plan, clock: Clock) -> RunTally:
    started = RunTally(clock)
    started.watch(RunStarted(FOLDER, plan, workers=2))
    return started


def wave(studies: Sequence[int], *ended: StudyEnd, seconds: float = 1.0) -> WaveStored:
    """One failed trial of each of these studies; each takes so many seconds."""
    outcome = Failure(FailureKind.ERROR, "no")
    trials = [Trial(0, Proposal(Configuration({"x1": 0.0})), 1, 2, study) for study in studies]
    evaluation = Evaluation(outcome, 0.0, seconds, "here")
    stored = [StoredTrial(TrialResult(t, outcome), evaluation, None, 1.0, 1.0, 0.0, 0.0) for t in trials]
    return WaveStored(Wave(0, 0, encode_rows(stored), ended))


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def plain_console() -> Console:
    return Console(file=StringIO(), width=80, highlight=False)


def test_the_plan_says_how_much_there_is_to_do(tally: RunTally) -> None:
    assert (tally.total.studies, tally.total.expected) == (8, 80)
    assert {name: task.studies for name, task in tally.tasks.items()} == {"branin": 4, "ackley": 4}


def test_trials_and_failures_are_counted_by_task(tally: RunTally) -> None:
    tally.watch(wave([0, 1, 1, 4]))

    assert (tally.tasks["branin"].trials, tally.tasks["ackley"].trials) == (3, 1)
    assert tally.total.failures == 4


def test_a_study_that_ends_early_leaves_less_to_do(tally: RunTally) -> None:
    tally.watch(wave([0, 0, 0], StudyEnd(0, "finished")))

    assert tally.tasks["branin"].expected == 40 - 7
    assert tally.tasks["branin"].studies_done == 1


def test_a_failed_study_is_counted(tally: RunTally) -> None:
    tally.watch(wave([0], StudyEnd(0, "failed", "it raised")))

    assert tally.failed_studies == 1
    assert "1/8 studies (1 failed)" in describe_progress(tally)


def test_a_budget_of_seconds_leaves_the_number_of_trials_open(clock: Clock) -> None:
    tally = RunTally(clock)
    tally.watch(RunStarted(FOLDER, make_plan(parse_suite(SUITE.replace("trials = 10", "seconds = 9"))), 1))
    tally.watch(wave([0]))

    assert tally.total.expected is None
    assert tally.tasks["branin"].share is None
    assert describe_progress(tally).startswith("1 trial, 1 failed, 0/8 studies")


def test_the_line_says_how_much_is_done_and_how_fast(tally: RunTally, clock: Clock) -> None:
    tally.watch(wave([0, 1, 2, 3]))
    clock.now += 8.0

    assert describe_progress(tally) == "4 trials (5%), 4 failed, 0/8 studies, 0.5/s"


def test_the_time_left_follows_from_the_pace_after_the_first_wave(tally: RunTally, clock: Clock) -> None:
    clock.now += 60.0  # workers start
    tally.watch(wave(range(8)))
    clock.now += 4.0
    tally.watch(wave(range(8)))

    assert tally.outlook.seconds_left == pytest.approx((80 - 16) / 2)  # 8 trials in 4 seconds
    assert describe_progress(tally).endswith(", about 0:00:32 left")


def test_no_time_left_is_told_while_a_strategy_has_not_been_timed_on_a_task(tally: RunTally, clock: Clock) -> None:
    for _ in range(3):
        clock.now += 4.0
        tally.watch(wave(range(4)))  # none of them on ackley

    assert tally.outlook.seconds_left is None
    assert "left" not in describe_progress(tally)


def test_trials_of_a_slow_task_weigh_more_in_the_time_left(tally: RunTally, clock: Clock) -> None:
    tally.watch(wave(range(4), seconds=9.0))
    clock.now += 4.0
    tally.watch(wave(range(4, 8)))

    assert tally.outlook.seconds_left == pytest.approx(36 * 9.0 + 36 * 1.0)


def test_a_study_that_has_ended_takes_no_more_time(tally: RunTally, clock: Clock) -> None:
    tally.watch(wave(range(8)))
    clock.now += 8.0
    tally.watch(wave(range(8), *(StudyEnd(number, "finished") for number in range(6))))

    assert tally.outlook.seconds_left == pytest.approx(2 * 8)


def test_trials_of_an_earlier_process_count_but_not_towards_the_rate(plan: Plan, clock: Clock, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append([wave([0, 1, 4]).wave.encode()])
    journal.close()
    tally = RunTally(clock)

    tally.watch(RunStarted(tmp_path, plan, 1, trials_before=3))
    tally.watch(wave([0, 1]))
    clock.now += 10.0

    assert (tally.tasks["branin"].trials, tally.tasks["ackley"].trials) == (4, 1)
    assert tally.rate == pytest.approx(0.2)


def test_lines_come_every_few_seconds_only(plan: Plan, clock: Clock) -> None:
    console = plain_console()
    lines = Lines(console, RunTally(clock))
    lines.watch(RunStarted(FOLDER, plan, workers=2))
    for _ in range(40):
        clock.now += 0.25
        lines.watch(wave([0]))

    assert written(console).splitlines()[0] == "runs/small: 8 studies on 2 tasks, at most 80 trials, 2 workers"
    assert len(written(console).splitlines()) == 1 + 2


def test_what_is_out_of_the_ordinary_is_said_at_once(plan: Plan, clock: Clock) -> None:
    console = plain_console()
    lines = Lines(console, RunTally(clock))
    lines.watch(RunStarted(FOLDER, plan, workers=2))
    lines.watch(WorkerLost(0, "it ran out of memory"))
    lines.watch(StopRequested())
    lines.watch(RunSealed(FOLDER, is_finished=False, trials=0, seconds=1.0))

    said = written(console).splitlines()[1:]
    assert said[0] == "a worker was lost and is replaced: it ran out of memory"
    assert said[1].startswith("stopping")
    assert said[2].startswith("0 trials (0%)")


def test_there_is_a_bar_for_each_task(tally: RunTally) -> None:
    tally.watch(wave([0, 0]))
    console = plain_console()
    console.print(draw_bars(tally, height=24))

    branin, ackley, whole = written(console).splitlines()
    assert branin.startswith("branin")
    assert branin.rstrip().endswith("2 (2 failed)")
    assert ackley.rstrip().endswith(" 0")
    assert whole.startswith("2 trials (2%)")


def test_tasks_for_which_there_is_no_room_are_counted(clock: Clock) -> None:
    tasks = ", ".join(f'{{ name = "branin", label = "branin {number}" }}' for number in range(9))
    tally = RunTally(clock)
    tally.watch(RunStarted(FOLDER, make_plan(parse_suite(SUITE.replace('"branin", "ackley"', tasks))), 1))
    console = plain_console()
    console.print(draw_bars(tally, height=10))

    assert "and 5 more tasks, done or waiting" in written(console)
    assert len(written(console).splitlines()) < 10


def test_a_terminal_shows_bars_and_remarks(plan: Plan, clock: Clock) -> None:
    console = Console(file=StringIO(), width=80, height=24, force_terminal=True)
    with show_progress(console, RunTally(clock)) as watch:
        watch(RunStarted(FOLDER, plan, workers=2))
        watch(wave([0]))

    assert "1 trial (1%)" in written(console)
    assert "━" in written(console)


def test_quiet_says_nothing_but_counts(plan: Plan, clock: Clock) -> None:
    console, tally = plain_console(), RunTally(clock)
    with show_progress(console, tally, is_quiet=True) as watch:
        watch(RunStarted(FOLDER, plan, workers=2))

    assert written(console) == ""
    assert tally.total.studies == 8
