"""Search spaces: named parameters, and conditions under which they are active."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .configuration import Configuration, Value
from .errors import InvalidConfiguration, InvalidSpace, suggest
from .parameter import Categorical, Float, Integer, Parameter, default_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Condition:
    """`parameter` is active only where `parent` is active and has one of `values`."""

    parameter: str
    parent: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))


@dataclass(frozen=True)
class SearchSpace:
    """Named parameters with optional conditions; d parameters span the unit cube [d], in the order given."""

    parameters: Mapping[str, Parameter]
    conditions: tuple[Condition, ...] = ()
    _order: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", dict(self.parameters))
        object.__setattr__(self, "conditions", tuple(self.conditions))
        if not self.parameters:
            raise InvalidSpace("a search space needs at least one parameter")
        for name, parameter in self.parameters.items():
            if not isinstance(name, str) or not name:
                raise InvalidSpace(f"a parameter's name is a non-empty string, not {name!r}")
            if not isinstance(parameter, Float | Integer | Categorical):
                raise InvalidSpace(f"{name!r} is {parameter!r}, not a Float, Integer or Categorical")
        for condition in self.conditions:
            _check_condition(condition, self.parameters)
        object.__setattr__(self, "_order", _parents_first(self.parameters, self.conditions))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in the order of the unit cube's coordinates."""
        return tuple(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)

    def sample(self, rng: np.random.Generator) -> Configuration:
        """One configuration, uniform on each parameter's scale."""
        return self.sample_many(rng, 1)[0]

    def sample_many(self, rng: np.random.Generator, count: int) -> list[Configuration]:
        """`count` configurations: the same ones that `count` calls of `sample` would give."""
        return self.from_units(rng.random((count, len(self.parameters))))

    def default(self) -> Configuration:
        """The configuration of every parameter's default."""
        return self.restrict({name: default_of(parameter) for name, parameter in self.parameters.items()})

    def grid(self, points: int | Mapping[str, int]) -> Iterator[Configuration]:
        """Every combination of `points` values a parameter (or as many as named), without repetition."""
        counts = points if isinstance(points, Mapping) else dict.fromkeys(self.parameters, points)
        axes = {name: parameter.grid(counts[name]) for name, parameter in self.parameters.items()}
        if not self.conditions:
            return (self._make(row) for row in itertools.product(*axes.values()))
        return self._branches(axes, {}, 0)

    def check(self, configuration: Mapping[str, object]) -> None:
        """Raise `InvalidConfiguration` unless exactly the active parameters are set, each to an allowed value."""
        for name, value in configuration.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                raise InvalidConfiguration(f"no parameter called {name!r}{suggest(str(name), self.parameters)}")
            if not parameter.accepts(value):
                raise InvalidConfiguration(f"{name} = {value!r} is not {parameter.describe()}{_kind(value)}")
        if not self.conditions and len(configuration) == len(self.parameters):
            return
        active = self.active(configuration)
        for name in self._order:
            if name in active and name not in configuration:
                raise InvalidConfiguration(f"parameter {name!r} is active but has no value")
            if name in configuration and name not in active:
                raise InvalidConfiguration(f"parameter {name!r} has a value but is not active")

    def active(self, values: Mapping[str, object]) -> set[str]:
        """The names of the parameters that are active under these values."""
        if not self.conditions:
            return set(self.parameters)
        active: set[str] = set()
        for name in self._order:
            mine = [condition for condition in self.conditions if condition.parameter == name]
            if all(c.parent in active and values.get(c.parent) in c.values for c in mine):
                active.add(name)
        return active

    def _branches(
        self, axes: Mapping[str, Sequence[Value]], chosen: dict[str, Value], depth: int
    ) -> Iterator[Configuration]:
        """The grid below a choice of values for the first `depth` parameters, parents first."""
        if depth == len(self._order):
            yield self.restrict(chosen)
            return
        name = self._order[depth]
        mine = [condition for condition in self.conditions if condition.parameter == name]
        if not all(chosen.get(c.parent) in c.values for c in mine):
            yield from self._branches(axes, chosen, depth + 1)
            return
        for value in axes[name]:
            yield from self._branches(axes, {**chosen, name: value}, depth + 1)

    def restrict(self, values: Mapping[str, Value]) -> Configuration:
        """The configuration that remains when the inactive parameters are dropped."""
        active = self.active(values)
        return Configuration({name: values[name] for name in self.parameters if name in active})

    def to_unit(self, configuration: Mapping[str, Value]) -> NDArray[np.float64]:
        """The configuration's point [d] of the unit cube; inactive parameters stand at their default."""
        units = np.empty(len(self.parameters))
        for index, (name, parameter) in enumerate(self.parameters.items()):
            value = configuration.get(name)
            units[index] = _to_unit(parameter, default_of(parameter) if value is None else value)
        return units

    def from_unit(self, unit: NDArray[np.float64] | Sequence[float]) -> Configuration:
        """The configuration at a point [d] of the unit cube."""
        return self.from_units(np.asarray(unit, dtype=np.float64)[None, :])[0]

    def from_units(self, units: NDArray[np.float64]) -> list[Configuration]:
        """The configurations at points [n, d] of the unit cube."""
        columns = [p.from_units(units[:, index]) for index, p in enumerate(self.parameters.values())]
        rows = zip(*columns, strict=True)
        if not self.conditions:
            return [self._make(row) for row in rows]
        return [self.restrict(dict(zip(self.names, row, strict=True))) for row in rows]

    def to_json(self) -> str:
        """The space as JSON, for the stored record of a study."""
        parameters = {name: {"kind": type(p).__name__, **asdict(p)} for name, p in self.parameters.items()}
        return json.dumps({"parameters": parameters, "conditions": [asdict(c) for c in self.conditions]})

    @classmethod
    def from_json(cls, text: str) -> SearchSpace:
        """The space whose `to_json` is this text."""
        data = json.loads(text)
        kinds = {"Float": Float, "Integer": Integer, "Categorical": Categorical}
        parameters = {
            name: kinds[fields["kind"]](**{key: value for key, value in fields.items() if key != "kind"})
            for name, fields in data["parameters"].items()
        }
        return cls(parameters, tuple(Condition(**fields) for fields in data["conditions"]))

    def _make(self, row: tuple[Value, ...]) -> Configuration:
        return Configuration(dict(zip(self.parameters, row, strict=True)))


def _to_unit(parameter: Parameter, value: Value) -> float:
    if isinstance(parameter, Categorical):
        return parameter.to_unit(value)
    if isinstance(value, str):
        raise InvalidConfiguration(f"{value!r} is not {parameter.describe()}")
    return parameter.to_unit(int(value)) if isinstance(parameter, Integer) else parameter.to_unit(value)


def _kind(value: object) -> str:
    plain = type(value) in {int, float, str, bool}
    return "" if plain else f" (it is a {type(value).__module__}.{type(value).__qualname__})"


def _check_condition(condition: Condition, parameters: Mapping[str, Parameter]) -> None:
    for name in (condition.parameter, condition.parent):
        if name not in parameters:
            raise InvalidSpace(f"a condition names {name!r}{suggest(name, parameters)}")
    parent = parameters[condition.parent]
    if not condition.values:
        raise InvalidSpace(f"the condition of {condition.parameter!r} allows no value of {condition.parent!r}")
    for value in condition.values:
        if not parent.accepts(value):
            raise InvalidSpace(f"{condition.parent} = {value!r} in a condition is not {parent.describe()}")


def _parents_first(parameters: Mapping[str, Parameter], conditions: Sequence[Condition]) -> tuple[str, ...]:
    parents = {name: {c.parent for c in conditions if c.parameter == name} for name in parameters}
    order: list[str] = []
    while len(order) < len(parents):
        ready = [name for name in parents if name not in order and parents[name] <= set(order)]
        if not ready:
            raise InvalidSpace(f"the conditions of {sorted(set(parents) - set(order))} form a cycle")
        order.extend(ready)
    return tuple(order)
