"""What commands print with: the console, tables that fit it, and the marks of findings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_OF_A_PIPE = 160


def open_console() -> Console:
    """A console on stdout; a pipe gets lines wide enough for every table, unless COLUMNS says otherwise."""
    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDTH_OF_A_PIPE
    return console


def open_error_console() -> Console:
    """A console on stderr, for what is said while something runs."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def print_table(console: Console, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table whose first column is never broken and whose last one takes what room is left."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for position, heading in enumerate(headings):
        table.add_column(heading, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console.print(table)


def say_count(number: int, noun: str) -> str:
    """As in "1 worker" and "2 workers"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_heading(console: Console, text: str) -> None:
    """A line that begins a part."""
    console.print(Text(text, style="bold"))


def print_findings(console: Console, findings: Iterable[tuple[str, str, str]]) -> None:
    """One line a finding (mark, what was looked at, message), continued under its text."""
    from rich.padding import Padding

    for mark, subject, message in findings:
        style = {"✓": "green", "✗": "red", "!": "yellow"}.get(mark, "dim")
        line = Text.assemble((mark, style), " ", subject)
        console.print(line)
        if message:
            console.print(Padding(Text(message, style=style), (0, 0, 0, 4), expand=False))
