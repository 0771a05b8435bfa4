"""A space of which some parameters are set once and for all."""

from __future__ import annotations

from collections.abc import Mapping

from tuner.configuration import Value
from tuner.errors import InvalidSpace, suggest
from tuner.space import Condition, SearchSpace

from .config_space import ConfigSpace


def fixed_space(declared: ConfigSpace, fixed: Mapping[str, Value], fidelity: str | None) -> SearchSpace:
    """What remains to be tuned: without the fidelity, the fixed, and whatever the fixed leave inactive.

    Raises `InvalidSpace` for a value that is not allowed, where a parameter depends on the fidelity, and where one
    that is fixed depends on another.
    """
    for name, value in fixed.items():
        known = declared.parameters.get(name)
        if known is None and name not in declared.constants:
            raise InvalidSpace(f"no parameter called {name!r}{suggest(name, declared.parameters)}")
        if known is not None and not known.accepts(value):
            raise InvalidSpace(f"{name} = {value!r} is not {known.describe()}")
    values = {**declared.constants, **fixed}
    dead = _dead(declared.conditions, values)
    free = {n: p for n, p in declared.parameters.items() if n not in values and n not in dead and n != fidelity}
    conditions = [c for c in declared.conditions if c.parameter in free and c.parent not in values]
    for condition in declared.conditions:
        if condition.parameter in values or condition.parameter == fidelity:
            raise InvalidSpace(f"{condition.parameter} is no longer tuned, but depends on {condition.parent}")
        if condition.parent == fidelity:
            raise InvalidSpace(f"{condition.parameter} depends on the fidelity {fidelity}")
    return SearchSpace(free, tuple(conditions))


def _dead(conditions: tuple[Condition, ...], values: Mapping[str, Value]) -> set[str]:
    """The parameters that are never active."""
    dead: set[str] = set()
    while True:
        more = {
            c.parameter
            for c in conditions
            if c.parent in dead or (c.parent in values and values[c.parent] not in c.values)
        }
        if more <= dead:
            return dead
        dead |= more
