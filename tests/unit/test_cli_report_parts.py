"""`tuner report`: charts and tables as files, and how a section is made."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from example_store import write_example_run
from typer.testing import CliRunner

from tuner.cli.main import app


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_example_run(tmp_path_factory.mktemp("runs") / "example", tasks=("branin",)))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def report(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["report", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_figures_of_a_section_are_written_and_their_paths_printed(run: str) -> None:
    told = report(run, "--figures", "paper", "--section", "leaderboard", "--format", "pdf")

    assert told.splitlines() == ["paper/02-leaderboard-1.pdf", "paper/figures.json"]
    assert Path("paper/02-leaderboard-1.pdf").read_bytes().startswith(b"%PDF")
    assert not (Path(run) / "report.html").exists()


def test_tables_of_a_section_are_written_and_their_paths_printed(run: str) -> None:
    told = report(run, "--tables", "paper", "--section", "leaderboard", "-f", "latex")

    expected = ["paper/02-leaderboard-table-1.tex", "paper/02-leaderboard-1.tex", "paper/tables.json"]
    assert told.splitlines() == expected


def test_the_whole_report_is_printed_as_json(run: str) -> None:
    told = json.loads(report(run, "--format", "json"))
    assert told["sections"][0]["id"] == "verdict"
    assert told["strategies"] == ["random", "tpe", "gp"]


def test_a_section_is_explained_by_formula_source_and_trials(run: str) -> None:
    told = report(run, "--explain", "leaderboard", "-f", "md")

    assert "Agarwal et al. recommend" in told, "the source"
    assert "- score: Interquartile mean of the final scores" in told, "what a number is"
    assert "| example | branin | random | 4 | 48 |" in told, "which trials went in"


def test_a_number_of_the_page_is_traced_to_its_places_and_trials(run: str) -> None:
    best = next(csv.DictReader(report(run, "--format", "csv").splitlines()))
    number = f"{float(best['score']):.3f}"
    told = report(run, "--explain", number, "-f", "md")

    assert told.startswith(f"# Where {number} comes from")
    assert f"column Score: 48 trials of {best['strategy']} on branin, seeds 0 to 3" in told


def test_a_number_that_the_report_does_not_show_is_told_in_one_line(run: str) -> None:
    done = CliRunner().invoke(app, ["report", run, "--explain", "0.123456"])
    line = "error: 0.123456 is written nowhere in this report; give a number with the digits that the page has\n"
    assert (done.exit_code, done.stderr) == (2, line)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--figures", "a", "--tables", "b"],
            "--figures and --tables do not go together: ask for one after the other",
        ),
        (["--figures", "a", "-f", "csv"], "--figures cannot be written as csv; allowed: svg, pdf, png"),
        (["--tables", "a", "-f", "png"], "--tables cannot be written as png; allowed: csv, parquet, json, latex, md"),
        (
            ["-f", "parquet"],
            (
                "a whole report cannot be written as parquet; allowed: html, md, terminal, csv, latex, json; "
                "--tables DIR writes each of its tables so"
            ),
        ),
        (["--figures", "a", "--out", "b"], "--out names a file, and --figures a folder: give one of them"),
        (["--explain", "cost", "--section", "cost"], "--explain names its section itself: leave out --section"),
        (["--figures", "a", "--section", "setup"], "there is no chart to write"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(run: str, arguments: list[str], line: str) -> None:
    done = CliRunner().invoke(app, ["report", run, *arguments])

    assert (done.exit_code, done.stderr) == (2, f"error: {line}\n")
    assert list(Path.cwd().iterdir()) == []


def test_a_file_where_a_folder_is_to_be_is_left_as_it_is(run: str) -> None:
    Path("paper").write_text("mine")
    done = CliRunner().invoke(app, ["report", run, "--figures", "paper", "--section", "leaderboard"])

    assert done.stderr == "error: paper: is a file, not a folder to write to\n"
    assert Path("paper").read_text() == "mine"


def test_an_unknown_section_to_explain_is_told_with_those_that_there_are(run: str) -> None:
    done = CliRunner().invoke(app, ["report", run, "--explain", "costs"])

    assert done.exit_code == 2
    assert done.stderr.startswith("error: no section called 'costs'; known: verdict, joined, leaderboard, ")
