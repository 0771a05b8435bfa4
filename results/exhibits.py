"""Exhibits: what one trial of a task teaches, as tables, charts and pictures, stored as JSON beside the trials."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from .errors import CorruptStore, ResultsError
from .item_json import item_value, read_item
from .items import Item
from .json_object import JsonObject, canonical, read_object

FORMAT: Final = 1
"""Of the files in a run's folder of exhibits; counted on when a reader of an older one could not read it."""

SEVERAL_OBJECTIVES: Final = (
    "With several objectives no single trial is the best. Of the trials that no other one beats in all of them, the "
    "one shown is the nearest to the best value of each objective, with each objective scaled to its range among these."
)
"""Which trial is shown of a task with several objectives, for whoever shows its exhibits."""

Setting: TypeAlias = str | int | float | bool | None
"""What a configuration gives a parameter."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing worth seeing about a trial."""

    name: str
    """Lower-case letters, digits and dashes; distinct within a task."""
    title: str
    """What is to be seen, as a heading."""
    items: tuple[Item, ...]
    """A sentence or two that say how to read it, then the tables, charts and pictures."""


@dataclass(frozen=True, slots=True)
class StoredExhibits:
    """What a run has stored of one trial: which one it is, what it measured, and what it teaches."""

    run: str
    """Name of the run; not part of the stored text, which lies in the run's folder."""
    task: str
    """Label of the task; strategy likewise."""
    strategy: str
    seed: int
    """Seed index, from 0."""
    study: int
    """Number of the study in the run, from 0; trial likewise in the study."""
    trial: int
    configuration: Mapping[str, Setting]
    values: Mapping[str, float | None]
    """Validation values; None for one that was not finite, here and in held_out."""
    held_out: Mapping[str, float | None]
    exhibits: tuple[Exhibit, ...]


def to_json(exhibits: Sequence[Exhibit]) -> str:
    """Exhibits as JSON; the same exhibits give the same text, in which a number that is not finite is null.

    Raises ResultsError, naming the exhibit, for what is none or could not be read again.
    """
    return canonical({"format": FORMAT, "exhibits": _values(exhibits)})


def from_json(text: str) -> tuple[Exhibit, ...]:
    """The exhibits that `to_json` wrote; raises CorruptStore where it did not."""
    return _exhibits(_read(text, "the text of exhibits"))


def stored_to_json(stored: StoredExhibits) -> str:
    """The text of a file in a run's folder of exhibits; raises as `to_json` does."""
    return canonical(
        {
            "format": FORMAT,
            "task": stored.task,
            "strategy": stored.strategy,
            "seed": stored.seed,
            "study": stored.study,
            "trial": stored.trial,
            "configuration": stored.configuration,
            "values": stored.values,
            "held_out": stored.held_out,
            "exhibits": _values(stored.exhibits),
        }
    )


def stored_from_json(text: str, run: str, *, where: str = "the text of exhibits") -> StoredExhibits:
    """What `stored_to_json` wrote, of the run of this name; raises CorruptStore, naming `where`, where it did not."""
    given = _read(text, where)
    return StoredExhibits(
        run=run,
        task=given.text("task"),
        strategy=given.text("strategy"),
        seed=given.integer("seed"),
        study=given.integer("study"),
        trial=given.integer("trial"),
        configuration=given.settings("configuration"),
        values=given.numbers("values"),
        held_out=given.numbers("held_out"),
        exhibits=_exhibits(given),
    )


def _values(exhibits: Sequence[Exhibit]) -> list[dict[str, object]]:
    found = [_value(exhibit) for exhibit in exhibits]
    names = [exhibit.name for exhibit in exhibits]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ResultsError(f"two exhibits are called {repeated[0]!r}: their names are distinct")
    return found


def _value(exhibit: object) -> dict[str, object]:
    if not isinstance(exhibit, Exhibit):
        raise ResultsError(f"exhibits are of class Exhibit, not {type(exhibit).__name__}")
    try:
        items = [item_value(item) for item in exhibit.items]
        value: dict[str, object] = {"name": exhibit.name, "title": exhibit.title, "items": items}
        _exhibit(read_object(canonical(value), "it"))
    except ResultsError as error:
        raise ResultsError(f"exhibit {exhibit.name!r} cannot be stored: {error}") from error
    return value


def _read(text: str, where: str) -> JsonObject:
    given = read_object(text, where)
    if given.integer("format") != FORMAT:
        raise CorruptStore(f"{where} has format {given.integer('format')}; this version reads format {FORMAT}")
    return given


def _exhibits(given: JsonObject) -> tuple[Exhibit, ...]:
    return tuple(map(_exhibit, given.objects("exhibits")))


def _exhibit(given: JsonObject) -> Exhibit:
    name = given.text("name")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise given.error(f"{name!r} is no name of an exhibit: lower-case letters, digits and dashes")
    return Exhibit(name, given.text("title"), tuple(map(read_item, given.objects("items"))))
