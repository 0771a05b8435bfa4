"""A report as data: sections of texts, tables and charts, which results.render turns into pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .errors import NothingToCompare, ResultsError
from .sections import BrokenSection, load_section, section_targets
from .store import Store

Cell: TypeAlias = str | float | int | None
"""None, and a number that is not finite, is shown as a dash."""

Kind: TypeAlias = Literal["text", "number", "integer", "percent", "seconds", "probability"]

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


@dataclass(frozen=True, slots=True)
class Key:
    """Which colour, dash and marker stand for which strategy; the same all over the report."""

    strategies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panels:
    """Small charts side by side, as many in a row as fit."""

    caption: str
    charts: tuple[Chart, ...]


Item: TypeAlias = Text | Note | Points | Listing | Table | Chart | Key | Panels


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under one heading."""

    id: str
    """Lower-case letters, digits and dashes: the anchor in the page and the name on the command line."""
    title: str
    items: tuple[Item, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the section, those that belong to charts left out."""
        return tuple(item for item in self.items if isinstance(item, Table))


@dataclass(frozen=True, slots=True)
class Report:
    """A comparison of strategies, ready to be rendered."""

    title: str
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section:
        """The section of this id; raises ResultsError where there is none."""
        for section in self.sections:
            if section.id == name:
                return section
        known = ", ".join(section.id for section in self.sections)
        raise ResultsError(f"no section called {name!r} in this report; known: {known or 'none'}")


def build_report(store: Store) -> Report:
    """Everything there is to say about a store, in page order.

    A section that has too little to work with says so in its place, and so does a plug-in that cannot be loaded.
    """
    sections = [_build(name, target, store) for name, target in section_targets().items()]
    return Report(_title(store), tuple(section for section in sections if section is not None))


def _build(name: str, target: str, store: Store) -> Section | None:
    try:
        return load_section(name, target)(store)
    except (NothingToCompare, BrokenSection) as missing:
        return Section(name, name.replace("-", " ").capitalize(), (Note(f"Nothing to show here: {missing}."),))


def _title(store: Store) -> str:
    names = dict.fromkeys(run.suite for run in store.runs)
    return f"Comparison of search strategies: {', '.join(names) or 'empty store'}"
