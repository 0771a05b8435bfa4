"""A report in a terminal: the answer, the leaderboard, the tests and what failed."""

from __future__ import annotations

from collections.abc import Collection

from rich import box
from rich import table as rich_table
from rich.console import Console
from rich.padding import Padding
from rich.text import Text as Line

from ..items import Chart, Gallery, Heading, Item, Note, Panels, Picture, Points, Table, Text
from ..report import Report, Section
from .cells import is_numeric, plain, write_cell

SHOWN = ("verdict", "leaderboard", "significance", "failures")
"""The sections that fit a terminal; the others are in the page."""

_MOST_ROWS = 24


def render_terminal(report: Report, console: Console, *, shown: Collection[str] | None = SHOWN) -> None:
    """Print the sections of these ids; names are never read as markup or as control sequences.

    With None, every section is printed, and what only the page can show is named in its place.
    """
    console.print(Line(plain(report.title), style="bold"))
    for section in report.sections:
        if shown is None or section.id in shown:
            _print_section(section, console, is_whole=shown is None)


def _print_section(section: Section, console: Console, *, is_whole: bool) -> None:
    console.print()
    console.print(Line(plain(section.title), style="bold cyan"))
    for item in section.items:
        _print_item(item, console)
        if is_whole and isinstance(item, Chart | Panels | Picture | Gallery):
            console.print(Line(f"In the HTML report: {plain(item.caption)}", style="dim"))


def _print_item(item: Item, console: Console) -> None:
    match item:
        case Text(text):
            console.print(Line(plain(text)))
        case Heading(text, level):
            console.print()
            console.print(Line(plain(text), style="bold" if level == 3 else "italic"))
        case Note(text):
            console.print(Line(plain(text), style="yellow"))
        case Points(texts):
            for text in texts:
                console.print(Padding(Line(f"• {plain(text)}"), (0, 0, 0, 2), expand=False))
        case Table():
            console.print(_table(item))
            if len(item.rows) > _MOST_ROWS:
                console.print(f"{len(item.rows) - _MOST_ROWS} more rows in the HTML report", style="dim")
        case _:
            pass  # charts, their keys, pictures and listings are for the page


def _table(table: Table) -> rich_table.Table:
    shown = rich_table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        shown.add_column(Line(plain(column.name)), justify="right" if is_numeric(column) else "left")
    for row in table.rows[:_MOST_ROWS]:
        cells = zip(row, table.columns, strict=True)
        shown.add_row(*(Line(write_cell(cell, column)) for cell, column in cells))
    return shown
