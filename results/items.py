"""What reports and exhibits are made of: texts, tables, charts and pictures, as data without any look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .errors import ResultsError

Cell: TypeAlias = str | float | int | None
"""None, and a number that is not finite, is shown as a dash."""

Kind: TypeAlias = Literal["text", "number", "integer", "percent", "seconds", "probability"]

Level: TypeAlias = Literal[3, 4, 5]

Specification: TypeAlias = Mapping[str, object]
"""A Vega-Lite chart as JSON."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that a reader must not miss: what is absent, or why to be careful."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A short list of sentences."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Text to be shown as it is, letter by letter: a suite file, a command."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and how its cells are written."""

    name: str
    kind: Kind = "text"
    digits: int = 3
    """Decimals of a number or percentage."""
    field: str = ""
    """Heading for programs; made from the name where it is not given."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ResultsError(
                    f"table {self.caption!r}: a row of {len(row)} cells under {len(self.columns)} columns"
                )


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture, with the same data as a table for those who cannot see it."""

    caption: str
    description: str
    """What the picture shows, in words, for a screen reader."""
    specification: Callable[[], Specification]
    """Builds the chart; called only where it is drawn, so that a terminal needs no plotting library."""
    data: Table
    task: str | None = None
    """The one task that it is about; None where it is about several. A page lets its readers leave tasks out."""
    axes: Mapping[str, Callable[[], Specification]] = field(default_factory=dict)
    """Empty, or every way to lay the chart out by what lies along its bottom: `trials`, `work`, `seconds`. The first is
    that of `specification`, which is what paper shows; a page lets its readers choose among them."""


@dataclass(frozen=True, slots=True)
class Key:
    """Which colour, dash and marker stand for which strategy; the same all over the report."""

    strategies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panels:
    """Small charts side by side, as many in a row as fit."""

    caption: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below that of the section."""

    text: str
    level: Level = 3
    """3 right below a section's heading, which is of level 2; 4 below one of level 3, and 5 below one of level 4."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image made of pixels; `results.pictures.picture` makes one from an array."""

    caption: str
    description: str
    """What the picture shows, in words, for a screen reader."""
    png: bytes
    width: int
    """How wide it is to be shown, in pixels of the page; the page shows its pixels as they are, unsmoothed."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures side by side, as many in a row as fit."""

    caption: str
    pictures: tuple[Picture, ...]


Item: TypeAlias = Text | Note | Points | Listing | Table | Chart | Key | Panels | Heading | Picture | Gallery
