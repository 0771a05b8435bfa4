"""`tuner import`, and what other commands do with an imported run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tuner.cli.main import app

CSV = """method,task,seed,step,loss
random,a,0,0,3.0
random,a,0,1,2.0
random,a,1,0,4.0
random,a,1,1,2.5
mine,a,0,0,2.0
mine,a,0,1,1.0
mine,a,1,0,2.5
mine,a,1,1,
"""
NAMES = "strategy=method,value=loss"


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("theirs.csv").write_text(CSV)


def tuner(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def imported(*arguments: str) -> Result:
    return tuner("import", "theirs.csv", "--out", "runs/theirs", "--goal", "minimize", *arguments)


def test_a_table_becomes_a_run_that_reports_are_made_of() -> None:
    done = imported("--columns", NAMES)

    assert done.stdout == "wrote runs/theirs: 4 studies, 8 trials. Next:\n  tuner report runs/theirs\n"
    assert done.stderr == "trials that failed, with no finite value or another status than ok: 1\n"
    assert "mine has the highest score" in tuner("report", "theirs", "-f", "terminal").stdout


def test_columns_can_be_named_one_after_the_other() -> None:
    assert imported("--columns", "strategy=method", "--columns", "value=loss").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "theirs.csv has no column 'strategy'; it has: method, task, seed, step, loss"),
        (["--columns", "method"], "--columns takes NAME=COLUMN, as in strategy=method,value=loss; not 'method'"),
        (["--columns", "value=loss,value=seed"], "--columns names 'value' twice"),
        (["--columns", "lr=loss"], "no column is called 'lr' here; known: strategy, task, seed, step, value, "),
        (["--columns", NAMES, "--goal", "lowest"], "tuner import: invalid value for '--goal'"),
    ],
)
def test_what_cannot_be_imported_is_told_in_one_line(arguments: list[str], line: str) -> None:
    done = imported(*arguments)

    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {line}")
    assert done.stderr.count("\n") == 1
    assert not Path("runs").exists()


def test_the_goal_is_never_guessed() -> None:
    done = tuner("import", "theirs.csv", "--out", "runs/theirs", "--columns", NAMES)
    assert done.exit_code == 2
    assert "--goal" in done.stderr


@pytest.mark.parametrize("command", [["export", "--to", "optuna", "--out", "x.db"], ["record"], ["explain"]])
def test_commands_that_need_a_search_space_say_why_not(command: list[str]) -> None:
    imported("--columns", NAMES)
    done = tuner(command[0], "theirs", *command[1:])

    assert done.exit_code == 2
    assert done.stderr.startswith("error: runs/theirs was imported from theirs.csv: ")


def test_an_imported_run_is_verified_as_far_as_it_can_be() -> None:
    imported("--columns", NAMES)
    done = tuner("verify", "theirs")

    assert done.exit_code == 0
    assert "4 kept, 0 broken, 7 skipped" in done.stdout


def test_an_imported_run_is_listed() -> None:
    imported("--columns", NAMES)
    assert "theirs" in tuner("list", "runs").stdout
