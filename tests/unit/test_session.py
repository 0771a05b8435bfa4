"""A run stores every trial of every study, whatever fails, and leaves alone what is not its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs_under_test import (
    HERE,
    STRATEGY,
    TASK,
    contents,
    interrupt,
    on_wave,
    one_wave_at_a_time,
    state,
    suite,
)

from results.store import Store
from tuner import Suite, resume_run, run_suite
from tuner.errors import RunExists, RunLocked, TunerError
from tuner.events import Event, RunSealed, RunStarted, WaveStored
from tuner.run_folder import RunFolder

__all__ = ["one_wave_at_a_time"]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY)
    return path


def test_a_run_stores_every_trial_of_every_study(tmp_path: Path) -> None:
    store = run_suite(suite(), out=tmp_path / "run", where=HERE)
    assert store.trials.groupby(["task", "strategy", "seed"], observed=True).size().tolist() == [5, 5, 5, 5]
    assert store.studies["status"].tolist() == ["finished"] * 4
    assert store.studies["trials"].tolist() == [5] * 4
    assert state(tmp_path / "run") == "finished"
    assert not RunFolder(tmp_path / "run").journals.exists()


def test_the_tables_read_without_this_project(tmp_path: Path) -> None:
    run_suite(suite(), out=tmp_path / "run", where=HERE)
    trials = pd.read_parquet(tmp_path / "run" / "trials.parquet")
    assert len(trials) == 20
    assert set(trials["strategy"]) == {"random", "sobol"}
    assert len(pd.read_parquet(tmp_path / "run" / "studies.parquet")) == 4


def test_a_watcher_hears_of_start_waves_and_sealing(tmp_path: Path) -> None:
    events: list[Event] = []
    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=events.append)
    assert [type(event) for event in events] == [RunStarted, *[WaveStored] * 10, RunSealed]
    assert isinstance(events[-1], RunSealed)
    assert (events[-1].trials, events[-1].is_finished) == (20, True)


def test_a_wave_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    told = 0

    def watch(event: Event) -> None:
        nonlocal told
        if isinstance(event, WaveStored):
            told += 1
            assert len(RunFolder(tmp_path / "run").read_waves()) == told

    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=watch)
    assert told == 10


def test_added_strategies_run_too(tmp_path: Path) -> None:
    store = run_suite(suite(), out=tmp_path / "run", where=HERE, strategies=["grid"])
    assert store.strategies == ("random", "sobol", "grid")


def test_the_handlers_of_signals_are_as_before_after_a_run(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=on_wave(1, interrupt))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_run_in_another_thread_works(tmp_path: Path) -> None:
    stores: list[Store] = []
    thread = threading.Thread(target=lambda: stores.append(run_suite(suite(), out=tmp_path / "run", where=HERE)))
    thread.start()
    thread.join()
    assert len(stores[0].trials) == 20


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"

    def intrude() -> None:
        with pytest.raises(RunLocked):
            resume_run(path, where=HERE)

    store = run_suite(suite(), out=path, where=HERE, watch=on_wave(3, intrude))
    assert len(store.trials) == 20


def test_a_folder_that_is_there_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE)
    before = contents(path)
    with pytest.raises(RunExists):
        run_suite(suite(seed=5), out=path, where=HERE)
    assert contents(path) == before


def test_a_suite_that_cannot_be_run_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TunerError):
        run_suite(suite(strategies=["randon"]), out=tmp_path / "run", where=HERE)
    assert not (tmp_path / "run").exists()


def test_runs_without_a_place_of_their_own_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        run_suite(suite(seeds=1), where=HERE)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["mine", "mine-2", "mine-3"]


def studies(tmp_path: Path, described: Suite) -> dict[str, Sequence[Any]]:
    frame = run_suite(described, out=tmp_path / "run", where=HERE).studies
    columns = (frame[name].tolist() for name in ("strategy", "status", "message", "trials"))
    return {strategy: told for strategy, *told in zip(*columns, strict=True)}


def test_a_study_that_fails_or_is_skipped_leaves_the_others_alone(tmp_path: Path, mine: Path) -> None:
    described = suite(strategies=["random", f"{mine}:Picky", f"{mine}:Broken"], seeds=1)
    found = studies(tmp_path, described)
    assert found["random"][0] == "finished"
    assert found["Picky"] == ["skipped", "Picky does not support continuous problems", 0]
    assert found["Broken"] == ["failed", "ask raised ValueError: no \\udc80 idea", 0]


def test_a_run_in_which_everything_is_skipped_is_finished(tmp_path: Path, mine: Path) -> None:
    found = studies(tmp_path, suite(strategies=[f"{mine}:Picky"]))
    assert found["Picky"][0] == "skipped"
    assert state(tmp_path / "run") == "finished"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Unprepared", "FileNotFoundError: no data"),
        ("Exiting", "SystemExit: 3"),
        ("Failing", "ValueError: lone \\udc80"),
    ],
)
def test_a_task_that_always_fails_spends_its_budget_on_failures(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "task.py").write_text(TASK)
    store = run_suite(suite(tasks=[f"{tmp_path}/task.py:{name}"]), out=tmp_path / "run", where=HERE)
    assert set(store.trials["message"]) == {told}
    assert store.studies["failures"].tolist() == [5] * 4
    assert store.studies["status"].tolist() == ["finished"] * 4


def test_a_task_that_changes_the_working_folder_does_not_move_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "task.py").write_text(TASK)
    monkeypatch.chdir(tmp_path)
    store = run_suite(suite(tasks=["./task.py:Wandering"]), out="run", where=HERE)
    assert store.trials["status"].tolist() == ["ok"] * 20
    assert state(tmp_path / "run") == "finished"


def test_a_suite_file_may_name_plug_ins_beside_it(tmp_path: Path, mine: Path) -> None:
    described = suite(strategies=["./mine.py:Mine"], seeds=1)
    (tmp_path / "mine.toml").write_text(described.to_toml())
    sources: list[str | Path] = [tmp_path / "mine.toml", str(tmp_path / "mine.toml")]
    for number, source in enumerate(sources):
        assert len(run_suite(source, out=tmp_path / str(number), where=HERE).trials) == 5


def test_a_wave_is_told_of_only_after_it_is_flushed_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = os.fdatasync

    def flush(handle: int) -> None:
        real(handle)
        order.append("flushed")

    monkeypatch.setattr(os, "fdatasync", flush)
    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=lambda event: order.append(type(event).__name__))
    waves = [said for said in order if said in {"flushed", "WaveStored"}]

    assert waves.count("WaveStored") > 5
    assert waves == ["flushed", "WaveStored"] * (len(waves) // 2)
