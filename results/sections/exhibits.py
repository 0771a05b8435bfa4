"""What the best trial of each task teaches, as the run has stored it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..analysis.hypervolume import tasks_with_several_objectives
from ..errors import CorruptStore
from ..exhibits import SEVERAL_OBJECTIVES, Exhibit, Setting, StoredExhibits
from ..items import Column, Heading, Item, Note, Table, Text
from ..report import Section
from ..store import Store
from ..wording import with_minus

TITLE = "What the winners teach"

_EXPLANATION = "For each task that has something to show: what the best trial of all strategies and seeds teaches."
_CONFIGURATION = (Column("Parameter"), Column("Value"))
_VALUES = (Column("Name"), Column("Validation", "number", 4), Column("Held-out", "number", 4))


def section(store: Store) -> Section | None:
    """The stored exhibits, task by task; nothing where there are none."""
    found, notes = _read(store)
    if not found and not notes:
        return None
    ordered = sorted(found, key=lambda stored: store.tasks.index(stored.task))
    several = tasks_with_several_objectives(store)
    shown = [
        item
        for stored in ordered
        for item in _stored(stored, names_run=len(store.runs) > 1, is_best=stored.task not in several)
    ]
    return Section("exhibits", TITLE, (Text(_EXPLANATION), *notes, *shown))


def _read(store: Store) -> tuple[list[StoredExhibits], list[Note]]:
    """What can be read, and a note for each file that cannot."""
    found: list[StoredExhibits] = []
    notes: list[Note] = []
    for file in store.exhibit_files:
        try:
            stored = store.read_exhibits(file)
        except CorruptStore as error:
            notes.append(Note(f"Not shown: {error}."))
            continue
        found += [stored] if stored is not None and stored.exhibits else []
    return found, notes


def _stored(stored: StoredExhibits, *, names_run: bool, is_best: bool) -> Iterator[Item]:
    run = f" in run {stored.run}" if names_run else ""
    trial = f"trial {stored.trial} of seed {stored.seed}"
    which = "the best" if is_best else "a balanced"
    yield Heading(f"{stored.task}: {which} configuration{run}, by {stored.strategy}")
    if not is_best:
        yield Text(SEVERAL_OBJECTIVES)
    settings = tuple((name, _written(setting)) for name, setting in stored.configuration.items())
    yield Table(f"The configuration: {trial}", _CONFIGURATION, settings)
    yield Table(f"Its values: {trial}", _VALUES, _values(stored.values, stored.held_out))
    for exhibit in stored.exhibits:
        yield from _exhibit(exhibit)


def _exhibit(exhibit: Exhibit) -> Iterator[Item]:
    """Its title and items, with headings below that of the task."""
    yield Heading(exhibit.title, level=4)
    for item in exhibit.items:
        yield replace(item, level=5) if isinstance(item, Heading) else item


def _values(
    validation: Mapping[str, float | None], held_out: Mapping[str, float | None]
) -> tuple[tuple[str, float | None, float | None], ...]:
    return tuple((name, validation.get(name), held_out.get(name)) for name in {**validation, **held_out})


def _written(setting: Setting) -> str:
    if isinstance(setting, float):
        return with_minus(f"{setting:.6g}")
    if isinstance(setting, bool):
        return str(setting).lower()
    return with_minus(str(setting)) if isinstance(setting, int) else str(setting)
