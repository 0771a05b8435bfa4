"""`tuner report`: each format, where it goes, and tables that fit a terminal."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from results.items import Column, Note, Table
from results.report import Report, Section
from tuner.cli.main import app
from tuner.cli.narrowing import fit_report
from tuner.session import Where, run_suite
from tuner.suite import parse_suite

SUITE = """
name = "small"
seeds = 2
budget = { trials = 3 }
strategies = ["random", "sobol"]
tasks = ["branin"]
"""
NUMBERS = Table("Numbers", (Column("Name"), Column("First"), Column("Second")), (("a" * 10, "b" * 10, "c" * 10),))


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    for seed, name in enumerate(("small", "small-2")):
        run_suite(parse_suite(f"seed = {seed}\n{SUITE}"), out=root / name, where=Where(in_process=True))
    return root


@pytest.fixture(autouse=True)
def _in_a_folder_with_two_runs(two_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(two_runs, tmp_path / "runs")


def report(*arguments: str) -> Result:
    done = CliRunner().invoke(app, ["report", *arguments])
    assert done.exit_code == 0, done.output
    return done


def test_the_page_of_one_run_is_written_into_its_folder() -> None:
    assert report("small").stdout == "runs/small/report.html\n"
    assert Path("runs/small/report.html").read_text().startswith("<!")


def test_the_page_of_several_runs_is_written_where_we_are() -> None:
    assert report("small", "runs/small-2").stdout == "comparison.html\n"
    assert Path("comparison.html").exists()


@pytest.mark.parametrize(("name", "text"), [("md", "## Leaderboard"), ("csv", "sobol,"), ("latex", r"\begin{tabular}")])
def test_other_formats_are_printed(name: str, text: str) -> None:
    assert text in report("small", "--format", name).stdout
    assert not Path("runs/small/report.html").exists()


@pytest.mark.parametrize("name", ["html", "md", "csv", "latex", "json", "terminal"])
def test_any_format_can_go_to_a_file(name: str) -> None:
    assert report("small", "--format", name, "--out", "mine.txt").stdout == "mine.txt\n"
    assert "sobol" in Path("mine.txt").read_text()


@pytest.mark.parametrize("name", ["html", "md", "csv", "latex", "json", "terminal"])
def test_one_section_can_be_written_alone_in_any_format(name: str) -> None:
    report("small", "--format", name, "--section", "cost", "--out", "cost.txt")
    text = Path("cost.txt").read_text()
    assert "roposing" in text
    assert "Strategies over all tasks, best first" not in text


def test_the_page_of_one_section_lies_beside_that_of_the_run() -> None:
    assert report("small", "--section", "cost").stdout == "runs/small/cost.html\n"
    assert not Path("runs/small/report.html").exists()


def test_an_unknown_section_is_told_with_those_that_there_are() -> None:
    done = CliRunner().invoke(app, ["report", "small", "--section", "costs"])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: no section called 'costs' in this report; known: verdict, leaderboard, ")


def test_in_a_terminal_no_line_is_too_wide_and_no_cell_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = report("small", "--format", "terminal").stdout

    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    assert "p (Holm)" in shown, "the figure that decides has room before those that do not"


@pytest.mark.parametrize(("width", "columns"), [(38, 3), (37, 2), (25, 2), (24, 1), (1, 1)])
def test_columns_give_way_from_the_right(width: int, columns: int) -> None:
    table, *notes = fit_report(Report("", (Section("a", "A", (NUMBERS,)),)), width).sections[0].items

    assert isinstance(table, Table)
    assert len(table.columns) == len(table.rows[0]) == columns
    assert bool(notes) == (columns < 3)


def test_columns_that_are_left_out_are_named() -> None:
    _, note = fit_report(Report("", (Section("a", "A", (NUMBERS,)),)), 20).sections[0].items

    assert note == Note("A wider terminal or the page also shows: First, Second.")


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["report", *arguments])
    assert done.exit_code == 2, done.output
    return done.stderr


def test_a_file_is_written_through_a_link() -> None:
    Path("pages").mkdir()
    Path("link.html").symlink_to("pages/page.html")
    report("small", "--out", "link.html")
    assert Path("link.html").is_symlink()
    assert Path("pages/page.html").read_text().startswith("<!")


def test_what_is_no_ordinary_file_is_not_replaced() -> None:
    os.mkfifo("pipe")
    assert refused("small", "--out", "pipe") == "error: pipe: is no ordinary file, and is not replaced\n"
    assert Path("pipe").is_fifo()


def test_a_file_that_the_system_refuses_is_named_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str, path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"{path}.writing")

    monkeypatch.setattr("results.sealing.write_text", refuse)
    assert refused("small", "--out", "page.html") == "error: page.html: Permission denied\n"


def test_a_home_is_found_where_the_shell_left_it_to_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "runs"))
    assert report("small", "--out=~/page.html").stdout == f"{tmp_path}/runs/page.html\n"
