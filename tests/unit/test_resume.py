"""A run that is stopped, killed or torn goes on to the very results of one that never was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs_under_test import (
    HERE,
    STRATEGY,
    contents,
    decisions,
    interrupt,
    on_wave,
    one_wave_at_a_time,
    state,
    stumble,
    suite,
    undisturbed,
)
from tables_under_test import GRID, ROWS, write

from results.store import open_store
from tuner import Suite, resume_run, run_suite
from tuner.errors import RunChanged, TunerError
from tuner.evaluators.in_process import InProcessEvaluator
from tuner.events import Event, RunSealed, RunStarted, StopRequested
from tuner.plan import Plan, make_plan
from tuner.run_folder import RunFolder

__all__ = ["one_wave_at_a_time"]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY)
    return path


@pytest.mark.parametrize("wave", [1, 4, 5, 6, 9])
def test_a_run_that_is_stopped_goes_on_to_the_same_results(tmp_path: Path, wave: int) -> None:
    path = tmp_path / "run"
    stopped = run_suite(suite(), out=path, where=HERE, watch=on_wave(wave, interrupt))
    assert state(path) == "interrupted"
    assert len(stopped.trials) == 2 * wave
    assert set(stopped.studies["status"]) <= {"finished", "stopped"}
    resumed = resume_run(path, where=HERE)
    assert state(path) == "finished"
    pd.testing.assert_frame_equal(decisions(resumed), undisturbed(tmp_path, suite()), check_exact=True)


def test_a_stop_is_told_and_the_run_is_sealed(tmp_path: Path) -> None:
    events: list[Event] = []
    stop = on_wave(2, interrupt)

    def both(event: Event) -> None:
        events.append(event)
        stop(event)

    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=both)
    assert [type(event) for event in events[-2:]] == [StopRequested, RunSealed]
    assert isinstance(events[-1], RunSealed)
    assert not events[-1].is_finished


def test_a_run_that_is_stopped_twice_goes_on_to_the_same_results(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(2, interrupt))
    resume_run(path, where=HERE, watch=on_wave(2, interrupt))
    assert state(path) == "interrupted"
    pd.testing.assert_frame_equal(
        decisions(resume_run(path, where=HERE)), undisturbed(tmp_path, suite()), check_exact=True
    )


def test_a_resumed_run_tells_how_much_there_was(tmp_path: Path) -> None:
    events: list[Event] = []
    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=on_wave(3, interrupt))
    resume_run(tmp_path / "run", where=HERE, watch=events.append)
    assert isinstance(events[0], RunStarted)
    assert events[0].trials_before == 6


def interrupt_twice() -> None:
    interrupt()
    interrupt()


@pytest.mark.parametrize(("act", "error"), [(interrupt_twice, KeyboardInterrupt), (stumble, RuntimeError)])
def test_a_run_that_is_broken_off_goes_on_to_the_same_results(
    tmp_path: Path, act: Callable[[], None], error: type[BaseException]
) -> None:
    path = tmp_path / "run"
    with pytest.raises(error):
        run_suite(suite(), out=path, where=HERE, watch=on_wave(3, act))
    assert state(path) == "running"
    assert len(open_store(path).trials) == 0
    pd.testing.assert_frame_equal(
        decisions(resume_run(path, where=HERE)), undisturbed(tmp_path, suite()), check_exact=True
    )


def test_a_run_whose_journal_was_torn_goes_on_to_the_same_results(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with pytest.raises(RuntimeError):
        run_suite(suite(), out=path, where=HERE, watch=on_wave(3, stumble))
    (journal,) = RunFolder(path).journals.glob("*.journal")
    journal.write_bytes(journal.read_bytes()[:-7])
    assert len(RunFolder(path).read_waves()) == 2
    pd.testing.assert_frame_equal(
        decisions(resume_run(path, where=HERE)), undisturbed(tmp_path, suite()), check_exact=True
    )


def test_a_run_that_broke_off_while_it_was_sealed_goes_on_to_the_same_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    monkeypatch.setattr("tuner.run_folder.RunFolder.write_planned", lambda *_: None)
    monkeypatch.setattr("tuner.run_folder.sealed_studies", lambda _rows: stumble())
    with pytest.raises(RuntimeError):
        run_suite(suite(), out=path, where=HERE)
    monkeypatch.undo()
    assert (path / "trials.parquet").exists()
    assert state(path) == "running"
    pd.testing.assert_frame_equal(
        decisions(resume_run(path, where=HERE)), undisturbed(tmp_path, suite()), check_exact=True
    )


def test_resuming_a_finished_run_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE)
    set_version(path, "0.0")
    before = contents(path)
    monkeypatch.setattr(InProcessEvaluator, "run", lambda *_arguments: stumble())
    assert len(resume_run(path, where=HERE).trials) == 20
    assert contents(path) == before


def test_a_run_that_another_process_finished_meanwhile_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(2, interrupt))

    def slowly(*arguments: Any) -> Plan:
        monkeypatch.undo()
        resume_run(path, where=HERE)
        monkeypatch.setattr(InProcessEvaluator, "run", lambda *_arguments: stumble())
        return make_plan(*arguments)

    monkeypatch.setattr("tuner.session.make_plan", slowly)
    assert len(resume_run(path, where=HERE).trials) == 20


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_text("raise ValueError")])
def test_a_users_file_is_resumed_as_it_was(tmp_path: Path, mine: Path, change: Callable[[Path], object]) -> None:
    described = suite(strategies=["random", f"{mine}:Mine"])
    expected = undisturbed(tmp_path, described)
    run_suite(described, out=tmp_path / "run", where=HERE, watch=on_wave(3, interrupt))
    change(mine)
    pd.testing.assert_frame_equal(decisions(resume_run(tmp_path / "run", where=HERE)), expected, check_exact=True)


def set_version(path: Path, version: str) -> None:
    info = json.loads((path / "run.json").read_text())
    info["versions"]["numpy"] = version
    (path / "run.json").write_text(json.dumps(info))


def test_a_run_made_with_other_versions_is_resumed_only_where_that_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(3, interrupt))
    set_version(path, "0.0")
    with pytest.raises(RunChanged, match=r"begun with other versions: numpy 0\.0 -> .*--accept-changes"):
        resume_run(path, where=HERE)
    assert state(path) == "interrupted"
    assert len(resume_run(path, where=HERE, accept_changes=True).trials) == 20


def on_table(folder: Path) -> Suite:
    task = {"name": "benchmarks.recorded:RecordedTable", "label": "mine", "options": {"path": f"{folder}/small.toml"}}
    return suite(tasks=[task, "branin"])


def stopped_on_table(tmp_path: Path) -> Path:
    """A run that was stopped, and whose table has lost its last row since."""
    write(tmp_path)
    run_suite(on_table(tmp_path), out=tmp_path / "run", where=HERE, watch=on_wave(3, interrupt))
    write(tmp_path, GRID, ROWS[:-1])
    return tmp_path / "run"


@pytest.mark.parametrize("accept", [False, True])
def test_a_run_whose_table_has_changed_is_not_gone_on_with(tmp_path: Path, accept: bool) -> None:  # noqa: FBT001  one of two cases
    path = stopped_on_table(tmp_path)
    before = (path / "run.json").read_bytes()
    told = rf"run cannot go on: .* of task 'mine' \(path = {tmp_path}/small\.toml\).*; restore it, or begin a new run"
    with pytest.raises(RunChanged, match=told):
        resume_run(path, where=HERE, accept_changes=accept)
    assert (path / "run.json").read_bytes() == before


def test_a_run_whose_table_is_as_it_was_again_goes_on_to_the_same_results(tmp_path: Path) -> None:
    path = stopped_on_table(tmp_path)
    write(tmp_path)
    resumed = resume_run(path, where=HERE)
    pd.testing.assert_frame_equal(decisions(resumed), undisturbed(tmp_path, on_table(tmp_path)), check_exact=True)


def test_a_run_that_was_begun_before_contents_were_stored_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(3, interrupt))
    info = json.loads((path / "run.json").read_text())
    del info["contents"]
    (path / "run.json").write_text(json.dumps(info))
    assert len(resume_run(path, where=HERE).trials) == 20


@pytest.mark.parametrize("accept", [False, True])
def test_a_run_of_another_stored_schema_is_not_gone_on_with(tmp_path: Path, accept: bool) -> None:  # noqa: FBT001  one of two cases
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(3, interrupt))
    info = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**info, "schema": "1.0"}))
    with pytest.raises(RunChanged, match=r"version 1\.0 of the stored schema, and this is"):
        resume_run(path, where=HERE, accept_changes=accept)


def test_a_run_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match=r"is no run: it has no run\.json"):
        resume_run(tmp_path / "nowhere", where=HERE)
