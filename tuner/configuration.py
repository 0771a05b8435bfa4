"""A configuration: the values of the active parameters of one trial."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, Mapping
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool
"""What a parameter may hold; always a plain Python object, never a numpy scalar."""

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class Configuration(Mapping[str, Value]):
    """Immutable, hashable mapping from the name of each active parameter to its value."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> ItemsView[str, Value]:
        # The view that Mapping gives looks each value up again; every configuration of every trial is walked.
        return self._values.items()

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Configuration):
            return self._values == other._values
        return self._values == other if isinstance(other, Mapping) else NotImplemented

    def __repr__(self) -> str:
        return f"Configuration({self._values})"

    def __getstate__(self) -> dict[str, Value]:
        return self._values

    def __setstate__(self, values: dict[str, Value]) -> None:
        self._values = values

    def number(self, name: str) -> float:
        """The value of a Float or Integer parameter, as a float."""
        value = self._values[name]
        if isinstance(value, str | bool):
            raise TypeError(f"parameter {name!r} holds {value!r}, not a number")
        return float(value)

    def integer(self, name: str) -> int:
        """The value of an Integer parameter."""
        value = self._values[name]
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"parameter {name!r} holds {value!r}, not an integer")
        return value

    def text(self, name: str) -> str:
        """The value of a Categorical parameter of strings."""
        value = self._values[name]
        if not isinstance(value, str):
            raise TypeError(f"parameter {name!r} holds {value!r}, not a string")
        return value

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, floats that read back bit for bit."""
        return _encode(self._values)

    @classmethod
    def from_json(cls, text: str) -> Configuration:
        """The configuration whose `to_json` is this text."""
        return cls(json.loads(text))
