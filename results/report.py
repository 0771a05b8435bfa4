"""A report as data: sections of texts, tables and charts, which results.render turns into pages."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import NothingToCompare, ResultsError
from .items import Item, Note, Table
from .sections import BrokenSection, load_section, section_targets, section_title
from .store import Store


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
    strategies: tuple[str, ...] = ()
    """What is compared, in the order that gives each its look."""
    tasks: tuple[str, ...] = ()

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
    found = tuple(section for section in sections if section is not None)
    return Report(_title(store), found, tuple(store.strategies), tuple(store.tasks))


def _build(name: str, target: str, store: Store) -> Section | None:
    builder = None
    try:
        builder = load_section(name, target)
        return builder(store)
    except (NothingToCompare, BrokenSection) as missing:
        return Section(name, section_title(name, builder), (Note(f"Nothing to show here: {missing}."),))


def _title(store: Store) -> str:
    names = dict.fromkeys(run.suite for run in store.runs)
    return f"Comparison of search strategies: {', '.join(names) or 'empty store'}"
