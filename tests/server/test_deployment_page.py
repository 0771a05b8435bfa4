"""What the page about deployment says can be used as it stands: its backup is whole, its files are well formed."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from docs.pages import ROOT, blocks_of
from example_store import write_example_run
from runs_under_test import HERE
from service_under_test import SUITE, write_interrupted_run
from typer.main import get_command

from tuner import resume_run
from tuner.cli.main import app
from tuner.server.jobs import JobQueue, JobState
from tuner.server.service_folder import ServiceFolder

PAGE = ROOT / "docs" / "how-to" / "deploy-the-service.md"


def text_of(language: str) -> str:
    return next(block.text for block in blocks_of(PAGE) if block.language == language)


@pytest.fixture
def script(tmp_path: Path) -> ModuleType:
    """The page's back_up.py."""
    file = tmp_path / "back_up.py"
    file.write_text(text_of("python"))
    spec = importlib.util.spec_from_file_location("back_up", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def runs(tmp_path: Path) -> ServiceFolder:
    """With a finished run, one that can go on, one in the bin, and a job that waits."""
    folder = ServiceFolder(tmp_path / "runs")
    folder.create()
    folder.token.write_text("secret")
    write_example_run(folder.runs / "example")
    write_example_run(folder.bin / "old")
    write_interrupted_run(folder.runs / "halfway")
    with closing(JobQueue(folder.database)) as queue:
        queue.submit("waiting", SUITE, 1.0)
    return folder


def back_up(script: ModuleType, runs: ServiceFolder) -> ServiceFolder:
    copy = ServiceFolder(runs.runs.parent / "copy")
    run: Callable[[Path, Path], None] = script.back_up
    run(runs.runs, copy.runs)
    return copy


def test_a_backup_holds_runs_bin_and_jobs_while_the_database_is_open(script: ModuleType, runs: ServiceFolder) -> None:
    with closing(JobQueue(runs.database)) as queue:
        queue.submit("just now", SUITE, 2.0)
        copy = back_up(script, runs)

    with closing(JobQueue(copy.database)) as copied:
        assert [(job.run, job.state) for job in copied.all()] == [
            ("just now", JobState.QUEUED),
            ("waiting", JobState.QUEUED),
        ]
    for name in ("run.json", "trials.parquet", "studies.parquet"):
        assert (copy.runs / "example" / name).read_bytes() == (runs.runs / "example" / name).read_bytes()
    assert (copy.bin / "old" / "trials.parquet").is_file()


def test_a_run_goes_on_from_a_backup(script: ModuleType, runs: ServiceFolder) -> None:
    copy = back_up(script, runs)

    assert resume_run(copy.runs / "halfway", where=HERE).runs[0].state == "finished"


def test_a_backup_holds_no_token(script: ModuleType, runs: ServiceFolder) -> None:
    assert not back_up(script, runs).token.exists()


def test_a_run_that_is_sealed_meanwhile_is_copied_again(
    script: ModuleType, runs: ServiceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = runs.runs / "example" / "run.json"
    real, copied = shutil.copy2, []

    def copy_and_seal(source: str, target: str) -> None:
        copied.append(Path(source).name)
        if copied.count("trials.parquet") == 1:
            info.write_text(json.dumps(json.loads(info.read_text()) | {"wall_seconds": 61.0}))
        real(source, target)

    whole = shutil.copytree
    monkeypatch.setattr(shutil, "copytree", lambda run, to, **_options: whole(run, to, copy_function=copy_and_seal))
    script.copy_run(runs.runs / "example", runs.runs.parent / "copy" / "example")

    assert copied.count("trials.parquet") == 2
    assert (runs.runs.parent / "copy" / "example" / "run.json").read_text() == info.read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("command", ["serve", "runner"])
def test_systemd_understands_the_unit(tmp_path: Path, command: str) -> None:
    text = next(block.text for block in blocks_of(PAGE) if block.language == "ini" and f"tuner {command}" in block.text)
    unit = tmp_path / "tuner.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    told = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert [line for line in told.stderr.splitlines() if unit.name in line] == []


@pytest.mark.parametrize("command", ["serve", "runner"])
def test_every_option_of_the_page_is_one_of_the_command(command: str) -> None:
    known = {name for option in get_command(app).commands[command].params for name in option.opts}  # type: ignore[attr-defined]  # a group
    used = set(re.findall(rf"tuner {command}[^\n`]*", PAGE.read_text()))
    options = {option for line in used for option in re.findall(r"(?<= )--[a-z-]+", line)}

    assert options
    assert options <= known


def test_the_cluster_asks_for_a_token_and_evaluates_on_its_workers() -> None:
    cluster = pytest.importorskip("yaml").safe_load(text_of("yaml"))

    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    assert cluster["spec"]["authOptions"] == {"mode": "token"}
    assert cluster["spec"]["headGroupSpec"]["rayStartParams"] == {"num-cpus": "0"}
