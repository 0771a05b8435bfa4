"""Choices of another library, as a categorical of a search space."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..configuration import Value
from ..parameter import Categorical

_PLAIN = {str, int, float, bool}


def plain_choices(choices: Sequence[object]) -> tuple[Value, ...] | None:
    """The choices, where a `Categorical` can hold them as they are: distinct strings, finite numbers and bools."""
    plain = tuple([choice for choice in choices if isinstance(choice, str | int | float) and type(choice) in _PLAIN])
    is_finite = all(not isinstance(choice, float) or math.isfinite(choice) for choice in plain)
    return plain if is_finite and len(choices) == len(plain) == len(set(plain)) else None


def categorical_of(choices: Sequence[object]) -> Categorical:
    """The categorical of the choices, or of their positions where it cannot hold them; at least one is needed."""
    plain = plain_choices(choices)
    return Categorical(tuple(range(len(choices))) if plain is None else plain)
