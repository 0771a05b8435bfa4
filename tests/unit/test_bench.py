"""That the benchmarks measure what they say, each at its smallest size."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import meter, startup, throughput, utilisation
from bench.__main__ import main as run_benchmarks
from bench.harness import Speed, alternate, median_rate, print_table
from bench.meter import Meter
from bench.nothing import Nothing
from bench.peers import run_optuna, run_optuna_journal
from bench.throughput import BASIS, Sizes, nothing_suite, print_speeds, run_tuner
from bench.utilisation import TASKS, cut_suite, run_trials, worker_use
from results.journal import Wave
from results.records import OUTCOMES
from tuner.events import WaveStored
from tuner.recording import encode_rows
from tuner.session import Where
from tuner.study import Evaluation, StoredTrial
from tuner.suite import load_suite
from tuner.trial import Measurement, Proposal, Trial, TrialResult

HERE = Where(in_process=True)


@pytest.fixture(autouse=True)
def _runs_go_to_a_folder_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_speed_is_trials_per_second_and_microseconds_per_trial() -> None:
    speed = Speed(trials=200, seconds=4.0, cpu_seconds=0.01)
    assert speed.rate == 50
    assert speed.cpu_microseconds == pytest.approx(50)
    assert Speed(200, 4.0).cpu_microseconds is None


def test_contestants_take_turns_and_every_second_round_is_in_the_other_order() -> None:
    called: list[str] = []

    def contestant(name: str) -> Mapping[str, Speed]:
        called.append(name)
        return {name: Speed(len(called), 1.0)}

    found = alternate([lambda: contestant("a"), lambda: contestant("b")], rounds=3)
    assert called == ["a", "b", "b", "a", "a", "b"]
    assert [speed.trials for speed in found["a"]] == [1, 4, 5]
    assert median_rate(found["a"]) == 4


def test_tables_are_markdown_with_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("what", "n"), [("x", "1"), ("y", "2")])
    assert capsys.readouterr().out.splitlines() == ["| what | n |", "|---|---:|", "| x | 1 |", "| y | 2 |"]


def test_the_task_for_nothing_returns_a_constant() -> None:
    task = Nothing()
    trials = [
        Trial(i, Proposal(c), i) for i, c in enumerate(task.problem.space.sample_many(np.random.default_rng(0), 5))
    ]
    assert [task.evaluate(trial) for trial in trials] == [Measurement({"value": 0.5})] * 5


def test_tuner_runs_every_trial_of_every_study_and_leaves_no_folder() -> None:
    found = run_tuner(nothing_suite(studies=2, trials=300), HERE)
    assert found.whole.trials == 600
    assert found.stored.trials == 400  # the first wave of 2 x 100 starts the clock
    assert found.whole.seconds > found.sealed.seconds > found.stored.seconds > 0
    assert found.sealed.cpu_seconds is not None
    assert found.sealed.cpu_seconds > 0
    assert list(Path("runs").iterdir()) == []


def test_the_meter_adds_the_processor_time_of_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([10.0, 30.0, 70.0])
    monkeypatch.setattr(meter, "cpu_of", lambda _process: next(readings))
    monkeypatch.setattr("time.process_time", lambda: 0.0)
    watch = Meter()
    for number in range(3):
        watch(WaveStored(_wave(number, trials=5, worker="host:1")))
    # The last event counts as the sealing: 5 trials between the first and the last but one; 60 s for 10 trials.
    assert watch.stored.cpu_seconds == pytest.approx(5 * 60 / 10)


def test_the_processor_time_of_a_process_is_that_of_the_system() -> None:
    spent = meter.cpu_of(os.getpid())
    assert spent is not None
    assert spent == pytest.approx(sum(os.times()[:2]), abs=0.5)


def test_a_process_that_has_ended_has_no_processor_time() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert meter.cpu_of(process.pid) is None


def test_optuna_runs_as_many_trials_as_asked() -> None:
    assert run_optuna(7).trials == 7


def test_optunas_journal_is_on_disk(tmp_path: Path) -> None:
    assert run_optuna_journal(3, tmp_path).trials == 3
    assert (tmp_path / "optuna.journal").stat().st_size > 0


def test_speeds_are_compared_with_tuner_from_first_wave_to_sealed(capsys: pytest.CaptureFixture[str]) -> None:
    print_speeds({BASIS: [Speed(1000, 1.0, 0.02)], "other": [Speed(10, 1.0), Speed(20, 1.0), Speed(90, 1.0)]})
    *_, ours, other = capsys.readouterr().out.splitlines()
    assert ours == f"| {BASIS} | 1,000 | 1,000 | 1,000–1,000 | 20.0 | 1.0 × |"
    assert other == "| other | 10 | 20 | 10–90 | – | 50.0 × |"


@pytest.mark.ray
def test_throughput_measures_all_contestants_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        throughput.main(Sizes(4, 200, workers=1, optuna=5, optuna_journal=5, ray_tune=3, rounds=1))
    finally:
        import ray  # only now: Ray reads its settings when it is first imported

        ray.shutdown()
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("| tuner", "| Optuna", "| Ray"))]
    assert len(rows) == 9


def test_utilisation_is_time_in_tasks_and_strategies_over_time_of_workers() -> None:
    trials = _trials(
        ("a", 0, 0.0, 1.0, 9.0, 9.0),  # first waves do not count
        ("b", 0, 0.0, 0.5, 9.0, 9.0),
        ("a", 1, 1.5, 3.0, 0.25, 0.125),
        ("b", 1, 0.75, 5.0, 0.0, 0.5),  # counts from 1.0
        ("b", 2, 6.0, 9.0, 1.0, 0.0),
    )
    early = worker_use(trials, until_first_idle=True)
    assert (early.workers, early.seconds) == (2, 2.0)  # from 1.0, where both are warm, to 3.0, where "a" has no more
    assert (early.evaluate, early.ask, early.tell) == (1.5 + 2.0, 0.25, 0.125)
    assert early.share == pytest.approx(3.875 / 4)
    whole = worker_use(trials, until_first_idle=False)
    assert (whole.seconds, whole.evaluate, whole.ask, whole.tell) == (8.0, 1.5 + 4.0 + 3.0, 1.25, 0.625)


def test_utilisation_of_a_real_run_is_a_share() -> None:
    trials = run_trials(nothing_suite(studies=2, trials=400), HERE)
    use = worker_use(trials, until_first_idle=False)
    assert len(trials) == 800
    assert use.workers == 1
    assert 0 < use.share < 1
    assert use.ask > 0


def test_the_suite_is_cut_to_some_tasks_seeds_and_trials_and_keeps_its_strategies() -> None:
    suite = cut_suite("standard", TASKS, seeds=1, trials=7)
    assert tuple(suite.task_labels) == TASKS
    assert (suite.seeds, suite.budget.trials) == ((0,), 7)
    assert suite.strategies == load_suite("standard").strategies


def test_utilisation_prints_both_stretches(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(utilisation, "cut_suite", lambda *_, **__: nothing_suite(1, 300))
    monkeypatch.setattr(utilisation, "Where", lambda **_: HERE)
    utilisation.main()
    rows = capsys.readouterr().out.splitlines()[-2:]
    assert rows[0].startswith("| until the first worker runs out of work | ")
    assert all(row.endswith("% |") for row in rows)


def test_a_process_is_timed_to_its_end_and_must_succeed() -> None:
    assert startup.process_seconds([sys.executable, "-c", "pass"]) > 0
    with pytest.raises(subprocess.CalledProcessError):
        startup.process_seconds([sys.executable, "-c", "raise SystemExit(3)"])


def test_the_first_trial_of_a_run_comes_after_its_start_and_before_its_end() -> None:
    seconds = startup.first_trial_seconds(["--in-process"])
    assert 0.05 < seconds < 60


def test_medians_are_over_rounds() -> None:
    readings = iter([3.0, 100.0, 1.0])
    assert startup.medians({"x": lambda: next(readings)}, rounds=3) == {"x": 3.0}


def test_an_unknown_benchmark_is_named_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_benchmarks(["speed"]) == 2
    assert capsys.readouterr().err == (
        "no benchmark called 'speed'; known: startup, throughput, utilisation, ask_overhead, stacking, "
        "stacking_suite, discrimination, simulation, simulation_scale, thinking, reporting, regret\n"
    )


def _wave(number: int, *, trials: int, worker: str) -> Wave:
    configuration = Nothing().problem.space.default()
    stored = [
        StoredTrial(
            TrialResult(Trial(i, Proposal(configuration), 0), Measurement({"value": 0.5}), (0.5,)),
            Evaluation(Measurement({"value": 0.5}), 0.0, 1.0, worker),
            0.5,
            work=1.0,
            seconds=1.0,
            ask_seconds=0.0,
            tell_seconds=0.0,
        )
        for i in range(trials)
    ]
    rows = encode_rows(stored)
    assert rows.schema == OUTCOMES
    return Wave(0, number, rows)


def _trials(*rows: tuple[str, int, float, float, float, float]) -> pd.DataFrame:
    names = ["worker", "trial", "started", "finished", "ask_seconds", "tell_seconds"]
    frame = pd.DataFrame(rows, columns=names)
    for name in ("started", "finished"):
        frame[name] = pd.to_datetime(frame[name], unit="s", utc=True)
    return frame
