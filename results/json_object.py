"""JSON that is the same for the same values, and objects read from it with every type checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .errors import CorruptStore, ResultsError

_T = TypeVar("_T")
_NAMES: Mapping[type, str] = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "a truth value",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def canonical(value: object) -> str:
    """The value as JSON with sorted keys and no space; a number that is not finite becomes null.

    Raises ResultsError for what JSON cannot hold.
    """
    try:
        return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except RecursionError:
        raise ResultsError("cannot be stored as JSON: nested too deeply") from None


def read_object(text: str, where: str) -> JsonObject:
    """The JSON object that the text is; raises CorruptStore, with `where` in it, for anything else."""
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise CorruptStore(f"{where} is damaged: {reason}") from error
    return JsonObject.of(found, where)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object; each of its methods raises CorruptStore where the value of this name is absent or another kind."""

    values: Mapping[str, object]
    where: str
    """What it is part of, for messages."""

    @classmethod
    def of(cls, value: object, where: str) -> JsonObject:
        """The object that the value is."""
        if not isinstance(value, dict):
            raise CorruptStore(f"{where} is damaged: is {_kind(value)}, not an object")
        return cls(value, where)

    def text(self, name: str) -> str:
        """A text."""
        return self._get(name, str)

    def integer(self, name: str) -> int:
        """A whole number."""
        return self._get(name, int)

    def list(self, name: str) -> list[object]:
        """A list of anything."""
        return self._get(name, list)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found = [text for text in self.list(name) if isinstance(text, str)]
        if len(found) < len(self.list(name)):
            raise self.error(f"{name!r} is a list that does not only hold texts")
        return tuple(found)

    def object(self, name: str) -> JsonObject:
        """An object."""
        return JsonObject(self._get(name, dict), self.where)

    def objects(self, name: str) -> tuple[JsonObject, ...]:
        """A list of objects."""
        return tuple(JsonObject.of(value, f"{self.where}: {name!r}") for value in self.list(name))

    def numbers(self, name: str) -> dict[str, float | None]:
        """An object of numbers and null."""
        found = self._get(name, dict)
        if not all(value is None or type(value) in {int, float} for value in found.values()):
            raise self.error(f"{name!r} holds what is neither a number nor null")
        return {key: None if value is None else float(value) for key, value in found.items()}

    def settings(self, name: str) -> dict[str, str | int | float | bool | None]:
        """An object of texts, numbers, truth values and null."""
        found = self._get(name, dict)
        if any(isinstance(value, list | dict) for value in found.values()):
            raise self.error(f"{name!r} holds a list or an object")
        return dict(found)

    def error(self, reason: str) -> CorruptStore:
        """What to raise where a value is of the right kind and still not possible."""
        return CorruptStore(f"{self.where} is damaged: {reason}")

    def _get(self, name: str, kind: type[_T]) -> _T:
        if name not in self.values:
            raise self.error(f"{name!r} is missing")
        value = self.values[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"{name!r} is {_kind(value)}, not {_NAMES[kind]}")
        return value


def _kind(value: object) -> str:
    return _NAMES[type(value)]


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _plain(value: object) -> object:
    """The value made of what JSON knows; numpy's scalars and arrays become Python's."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | int):
        return value
    raise ResultsError(f"cannot be stored as JSON: {value!r:.60} of type {type(value).__name__}")
