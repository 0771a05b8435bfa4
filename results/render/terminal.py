"""A report in a terminal: the answer, the leaderboard, the tests and what failed."""

from __future__ import annotations

from rich import box
from rich import table as rich_table
from rich.console import Console
from rich.padding import Padding
from rich.text import Text as Line

from ..report import Item, Note, Points, Report, Section, Table, Text
from .cells import is_numeric, plain, write_cell

SHOWN = ("verdict", "leaderboard", "significance", "failures")
"""The sections that fit a terminal; the others are in the page."""

_MOST_ROWS = 24


def render_terminal(report: Report, console: Console) -> None:
    """Print the sections that fit; names are never read as markup or as control sequences."""
    console.print(Line(plain(report.title), style="bold"))
    for section in report.sections:
        if section.id in SHOWN:
            _print_section(section, console)


def _print_section(section: Section, console: Console) -> None:
    console.print()
    console.print(Line(plain(section.title), style="bold cyan"))
    for item in section.items:
        _print_item(item, console)


def _print_item(item: Item, console: Console) -> None:
    match item:
        case Text(text):
            console.print(Line(plain(text)))
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
            pass  # charts, their keys and listings are for the page


def _table(table: Table) -> rich_table.Table:
    shown = rich_table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        shown.add_column(Line(plain(column.name)), justify="right" if is_numeric(column) else "left")
    for row in table.rows[:_MOST_ROWS]:
        cells = zip(row, table.columns, strict=True)
        shown.add_row(*(Line(write_cell(cell, column)) for cell, column in cells))
    return shown
