"""What a search estimator may search: our own parameters, lists of choices, and distributions of scipy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ...configuration import Configuration
from ...errors import InvalidSpace
from ...parameter import Categorical, Float, Integer, Parameter
from ...space import SearchSpace
from ..plain_choices import categorical_of, plain_choices


@runtime_checkable
class _Distribution(Protocol):
    """A frozen distribution of scipy.stats, as far as it is looked at."""

    dist: _Family

    def support(self) -> tuple[float, float]: ...

    def ppf(self, q: float) -> float: ...


class _Family(Protocol):
    name: str


@dataclass(frozen=True)
class CandidateSpace:
    """A search space, and what an estimator is given for a configuration of it."""

    space: SearchSpace
    choices: Mapping[str, Sequence[object]]
    """Choices that no configuration can hold (None, tuples, estimators): it holds their positions, from 0."""

    @classmethod
    def of(cls, described: SearchSpace | Mapping[str, object]) -> CandidateSpace:
        """The space that a user describes; raises `InvalidSpace` with the entry that cannot be searched."""
        if isinstance(described, SearchSpace):
            return cls(described, {})
        lists = {name: entries for name, entry in described.items() if (entries := _entries(entry)) is not None}
        parameters = {
            name: _categorical(name, lists[name]) if name in lists else _parameter(name, entry)
            for name, entry in described.items()
        }
        return cls(
            SearchSpace(parameters),
            {name: entries for name, entries in lists.items() if plain_choices(entries) is None},
        )

    def candidate(self, configuration: Configuration) -> dict[str, object]:
        """The estimator's parameters, by name; those that are not active are left as they are."""
        return {
            name: self.choices[name][int(value)] if name in self.choices else value
            for name, value in configuration.items()
        }


def _parameter(name: str, entry: object) -> Parameter:
    if isinstance(entry, Float | Integer | Categorical):
        return entry
    found = _from_distribution(entry) if isinstance(entry, _Distribution) else None
    if found is None:
        known = "a Float, Integer or Categorical, a list of choices, or uniform, loguniform or randint of scipy.stats"
        raise InvalidSpace(f"{name!r} is {_told(entry):.80}, not {known}")
    return found


def _from_distribution(entry: _Distribution) -> Parameter | None:
    low, high = (float(end) for end in entry.support())
    name = entry.dist.name
    if name == "uniform":
        return Float(low, high)
    if name == "randint" and math.isfinite(low) and math.isfinite(high):
        return Integer(int(low), int(high)) if low < high else Categorical((int(low),))
    if name in {"loguniform", "reciprocal"} and low > 0:
        is_shifted = not math.isclose(float(entry.ppf(0.5)), math.sqrt(low * high), rel_tol=1e-6)
        return None if is_shifted else Float(low, high, log=True)
    return None


def _told(entry: object) -> str:
    if isinstance(entry, _Distribution):
        return f"a distribution {entry.dist.name!r} (perhaps shifted)"
    return repr(entry)


def _entries(entry: object) -> list[object] | None:
    """The choices, where the entry is a list of them."""
    return list(entry) if isinstance(entry, Sequence | np.ndarray) and not isinstance(entry, str) else None


def _categorical(name: str, entries: Sequence[object]) -> Categorical:
    if not entries:
        raise InvalidSpace(f"{name!r} has no choices")
    return categorical_of(entries)
