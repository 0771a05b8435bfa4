"""The facade: runs are listed, told of, steered, deleted and restored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run
from service_under_test import NOON, SUITE, make_service, service, write_interrupted_run

from results.errors import ImportedRun
from tuner.errors import InvalidOption
from tuner.run_folder import RunFolder
from tuner.server.jobs import JobState, KeyReused, WrongState
from tuner.server.service import Service
from tuner.server.service_folder import UnknownRun
from tuner.server.submissions import RefusedSuite
from tuner.server.suite_requests import SuiteRequest

__all__ = ["service"]


def names(found: Service, **asked: str) -> list[str]:
    return [run.name for run in found.runs(**asked).items]  # type: ignore[arg-type]  # the filters are texts


def test_a_run_of_the_command_line_is_told_from_its_tables(service: Service) -> None:
    run = service.summary("example")

    assert (run.state, run.suite, run.trials, run.studies, run.studies_done) == ("finished", "example", 288, 24, 24)
    assert run.failures == sum(study.failures for study in service.run("example").studies) > 0


def test_the_leader_is_ahead_on_most_tasks(tmp_path: Path) -> None:
    write_example_run(tmp_path / "clear", name="clear", spread=30.0, tasks=("a", "b", "c"))
    write_example_run(tmp_path / "alone", name="alone", strategies=("random",))

    assert make_service(tmp_path).summary("clear").leader == "gp"
    assert make_service(tmp_path).summary("alone").leader is None


def test_submitted_runs_are_listed_before_they_have_a_folder(service: Service) -> None:
    job = service.submit(SUITE, workers=2)

    first = service.runs().items[0]
    assert (first.name, first.suite, first.state, first.workers, first.studies) == ("mine", "mine", "queued", 2, 0)
    assert service.run(job.run).suite_toml == job.suite


def test_runs_are_filtered_by_state_suite_and_name(service: Service) -> None:
    service.submit(SUITE)

    assert names(service) == ["mine", "example"]
    assert names(service, state="finished") == ["example"]
    assert names(service, suite="mine") == ["mine"]
    assert names(service, text="XAMP") == ["example"]
    with pytest.raises(InvalidOption, match="no state 'done'"):
        service.runs(state="done")


def test_names_count_on_where_a_folder_or_a_waiting_run_has_them(service: Service) -> None:
    (service.folder.runs / "mine-7").mkdir()

    assert [service.submit(SUITE).run for _ in range(3)] == ["mine-8", "mine-9", "mine-10"]


def test_the_same_key_gives_the_same_run_and_refuses_another_request(service: Service) -> None:
    first = service.submit(SUITE, key="k")

    assert service.submit(SUITE, key="k").run == first.run
    assert len(service.queue.all()) == 1
    with pytest.raises(KeyReused):
        service.submit(SUITE, key="k", workers=3)


def test_a_waiting_run_is_paused_resumed_and_cancelled(service: Service) -> None:
    service.submit(SUITE)

    assert service.pause("mine").state == "paused"
    assert service.resume("mine").state == "queued"
    assert service.cancel("mine").state == "cancelled"
    with pytest.raises(WrongState):
        service.pause("mine")


def test_what_is_asked_of_a_run_that_is_worked_on_shows(service: Service) -> None:
    service.submit(SUITE)
    service.queue.claim("runner", NOON)

    assert service.summary("mine").state == "running"
    assert service.pause("mine").state == "pausing"
    assert service.cancel("mine").state == "cancelling"


def test_a_run_put_back_from_an_older_copy_goes_on_although_its_job_was_finished(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    service = make_service(tmp_path)
    service.resume("stopped")
    service.queue.claim("runner", NOON)
    service.queue.end("stopped", "runner", JobState.FINISHED)

    assert service.summary("stopped").state == "interrupted"
    assert service.resume("stopped").state == "queued"


def test_a_run_that_failed_says_why(service: Service) -> None:
    service.submit(SUITE)
    service.queue.claim("runner", NOON)
    service.queue.end("mine", "runner", JobState.FAILED, "no memory")

    assert (service.summary("mine").state, service.summary("mine").message) == ("failed", "no memory")


def test_a_run_of_the_command_line_is_steered_only_where_it_stopped(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    service = make_service(tmp_path)

    assert service.summary("stopped").state == "interrupted"
    with pytest.raises(WrongState, match="only who started it"):
        service.pause("stopped")
    assert service.resume("stopped").state == "queued"


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("suite.toml", 'name = "random"', 'name = "program", options = { command = "true" }'),
        ("suite.toml", 'name = "random"', 'name = "./mine.py:Mine"'),
        ("plugins.json", "tuner.strategies.random_search:RandomSearch", "os:system"),
        ("plugins.json", '"source": null', '"source": "mine.py"'),
    ],
)
def test_a_run_whose_folder_names_code_of_its_own_is_not_gone_on_with(
    tmp_path: Path, file: str, before: str, after: str
) -> None:
    path = write_interrupted_run(tmp_path / "stopped") / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    service = make_service(tmp_path)
    with pytest.raises(RefusedSuite):
        service.resume("stopped")
    assert service.queue.find("stopped") is None


@pytest.mark.parametrize("ended", [JobState.FINISHED, JobState.FAILED])
def test_code_of_its_own_is_not_gone_on_with_though_a_job_had_the_name(tmp_path: Path, ended: JobState) -> None:
    path = write_interrupted_run(tmp_path / "stopped") / "plugins.json"
    service = make_service(tmp_path)
    service.resume("stopped")
    service.queue.claim("runner", NOON)
    service.queue.end("stopped", "runner", ended)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("tuner.strategies.random_search:RandomSearch", "os:system"), encoding="utf-8")

    with pytest.raises(RefusedSuite):
        service.resume("stopped")
    job = service.queue.find("stopped")
    assert job is not None
    assert job.state is ended


@pytest.mark.parametrize(
    ("file", "content"),
    [("run.json", "[" * 100_000), ("studies.parquet", ""), ("trials.parquet", "")],
)
def test_a_folder_with_what_no_run_has_leaves_the_others_alone(service: Service, file: str, content: str) -> None:
    shutil.copytree(service.folder.runs / "example", service.folder.runs / "other")
    path = service.folder.runs / "other" / file
    path.write_text(content, encoding="utf-8")
    if not content:
        pq.write_table(pa.table({"study": ["a", None], "task": [1, 2]}), path)

    found = {run.name: (run.trials, bool(run.message)) for run in service.runs().items}

    assert found == {"example": (288, False), "other": (0, True)}


@pytest.mark.parametrize("name", ["nobody", "a" * 300, "../example", ""])
def test_what_is_no_run_is_not_resumed_whatever_it_is_called(service: Service, name: str) -> None:
    with pytest.raises(UnknownRun):
        service.resume(name)


def test_a_run_that_another_process_writes_is_running_and_not_deleted(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    service = make_service(tmp_path)

    with RunFolder(tmp_path / "stopped").locked():
        assert service.summary("stopped").state == "running"
        with pytest.raises(WrongState, match="is being written"):
            service.delete("stopped")


def test_a_finished_or_imported_run_is_not_resumed(service: Service) -> None:
    with pytest.raises(WrongState, match="example is finished"):
        service.resume("example")
    file = service.folder.runs / "example" / "run.json"
    imported = {"file": "x.csv", "sha256": "0", "is_accumulated": False}
    file.write_text(json.dumps({**json.loads(file.read_text()), "state": "interrupted", "imported": imported}))
    with pytest.raises(ImportedRun):
        service.resume("example")


def test_a_deleted_run_lies_in_the_bin_and_comes_back_whole(service: Service) -> None:
    before = service.run("example")

    service.delete("example")

    assert names(service) == []
    (binned,) = service.bin().items
    assert (binned.name, binned.run, binned.suite) == ("example", "example", "example")
    assert binned.deleted is not None
    assert binned.deleted.timestamp() == NOON
    assert service.restore("example").name == "example"
    assert service.run("example") == before
    assert service.bin().items == []


def test_two_deleted_runs_of_one_name_are_told_apart_and_one_is_in_the_others_way(service: Service) -> None:
    service.delete("example")
    write_example_run(service.folder.runs / "example")
    service.delete("example")

    assert {(run.name, run.run) for run in service.bin().items} == {("example", "example"), ("example.2", "example")}
    service.restore("example.2")
    with pytest.raises(WrongState, match="another run called 'example'"):
        service.restore("example")


def test_a_run_under_way_is_not_deleted_and_a_waiting_one_only_once_cancelled(service: Service) -> None:
    service.submit(SUITE)
    with pytest.raises(WrongState, match="cancel it first"):
        service.delete("mine")
    service.cancel("mine")
    service.delete("mine")

    with pytest.raises(UnknownRun):
        service.summary("mine")


def test_a_damaged_run_is_listed_with_its_trouble_and_no_path(service: Service) -> None:
    (service.folder.runs / "example" / "run.json").write_text("{")

    (run,) = service.runs().items
    assert (run.state, run.is_broken) == ("failed", True)
    assert run.message.startswith("broken: example/run.json is damaged")


@pytest.mark.parametrize("name", ["", ".", "..", "../example", "a/b", "example\0", "example\n", "é", "x" * 97, "no"])
def test_a_name_that_is_no_run_is_unknown_whatever_it_is(service: Service, name: str) -> None:
    for ask in (service.run, service.summary, service.progress, service.curves, service.delete, service.restore):
        with pytest.raises(UnknownRun):
            ask(name)


def test_progress_and_curves_of_an_interrupted_run_come_from_its_journal(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    service = make_service(tmp_path)

    progress = service.progress("stopped")

    (cell,) = progress.cells
    assert (cell.trials, progress.summary.trials, progress.summary.expected) == (8, 8, 16)
    assert cell.best is not None
    (curve,) = service.curves("stopped")["branin"]
    assert curve.points[-1] == (8, cell.best)


def test_failures_come_newest_first_with_their_labels(service: Service) -> None:
    page = service.failures("example", limit=3)

    assert page.total == service.summary("example").failures
    last = page.items[0]
    assert (last.task, last.strategy) == ("digits", "gp")
    assert service.failures("example", offset=1, limit=1).items == page.items[1:2]


def test_a_plan_tells_its_size_and_what_earlier_runs_took(service: Service) -> None:
    preview = service.plan(SUITE)

    assert (preview.suite, preview.studies, preview.trials, preview.skipped) == ("mine", 4, 12, [])
    assert preview.expected_seconds == pytest.approx(12 * 0.5)
    assert preview.tasks[0].told_by == "0.5 s a trial in 1 earlier run here"


def test_a_plan_without_earlier_runs_has_what_the_card_says(service: Service) -> None:
    preview = service.plan(SUITE.replace("branin", "hartmann6"))

    assert preview.expected_seconds is None
    assert "card" in preview.tasks[0].told_by


def test_a_plan_tells_which_pairs_are_skipped_and_why(service: Service) -> None:
    preview = service.plan(
        SUITE.replace('"grid"', '"optuna:CmaEsSampler"').replace('["branin"]', '["branin", "table"]')
    )

    (skipped,) = preview.skipped
    assert (skipped.task.partition("(")[0], skipped.strategy, skipped.studies) == ("table", "CmaEsSampler", 2)
    assert skipped.reason
    assert preview.studies == 6


def test_starting_points_of_a_run_of_the_service_are_written_out_by_its_name(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    task = '{ name = "branin", transfer = { run = "stopped", count = 2 } }'

    job = make_service(tmp_path).submit(SUITE.replace('"branin"', task))

    assert "transfer" not in job.suite
    assert job.suite.count("x1") == 2


def test_a_suite_is_composed_of_a_shipped_one_and_changes(service: Service) -> None:
    text = service.compose(SuiteRequest("quick", seeds=3, trials=7, strategies=("tpe",)))

    preview = service.plan(text)
    assert (preview.studies, preview.trials) == (3, 21)
