"""The search space of a study as it is stored, as far as analysis needs it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from ..wording import with_minus

Value: TypeAlias = str | float | int | bool
"""What a parameter can be set to."""

_KINDS: Mapping[str, Literal["float", "integer", "categorical"]] = {
    "Float": "float",
    "Integer": "integer",
    "Categorical": "categorical",
}


@dataclass(frozen=True, slots=True)
class StoredParameter:
    """One parameter of a stored space."""

    name: str
    kind: Literal["float", "integer", "categorical"]
    low: float = 0.0
    """Least value of a number."""
    high: float = 1.0
    is_log: bool = False
    """Whether equal ratios of numbers are equally far apart."""
    choices: tuple[Value, ...] = ()
    """Of a categorical."""
    is_ordered: bool = False
    """Whether the order of the choices means something."""

    @property
    def is_number(self) -> bool:
        """Whether it is no categorical."""
        return self.kind != "categorical"

    def units(self, values: Sequence[Value | None]) -> NDArray[np.float64]:
        """The place of each value in the range, from 0 to 1 [n]; NaN for None, where the parameter is not active.

        Even on the parameter's scale; an integer, and a choice, owns an interval and stands inside it.
        """
        if not self.is_number:
            places = {repr(choice): place for place, choice in enumerate(self.choices)}
            found = [places.get(repr(value), math.nan) for value in values]
            return (np.array(found, dtype=np.float64) + 0.5) / max(len(self.choices), 1)
        numbers = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
        low, high = self._ends()
        units: NDArray[np.float64] = (self._on_scale(numbers) - low) / (high - low)
        return units

    def at(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """The numbers at these places [n]; of an integer not rounded, so that quartiles stay where they are."""
        low, high = self._ends()
        places = low + units * (high - low)
        numbers: NDArray[np.float64] = np.exp(places) if self.is_log else places
        return np.clip(numbers, self.low, self.high)

    def describe(self) -> str:
        """Its range, in a few words."""
        if not self.is_number:
            return f"{len(self.choices)} choices"
        return with_minus(f"{self.low:.4g} to {self.high:.4g}") + (", log" if self.is_log else "")

    def _ends(self) -> tuple[float, float]:
        edge = 0.5 if self.kind == "integer" else 0.0
        low, high = self._on_scale(np.array([self.low - edge, self.high + edge])).tolist()
        return low, high

    def _on_scale(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        on_scale: NDArray[np.float64] = np.log(numbers) if self.is_log else numbers
        return on_scale


@dataclass(frozen=True, slots=True)
class StoredSpace:
    """The parameters of a task, in the order of the plan."""

    parameters: tuple[StoredParameter, ...]
    is_conditional: bool
    """Whether some parameters are active only where others have certain values."""

    def units(self, configurations: Sequence[str]) -> NDArray[np.float64]:
        """The place of each configuration, as canonical JSON, in the unit cube [n, d]; NaN where not active."""
        read = [json.loads(text) for text in configurations]
        columns = [parameter.units([one.get(parameter.name) for one in read]) for parameter in self.parameters]
        return np.column_stack(columns) if columns else np.empty((len(read), 0))


def space_of(store: Store, task: str) -> StoredSpace | None:
    """The space of a task; None where it cannot be read."""
    studies = store.studies
    return read_space(str(studies.loc[studies["task"] == task, "space"].iloc[0]))


def read_space(text: str) -> StoredSpace | None:
    """The space that a study stores in `space`; None where it is written in another way or holds nothing."""
    try:
        stored = json.loads(text)
        parameters = tuple(_parameter(name, fields) for name, fields in stored["parameters"].items())
        return StoredSpace(parameters, bool(stored["conditions"])) if parameters else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _parameter(name: str, fields: Mapping[str, object]) -> StoredParameter:
    kind, choices = _KINDS[str(fields["kind"])], fields.get("choices")
    if isinstance(choices, list):
        return StoredParameter(name, kind, choices=tuple(choices), is_ordered=bool(fields.get("ordered")))
    low, high = (float(str(fields[end])) for end in ("low", "high"))
    return StoredParameter(name, kind, low, high, is_log=bool(fields.get("log")))
