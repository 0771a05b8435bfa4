"""What modifiers of the space share: a trial with another configuration, and which floats may be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.parameter import Float
from tuner.space import SearchSpace
from tuner.trial import Trial


def with_values(trial: Trial, values: Mapping[str, Value]) -> Trial:
    """The trial with these values in place of its configuration."""
    return replace(trial, proposal=replace(trial.proposal, configuration=Configuration(values)))


def free_floats(space: SearchSpace, modifier: str) -> dict[str, Float]:
    """The Float parameters that no other parameter depends on; raises `InvalidOption` where there is none."""
    parents = {condition.parent for condition in space.conditions}
    found = {name: p for name, p in space.parameters.items() if isinstance(p, Float) and name not in parents}
    if not found:
        raise InvalidOption(f"{modifier} changes Float parameters, and this task has none: {', '.join(space.names)}")
    return found
