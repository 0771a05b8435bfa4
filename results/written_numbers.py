"""Where a number is written in a report: in which section, sentence, table, row and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from .items import Chart, Column, Gallery, Heading, Item, Note, Panels, Picture, Points, Table, Text
from .render.cells import write_cell
from .report import Report, Section

_NUMBER = re.compile(
    r"(?<![\w.,\-\u2212])"
    r"(?P<number>[-\u2212]?\d+(?:[,\u202f]\d{3})*(?:\.\d+)?(?:[eE][-+\u2212]?\d+)?)"
    r"(?:[ \u202f]?(?P<unit>%|ms|s|min|h)(?!\w))?"
    r"(?!\w|[.,]\d)"
)
"""A number that stands by itself: not part of a name, a version or a date."""

_ENDS = ("95% from", "to")
"""Columns with the ends of an interval, which belongs to a column before them."""


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as a page shows it."""

    value: Decimal
    unit: str = ""
    """Such as % or ms; of a number that is asked for, none stands for any."""

    def is_shown_by(self, other: WrittenNumber) -> bool:
        """Whether a reader who looks for this one means the other: 0.83 is also 0.830, and 95 also 95%."""
        return self.value == other.value and self.unit in {"", other.unit}


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the number is written."""

    section: Section = field(compare=False)
    where: str
    """The caption of the table, or the sentence."""
    row: str = ""
    """The cells of its row that hold text; empty in a sentence."""
    column: str = ""
    """The heading above it; of the end of an interval with that of the column that it belongs to."""
    key: str = ""
    """What the column is called in data."""
    names: tuple[str, ...] = ()
    """Texts that may name a task or a strategy: the row's cells, heading and caption, a chart's task, the sentence."""


def read_number(text: str) -> WrittenNumber | None:
    """The number that somebody copied from a page or typed; None where it is none."""
    joined = re.sub(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?!\d))", "", text.strip().removeprefix("<").strip())
    found = _NUMBER.fullmatch(joined)
    number = None if found is None else _number(found)
    return None if number is None or not number.value.is_finite() else number


def places_of(report: Report, number: WrittenNumber) -> tuple[Place, ...]:
    """Every place of the report where it is written, in page order; files shown letter by letter are left out."""
    return tuple(
        place for section in report.sections for item in section.items for place in _in_item(section, item, number)
    )


def _number(found: re.Match[str]) -> WrittenNumber:
    digits = re.sub(r"[,\u202f]", "", found["number"]).replace("\u2212", "-")
    try:
        return WrittenNumber(Decimal(digits), found["unit"] or "")
    except InvalidOperation:  # an exponent that no number has
        return WrittenNumber(Decimal("NaN"))


def _is_in(text: str, number: WrittenNumber) -> bool:
    return any(number.is_shown_by(_number(found)) for found in _NUMBER.finditer(text))


def _in_item(section: Section, item: Item, number: WrittenNumber) -> Iterator[Place]:
    match item:
        case Text() | Note() | Heading():
            yield from _in_text(section, item.text, number)
        case Points():
            for text in item.texts:
                yield from _in_text(section, text, number)
        case Table():
            yield from _in_table(section, item, number)
        case Chart():
            yield from _in_text(section, item.caption, number)
            yield from _in_table(section, item.data, number, *filter(None, [item.task]))
        case Panels() | Gallery():
            yield from _in_text(section, item.caption, number)
            for part in item.charts if isinstance(item, Panels) else item.pictures:
                yield from _in_item(section, part, number)
        case Picture():
            yield from _in_text(section, item.caption, number)
        case _:
            return


def _in_text(section: Section, text: str, number: WrittenNumber) -> Iterator[Place]:
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])", text):
        if _is_in(sentence, number):
            yield Place(section, sentence, names=(sentence,))


def _in_table(section: Section, table: Table, number: WrittenNumber, *names: str) -> Iterator[Place]:
    if _is_in(table.caption, number):
        yield Place(section, table.caption, names=(table.caption, *names))
    for row in table.rows:
        texts = [cell for cell in row if isinstance(cell, str)]
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            if cell is not None and _is_in(write_cell(cell, column), number):
                told, key = _heading(table, place), _key(column)
                shown = ", ".join(text for text in texts if text is not cell)
                yield Place(section, table.caption, shown, told, key, (*texts, column.name, table.caption, *names))


def _heading(table: Table, place: int) -> str:
    """What is above the cell; an end of an interval, with what it belongs to."""
    names = [column.name for column in table.columns[: place + 1]]
    if names[-1] not in _ENDS:
        return names[-1]
    owner = next((name for name in reversed(names) if name not in _ENDS), "")
    is_of_95 = _ENDS[0] in names[-2:]
    return f"{owner}, {'95% ' if is_of_95 else ''}{names[-1].removeprefix('95% ')}"


def _key(column: Column) -> str:
    """What the column is called in data, as in `own_seconds`."""
    return column.field or re.sub(r"\W+", "_", column.name.lower()).strip("_")
