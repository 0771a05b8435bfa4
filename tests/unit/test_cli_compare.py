"""`tuner compare`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example_store import write_example_run
from typer.testing import CliRunner, Result

from tuner.cli.main import app


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_example_run(tmp_path_factory.mktemp("runs") / "example", seeds=6, spread=2.0))


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments])


def test_the_answer_comes_first_and_fits_a_terminal(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = compare(run, "gp", "random").stdout

    lines = shown.splitlines()
    assert lines[2] == "gp against random"
    assert lines[3].startswith("  • gp is better than random on these 2 tasks")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("file_format", "text"),
    [("md", "## gp against random"), ("csv", "task,difference,low"), ("html", "<h2"), ("latex", r"\begin{tabular}")],
)
def test_it_can_be_written_in_other_formats(run: str, file_format: str, text: str) -> None:
    assert text in compare(run, "gp", "random", "--format", file_format).stdout


def test_as_json_it_can_be_read_by_programs(run: str) -> None:
    told = json.loads(compare(run, "gp", "random", "-f", "json").stdout)
    table = next(item for item in told["sections"][0]["items"] if item["item"] == "table")
    assert [row[0] for row in table["rows"]] == ["branin (score ↓)", "digits (score ↑)"]


def test_it_can_go_to_a_file(run: str, tmp_path: Path) -> None:
    file = tmp_path / "pair.md"
    assert compare(run, "gp", "random", "-f", "md", "--out", str(file)).stdout == f"{file}\n"
    assert "gp against random" in file.read_text()


def test_a_planned_pair_says_so(run: str) -> None:
    assert "adjusted for this one pair, planned before" in compare(run, "gp", "random", "--planned").stdout


def test_several_runs_are_joined(run: str) -> None:
    assert "gp against random" in compare(run, run, "gp", "random").stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["gp", "randm"], "no strategy called 'randm' here; did you mean 'random'? known: random, tpe, gp"),
        (["gp", "gp"], "'gp' is compared with another strategy, not with itself"),
        (["gp", "tpe", "-f", "pdf"], "a whole report cannot be written as pdf; "),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(run: str, arguments: list[str], line: str) -> None:
    done = compare(run, *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {line}")
    assert done.stderr.count("\n") == 1
