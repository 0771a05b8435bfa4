"""`tuner export`: what it writes and says, and that it leaves nothing half done."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from exports_under_test import stored
from runs_under_test import HERE, contents, suite
from typer.testing import CliRunner, Result

from results.store import Store
from tuner import run_suite
from tuner.cli.exporting import Target
from tuner.cli.main import app
from tuner.exports import FORMATS

__all__ = ["stored"]
LOADED = """
import sys
from pathlib import Path
from tuner.exports import export_run
export_run(sys.argv[1], "iohprofiler", "ioh")
print(*sorted({"optuna", "mlflow", "sqlalchemy", "ray", "torch"} & {name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture(autouse=True)
def here(stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for `runs/run`."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored.paths[0], tmp_path / "runs" / "run")
    return tmp_path


def export(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", *arguments])


def refused(*arguments: str) -> str:
    done = export(*arguments)
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_format_is_offered() -> None:
    assert {target.value for target in Target} == set(FORMATS)


@pytest.mark.parametrize(
    ("to", "out", "told"),
    [
        (
            "optuna",
            "my studies.log",
            "wrote my studies.log: 8 studies, 72 trials. Next:\n  optuna-dashboard 'my studies.log'\n",
        ),
        (
            "iohprofiler",
            "ioh",
            "wrote ioh: 6 studies, 54 trials. Next:\n  iohinspector.DataManager().add_folder('ioh')\n",
        ),
    ],
)
def test_it_says_what_was_written_and_how_to_open_it(here: Path, to: str, out: str, told: str) -> None:
    done = export("run", "--to", to, "--out", out)
    assert (done.exit_code, done.stdout) == (0, told)
    assert left_in(here) == sorted([out, "runs"])


@pytest.mark.parametrize(
    ("to", "told"),
    [("optuna", "optuna-dashboard sqlite:///out.db"), ("mlflow", "mlflow ui --backend-store-uri sqlite:///out.db")],
)
def test_a_database_is_opened_by_its_address(here: Path, to: str, told: str) -> None:
    small = run_suite(suite(strategies=["random"], seeds=1, budget={"trials": 2}), out=here / "small", where=HERE)
    done = export(str(small.paths[0]), "--to", to, "--out", "out.db")
    assert done.stdout == f"wrote out.db: 1 studies, 2 trials. Next:\n  {told}\n"
    assert done.stderr == ""
    assert left_in(here) == ["out.db", "runs", "small"]


def test_what_is_left_out_is_named_beside_the_output() -> None:
    done = export("run", "--to", "iohprofiler", "--out", "ioh")
    assert done.stderr.splitlines() == [
        "left out: zdt1: several objectives",
        "left out: rising on branin: skipped, Rising needs a problem with a fidelity",
        "left out: rising on zdt1: skipped, Rising does not support multiobjective problems",
    ]


@pytest.mark.parametrize(("to", "out"), [("optuna", "there.db"), ("mlflow", "there.db"), ("iohprofiler", "there.db")])
def test_what_is_there_already_is_not_overwritten(here: Path, to: str, out: str) -> None:
    (here / out).write_text("precious")
    assert refused("run", "--to", to, "--out", out) == f"error: {out} is there already, and is not overwritten\n"
    assert (here / out).read_text() == "precious"
    assert left_in(here) == ["runs", out]


@pytest.mark.parametrize(
    ("to", "name"), [("optuna", "x.db"), ("optuna", "x.log"), ("mlflow", "x.db"), ("iohprofiler", "x")]
)
@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("no/where", "no/where does not exist"),
        ("file", "file is no folder"),
        pytest.param(
            "closed",
            "Permission denied",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere"),
        ),
    ],
)
def test_a_place_that_cannot_be_written_to_is_named_as_it_was_typed(
    here: Path, to: str, name: str, folder: str, told: str
) -> None:
    (here / "file").touch()
    (here / "closed").mkdir(mode=0o500)
    out = f"{folder}/{name}"
    assert refused("run", "--to", to, "--out", out) == f"error: cannot write {out}: {told}\n"
    assert left_in(here) == ["closed", "file", "runs"]
    assert left_in(here / "closed") == []


def test_a_refusal_of_the_system_names_the_place_that_was_typed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: str, mode: int = 0o777) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", folder)

    monkeypatch.setattr("tempfile._os.mkdir", refuse)
    told = "error: cannot write out.db: Permission denied\n"
    assert refused("run", "--to", "optuna", "--out", "out.db") == told


@pytest.mark.parametrize("to", ["optuna", "mlflow"])
def test_a_database_on_a_disk_that_is_full_is_told_in_one_line(
    here: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("in the library's own words") from sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("tuner.exports.stored_study.StoredTrial.further_numbers", fall)
    assert refused("run", "--to", to, "--out", "out.db") == "error: cannot write out.db: database or disk is full\n"
    assert left_in(here) == ["runs"]


@pytest.mark.parametrize("target", [("optuna", "out.db"), ("optuna", "out.log"), ("iohprofiler", "ioh")])
def test_after_an_error_nothing_is_left(here: Path, target: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(_self: object, _objectives: object = None) -> None:
        raise OSError(28, "No space left on device", "the disk")

    monkeypatch.setattr("tuner.exports.stored_study.StoredTrial.further_numbers", fall)
    monkeypatch.setattr("tuner.exports.stored_study.StoredStudy.incumbents", fall)
    told = f"error: cannot write {target[1]}: No space left on device\n"
    assert refused("run", "--to", target[0], "--out", target[1]) == told
    assert left_in(here) == ["runs"]


def test_a_run_is_only_read(here: Path) -> None:
    before = contents(here / "runs" / "run")
    export("run", "--to", "iohprofiler", "--out", "ioh")
    assert contents(here / "runs" / "run") == before


def test_a_run_that_is_none_is_refused() -> None:
    assert "no run in 'nowhere'" in refused("nowhere", "--to", "optuna", "--out", "out.db")


def test_a_run_without_trials_is_refused(here: Path) -> None:
    for table in ("studies", "trials"):
        (here / "runs" / "run" / f"{table}.parquet").unlink()
    info = here / "runs" / "run" / "run.json"
    info.write_text(info.read_text().replace('"finished"', '"running"', 1))
    assert "runs/run has no trials to export" in refused("run", "--to", "optuna", "--out", "out.db")


def test_an_export_loads_no_library_of_another_format() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, "runs/run"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
