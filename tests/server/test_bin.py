"""The bin: a run goes in and comes out whole whatever else happens, and nothing that lies there hides the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from pages_under_test import serving
from service_under_test import NOON, SUITE, make_service, service, write_interrupted_run

from tuner.errors import TunerError
from tuner.server import bin as bin_module
from tuner.server.bin_notes import read_note
from tuner.server.jobs import JobState, WrongState
from tuner.server.service import Service
from tuner.server.service_folder import UnknownRun

__all__ = ["service"]

OVERTAKING_SECONDS = 0.3
"""How long a deletion is held up halfway: a request that nothing keeps waiting is over long before."""

DAMAGED = (
    *('{"run": "old", "deleted": 1e300}', '{"run": "old", "deleted": NaN}', '{"run": "old", "deleted": -1}'),
    *('{"run": "old", "deleted": "today"}', '{"run": "old", "deleted": [1]}', '{"run": "old", "deleted": true}'),
    *('{"run": "old", "deleted": null}', '{"run": "old"}', "[]", '"text"', "", "{", "[" * 900, "1" * 900, "\ufffe"),
    json.dumps({"run": "old", "deleted": NOON, "more": "x" * 2_000_000}),
)


def stopped_service(runs: Path) -> Service:
    """With an interrupted run that has a job, which was paused."""
    write_interrupted_run(runs / "stopped")
    made = make_service(runs)
    made.resume("stopped")
    made.pause("stopped")
    return made


def binned(runs: Path, name: str, note: str | None = None) -> Path:
    """What is left of a run that lies in the bin, with such a note."""
    path = runs / ".service" / "bin" / name
    path.mkdir()
    (path / "trials.parquet").write_bytes(b"x" * 2_000)
    if note is not None:
        (path / ".deleted.json").write_text(note, encoding="utf-8")
    return path


def at_once(
    monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor, ask: Callable[[], object], *, is_moved: bool
) -> list[Future[object]]:
    """Have something asked just before, or just after, the folder of a run is moved; the list is filled by then."""
    rename, asked = Path.rename, list[Future[object]]()

    def move(path: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        if is_moved:
            rename(path, target)
        asked.append(pool.submit(ask))
        wait(asked, timeout=OVERTAKING_SECONDS)
        return target if is_moved else rename(path, target)

    monkeypatch.setattr(Path, "rename", move)
    return asked


def is_consistent(service: Service, name: str) -> bool:
    """Whether the run has its folder, or is in the bin and nobody will make it anew."""
    job = service.queue.find(name)
    return (service.folder.runs / name).is_dir() or job is None


@pytest.mark.parametrize("origin", ["submitted here", "made elsewhere"])
def test_a_run_cannot_be_resumed_while_it_is_being_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    service = stopped_service(tmp_path)
    if origin == "made elsewhere":
        service.queue.forget("stopped")

    with ThreadPoolExecutor(1) as pool:
        resuming = at_once(monkeypatch, pool, lambda: service.resume("stopped"), is_moved=True)
        service.delete("stopped")

    with pytest.raises(TunerError):
        resuming[0].result(timeout=10)
    assert service.queue.find("stopped") is None
    assert [run.run for run in service.bin().items] == ["stopped"]


def test_a_run_that_is_found_by_a_resume_and_deleted_meanwhile_is_not_queued(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    service = make_service(tmp_path)
    text = service.run("stopped").suite_toml
    service.delete("stopped")

    with pytest.raises(WrongState, match="stopped was deleted or renamed meanwhile"):
        service.queue.adopt(tmp_path / "stopped", text, NOON)
    assert service.queue.find("stopped") is None


def test_a_deletion_and_a_resume_at_once_leave_one_of_both(tmp_path: Path) -> None:
    service = stopped_service(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            deleting, resuming = pool.submit(service.delete, "stopped"), pool.submit(service.resume, "stopped")
            outcomes = [deleting.exception(timeout=30), resuming.exception(timeout=30)]
            assert outcomes.count(None) == 1
            assert all(outcome is None or isinstance(outcome, WrongState | UnknownRun) for outcome in outcomes)
            assert is_consistent(service, "stopped")
            if (tmp_path / "stopped").is_dir():
                service.pause("stopped")
            else:
                service.restore("stopped")
                service.resume("stopped")
                service.pause("stopped")


def test_a_deletion_that_fails_before_the_run_is_moved_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = stopped_service(tmp_path)
    before = service.queue.find("stopped")

    def fail(_path: Path, _target: Path) -> Path:
        raise OSError("the disk went away")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="went away"):
            service.delete("stopped")

    assert service.queue.find("stopped") == before
    assert service.resume("stopped").state == "queued"


def died_halfway(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service that stopped when the run was in the bin, and its job not yet forgotten."""
    service = stopped_service(runs)

    def fail(_folder: Path) -> None:
        raise OSError("the disk went away")

    with monkeypatch.context() as patched:
        patched.setattr(bin_module, "sync_folder", fail)
        with pytest.raises(OSError, match="went away"):
            service.delete("stopped")
    job = service.queue.find("stopped")
    assert job is not None
    assert job.state is JobState.PAUSED
    return service


def test_the_next_start_completes_a_deletion_that_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = died_halfway(tmp_path, monkeypatch)

    service.start()

    assert service.queue.find("stopped") is None
    assert service.restore("stopped").state == "interrupted"


def test_the_next_deletion_completes_one_that_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = died_halfway(tmp_path, monkeypatch)

    service.delete("stopped")

    assert service.queue.find("stopped") is None
    assert [run.run for run in service.bin().items] == ["stopped"]


def test_a_start_keeps_the_jobs_of_later_runs_that_are_called_like_one_in_the_bin(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    binned(tmp_path, "mine", json.dumps({"run": "mine", "deleted": NOON - 1}))
    service.submit(SUITE)
    service.cancel("mine")

    service.start()

    assert service.summary("mine").state == "cancelled"


def test_a_run_cannot_be_submitted_under_a_name_that_is_being_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = stopped_service(tmp_path)
    service.delete("stopped")

    with ThreadPoolExecutor(1) as pool:
        text = SUITE.replace("mine", "stopped")
        submitting = at_once(monkeypatch, pool, lambda: service.submit(text).run, is_moved=False)
        service.restore("stopped")

    assert submitting[0].result(timeout=10) == "stopped-2"


def test_of_two_that_restore_a_run_at_once_one_is_refused(service: Service) -> None:
    service.delete("example")
    with ThreadPoolExecutor(2) as pool:
        outcomes = [act.exception(timeout=30) for act in [pool.submit(service.restore, "example") for _ in range(2)]]

    assert outcomes.count(None) == 1
    assert isinstance(next(filter(None, outcomes)), WrongState | UnknownRun)


def test_damaged_notes_show_as_unknown_and_hide_nothing(service: Service) -> None:
    for number, note in enumerate(DAMAGED):
        binned(service.folder.runs, f"old-{number}", note)
    service.delete("example")

    first, *others = service.bin().items

    assert (first.run, first.deleted is None) == ("example", False)
    assert {run.name for run in others} == {f"old-{number}" for number in range(len(DAMAGED))}
    assert all(run.deleted is None for run in others)


def test_a_run_whose_note_is_damaged_is_restored_by_the_name_of_its_folder(service: Service) -> None:
    service.delete("example")
    (service.folder.bin / "example" / ".deleted.json").write_text('{"run": 7}', encoding="utf-8")

    assert service.restore("example").name == "example"


@pytest.mark.parametrize("run", ["../../etc", "", "a/b", ".service", "x" * 97, 7, None, ["old"]])
def test_a_note_cannot_name_another_place(tmp_path: Path, run: object) -> None:
    path = tmp_path / "old"
    path.mkdir()
    (path / ".deleted.json").write_text(json.dumps({"run": run, "deleted": NOON}), encoding="utf-8")

    note = read_note(path)

    assert note is not None
    assert (note.run, note.seconds) == ("old", NOON)


def test_a_note_that_is_a_link_a_pipe_or_a_folder_is_not_read(service: Service, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({"run": "told", "deleted": NOON}), encoding="utf-8")
    (binned(tmp_path, "link") / ".deleted.json").symlink_to(secret)
    os.mkfifo(binned(tmp_path, "pipe") / ".deleted.json")
    (binned(tmp_path, "folder") / ".deleted.json").mkdir()

    found = service.bin().items

    assert {(run.run, run.deleted) for run in found} == {("link", None), ("pipe", None), ("folder", None)}


def test_a_note_is_not_written_through_a_link_that_the_run_holds(service: Service, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    for name in (".deleted.json", ".deleted.json.writing"):
        (tmp_path / "example" / name).symlink_to(victim)

    service.delete("example")

    assert victim.read_text(encoding="utf-8") == "mine"
    assert [run.run for run in service.bin().items] == ["example"]


def test_a_run_that_was_put_into_the_bin_by_hand_has_the_time_of_its_folder(service: Service) -> None:
    os.utime(binned(service.folder.runs, "old"), (NOON, NOON))

    (run,) = service.bin().items

    assert run.deleted is not None
    assert run.deleted.timestamp() == NOON


def test_the_bin_comes_in_pages_latest_first(service: Service) -> None:
    for number in range(5):
        binned(service.folder.runs, f"old-{number}", json.dumps({"run": "old", "deleted": NOON + number}))

    page = service.bin(offset=1, limit=2)

    assert [run.name for run in page.items] == ["old-3", "old-2"]
    assert (page.total, page.next) == (5, 3)


def test_only_the_runs_of_the_page_are_measured(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        binned(service.folder.runs, f"old-{number}", json.dumps({"run": "old", "deleted": NOON + number}))
    walked: list[str] = []
    walk = os.walk

    def walking(path: Path) -> object:
        walked.append(Path(path).name)
        return walk(path)

    monkeypatch.setattr(os, "walk", walking)
    sizes = [run.size_bytes for run in service.bin(limit=2).items]

    assert walked == ["old-4", "old-3"]
    assert min(sizes) > 1000


def test_a_run_that_vanishes_while_it_is_measured_is_passed_over(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        binned(service.folder.runs, f"old-{number}", json.dumps({"run": "old", "deleted": NOON + number}))
    walk = os.walk

    def walking(path: Path) -> object:
        if Path(path).name == "old-1":
            path.rename(service.folder.runs / "back")
        return walk(path)

    monkeypatch.setattr(os, "walk", walking)

    assert [run.name for run in service.bin().items] == ["old-2", "old-0"]


def test_links_in_the_bin_are_not_followed_when_it_is_measured(service: Service, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "file").write_bytes(b"x" * 1_000_000)
    (tmp_path / ".service" / "bin" / "whole").symlink_to(tmp_path / "large", target_is_directory=True)
    (binned(tmp_path, "old") / "exhibits-elsewhere").symlink_to(tmp_path / "large", target_is_directory=True)

    assert max(run.size_bytes for run in service.bin().items) < 500_000


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, '{"schema": "1.0"}'])
def test_a_deleted_run_whose_files_are_damaged_is_listed(service: Service, content: str) -> None:
    path = service.folder.runs / ".service" / "bin" / "old"
    path.mkdir()
    (path / "run.json").write_text(content, encoding="utf-8")

    (run,) = service.bin().items

    assert (run.name, run.suite) == ("old", "")


def test_a_bin_that_was_removed_is_empty_and_made_again(service: Service) -> None:
    service.folder.bin.rmdir()

    assert service.bin().items == []
    service.delete("example")
    assert [run.run for run in service.bin().items] == ["example"]


def test_the_page_of_the_bin_leads_on_to_the_runs_that_it_does_not_show(tmp_path: Path) -> None:
    with serving(tmp_path) as browser:
        for number in range(31):
            binned(tmp_path, f"old-{number:02}", json.dumps({"run": f"old-{number:02}", "deleted": NOON + number}))
        binned(tmp_path, "unknown", "{")
        first, second = browser.get("/bin").text, browser.get("/bin?offset=30").text

    assert 'href="/bin?offset=30" rel="next"' in first
    assert ("old-30" in first, "old-00" in first) == (True, False)
    assert ("old-30" in second, "old-00" in second) == (False, True)
    (row,) = (row for row in second.split("<tr>") if "unknown" in row)
    assert "<time" not in row
