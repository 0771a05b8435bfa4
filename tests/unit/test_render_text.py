"""Reports as Markdown, CSV, LaTeX and in a terminal."""

from __future__ import annotations

import csv
import io
import math

import pytest
from rich.console import Console

from results.errors import NothingToCompare, ResultsError
from results.items import (
    Cell,
    Chart,
    Column,
    Gallery,
    Heading,
    Item,
    Kind,
    Level,
    Listing,
    Note,
    Picture,
    Points,
    Table,
    Text,
)
from results.render import render
from results.render.booktabs import render_latex
from results.render.cells import write_cell
from results.render.markdown import render_markdown
from results.render.spreadsheet import render_csv
from results.render.terminal import render_terminal
from results.report import Report, Section

HOSTILE = "a|b <script>*x*</script> [l](http://x) `c` \x1b[31m _d_ 50% & $y$ \\input{z} #1"
BOARD = Table(
    "Best first",
    (Column("Strategy"), Column("Score", "number"), Column("Own time", "seconds", field="own_seconds")),
    (("tpe", 0.12345, 61.0), (HOSTILE, math.nan, 0.0021)),
)


def report_of(*items: Item, name: str = "leaderboard") -> Report:
    return Report("Comparison", (Section(name, "Leaderboard", items),))


def printed(report: Report) -> str:
    console = Console(width=200, file=io.StringIO(), force_terminal=False)
    render_terminal(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def fail_to_draw() -> dict[str, object]:
    raise AssertionError("a text format has drawn a chart")


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (None, "number", "–"),
        (math.nan, "seconds", "–"),
        (math.inf, "number", "–"),
        (0.12345, "number", "0.123"),
        (-0.5, "number", "\u22120.500"),
        (0.0, "number", "0.000"),
        (0.0000123, "number", "1.23e\u221205"),
        (12345678.0, "number", "1.23e+07"),
        (12345, "integer", "12\u202f345"),
        (-12345, "integer", "\u221212\u202f345"),
        (0.125, "percent", "12.500%"),
        (-0.125, "percent", "\u221212.500%"),
        (0.0004, "probability", "< 0.001"),
        (0.0456, "probability", "0.046"),
        (0.0021, "seconds", "2.1\u202fms"),
        (12.34, "seconds", "12.3\u202fs"),
        (600.0, "seconds", "10.0\u202fmin"),
        (7200.0, "seconds", "2.0\u202fh"),
        ("a\x1b[1m", "text", "a\ufffd[1m"),
    ],
)
def test_a_cell_is_written_for_people(cell: Cell, kind: Kind, text: str) -> None:
    assert write_cell(cell, Column("column", kind)) == text


def test_markdown_aligns_numbers_on_the_right() -> None:
    assert "| :-- | --: | --: |\n| tpe | 0.123 | 61 s |" in render_markdown(report_of(BOARD))


def test_markdown_leaves_no_character_of_a_name_with_a_meaning() -> None:
    line = next(line for line in render_markdown(report_of(BOARD)).splitlines() if "script" in line)
    assert line.startswith(r"| a\|b \<script\>\*x\*\</script\> \[l\](http://x) \`c\` ")
    assert r"\_d\_ 50% \& \$y\$ \\input{z} #1 |" in line
    assert "\x1b" not in line


def test_markdown_keeps_a_name_with_underscores_readable() -> None:
    assert "skopt_gp is best" in render_markdown(report_of(Text("skopt_gp is best")))


def test_markdown_fences_a_listing_that_holds_fences() -> None:
    text = render_markdown(report_of(Listing("suite.toml", "```\n# not the end\n```")))
    assert "````\n```\n# not the end\n```\n````" in text


def test_markdown_names_a_chart_without_drawing_it() -> None:
    chart = Chart("Scores of all", "dots", fail_to_draw, BOARD)
    assert "*Chart in the HTML report: Scores of all*" in render_markdown(report_of(chart))


@pytest.mark.parametrize(("level", "heading"), [(3, "### A \\*b\\*"), (4, "#### A \\*b\\*"), (5, "##### A \\*b\\*")])
def test_markdown_has_headings_below_that_of_the_section(level: Level, heading: str) -> None:
    assert f"## Leaderboard\n\n{heading}\n" in render_markdown(report_of(Heading("A *b*", level)))


def test_markdown_says_what_pictures_show() -> None:
    seven, one = Picture("A seven", "a <seven>", b"", 9), Picture("A one", "a one", b"", 9)
    text = render_markdown(report_of(seven, Gallery("Two digits", (seven, one))))
    assert "\n*Picture in the HTML report: A seven* a \\<seven\\>\n" in text
    assert "*2 pictures in the HTML report: Two digits*\n\n- *Picture in the HTML report: A seven*" in text
    assert "- *Picture in the HTML report: A one* a one\n" in text


def test_csv_has_full_precision_and_headings_for_programs() -> None:
    rows = list(csv.reader(io.StringIO(render_csv(report_of(BOARD)))))
    assert rows[0] == ["strategy", "score", "own_seconds"]
    assert rows[1] == ["tpe", "0.12345", "61.0"]
    assert rows[2][1:] == ["", "0.0021"]


def test_csv_of_another_section() -> None:
    assert render_csv(report_of(BOARD, name="cost"), "cost").startswith("strategy,")


def test_csv_of_a_section_without_a_table_is_refused() -> None:
    with pytest.raises(NothingToCompare, match="section 'leaderboard' of this report has no table"):
        render_csv(report_of(Text("nothing")))


def test_latex_has_the_rules_of_booktabs_and_aligned_columns() -> None:
    text = render_latex(report_of(BOARD))
    assert r"\begin{tabular}{lrr}" in text
    assert [text.index(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == sorted(
        text.index(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")
    )
    assert r"tpe & 0.123 & 61\,s \\" in text


def test_latex_leaves_no_command_in_a_name() -> None:
    line = next(line for line in render_latex(report_of(BOARD)).splitlines() if "script" in line)
    assert r"\_d\_ 50\% \& \$y\$ \textbackslash{}input\{z\} \#1 & -- &" in line
    assert r"\textless{}script\textgreater{}" in line


def test_latex_and_markdown_keep_a_cell_of_several_lines_on_one() -> None:
    table = Table("caption", (Column("Message"),), (("first\n\nsecond",),))
    assert r"first second \\" in render_latex(report_of(table))
    assert "| first second |" in render_markdown(report_of(table))


def test_a_terminal_shows_names_and_never_obeys_them() -> None:
    text = printed(report_of(BOARD, Points(("[bold]tpe[/bold] leads",)), Note("[/] odd")))
    assert "[bold]tpe[/bold] leads" in text
    assert "[/] odd" in text
    assert "\x1b" not in text
    assert "<script>*x*</script> [l](http://x)" in text


def test_a_terminal_shows_headings() -> None:
    assert "\n[b]Effects[/b]\n" in printed(report_of(Heading("[b]Effects[/b]"), BOARD))


def test_a_terminal_names_charts_and_pictures_only_where_it_is_asked_for_everything() -> None:
    report = report_of(Chart("Scores", "dots", fail_to_draw, BOARD), Picture("A seven", "a seven", b"", 9), name="any")
    console = Console(width=200, file=io.StringIO(), force_terminal=False)
    render_terminal(report, console, shown=None)
    assert isinstance(console.file, io.StringIO)
    assert "In the HTML report: Scores\nIn the HTML report: A seven\n" in console.file.getvalue()
    assert "In the HTML report" not in printed(report_of(*report.sections[0].items))


def test_a_terminal_says_how_many_rows_of_a_long_table_it_leaves_out() -> None:
    text = printed(report_of(Table("long", (Column("n", "integer"),), tuple((n,) for n in range(100)))))
    assert "76 more rows in the HTML report" in text


def test_a_terminal_shows_only_the_sections_that_fit() -> None:
    assert "tpe" not in printed(report_of(BOARD, name="setup"))


@pytest.mark.parametrize("name", ["pdf", "HTML", ""])
def test_an_unknown_format_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ResultsError, match=f"no report format called '{name}'; known: html, md, csv, latex"):
        render(report_of(BOARD), name)
