"""Checks of a strategy's own options: each returns the value or says what is allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import InvalidOption, suggest


def whole(name: str, value: object, least: int) -> int:
    """The value, a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidOption(f"{name} is a whole number of at least {least}, not {value!r}")
    return value


def whole_or_none(name: str, value: object, least: int) -> int | None:
    """The value, a whole number of at least `least`, or None for the library's choice."""
    return None if value is None else whole(name, value, least)


def positive(name: str, value: object) -> float:
    """The value, a finite number above zero."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise InvalidOption(f"{name} is a finite number above 0, not {value!r}")
    return float(value)


def not_negative(name: str, value: object) -> float:
    """The value, a finite number from zero up."""
    return 0.0 if value == 0 and not isinstance(value, bool) else positive(name, value)


def probability(name: str, value: object) -> float:
    """The value, a number from zero to one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidOption(f"{name} is a number from 0 to 1, not {value!r}")
    return float(value)


def flag(name: str, value: object) -> bool:
    """The value, true or false."""
    if not isinstance(value, bool):
        raise InvalidOption(f"{name} is true or false, not {value!r}")
    return value


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """The value, one of some known words."""
    if value not in known:
        raise InvalidOption(f"no {name} called {value!r}{suggest(str(value), known)}")
    return value
