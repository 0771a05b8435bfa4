"""A report as Markdown: the texts and tables; of charts and pictures, what they show."""

from __future__ import annotations

import re

from ..items import Chart, Gallery, Heading, Item, Key, Listing, Note, Panels, Picture, Points, Table, Text
from ..report import Report, Section
from ..wording import counted
from .cells import is_numeric, plain, write_cell

_SPECIAL = re.compile(r"([\\`*\[\]<>|&~$])|(?<!\w)(_)|(_)(?!\w)")


def render_markdown(report: Report) -> str:
    """The report as GitHub-flavoured Markdown, ending in a line end."""
    parts = [f"# {_escape(report.title)}", *(_section(section) for section in report.sections)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    return "\n\n".join([f"## {_escape(section.title)}", *filter(None, map(_item, section.items))])


def _item(item: Item) -> str:  # noqa: C901, PLR0911 one case for each kind of item
    match item:
        case Text(text):
            return _escape(text)
        case Note(text):
            return f"> {_escape(text)}"
        case Points(texts):
            return "\n".join(f"- {_escape(text)}" for text in texts)
        case Listing(caption, text):
            return f"{_escape(caption)}\n\n{_fenced(plain(text))}"
        case Table():
            return table_as_markdown(item)
        case Chart(caption):
            return f"*Chart in the HTML report: {_escape(caption)}*"
        case Panels(caption, charts):
            return f"*{counted(len(charts), 'chart')} in the HTML report: {_escape(caption)}*"
        case Heading(text, level):
            return f"{'#' * level} {_escape(text)}"
        case Picture():
            return _picture(item)
        case Gallery(caption, pictures):
            shown = [f"- {_picture(picture)}" for picture in pictures]
            return "\n".join([f"*{len(pictures)} pictures in the HTML report: {_escape(caption)}*\n", *shown])
        case Key():
            return ""


def _picture(picture: Picture) -> str:
    return f"*Picture in the HTML report: {_escape(picture.caption)}* {_escape(picture.description)}"


def table_as_markdown(table: Table) -> str:
    """The table under its caption, without a line end."""
    heading = _row([_escape(column.name) for column in table.columns])
    rule = _row(["--:" if is_numeric(column) else ":--" for column in table.columns])
    rows = [
        _row([_escape(write_cell(cell, column)) for cell, column in zip(row, table.columns, strict=True)])
        for row in table.rows
    ]
    return "\n".join([f"{_escape(table.caption)}\n", heading, rule, *rows])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    """The text on one line, with nothing left that Markdown or HTML would read as a command."""
    return _SPECIAL.sub(lambda found: "\\" + found.group(), " ".join(plain(text).split()))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"
