"""Checks of a strategy's own options: each returns the value or says what is allowed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TypeGuard

from ..errors import InvalidOption, suggest

LARGEST = 10**6
"""The largest whole number that an option may be: so many trees or candidates fit into memory, and more help nobody."""


def whole(name: str, value: object, least: int) -> int:
    """The value, a whole number from `least` to a million."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidOption(f"{name} is a whole number of at least {least}, not {value!r:.80}")
    if value > LARGEST:
        raise InvalidOption(f"{name} is a whole number of at most {LARGEST}, not {value!r:.80}")
    return value


def whole_or_none(name: str, value: object, least: int) -> int | None:
    """The value, a whole number from `least` to a million, or None for the library's choice."""
    return None if value is None else whole(name, value, least)


def positive(name: str, value: object, most: float | None = None) -> float:
    """The value, a finite number above zero, and of at most `most`."""
    if not _is_finite(value) or value <= 0 or (most is not None and value > most):
        allowed = "a finite number above 0" if most is None else f"a number above 0, at most {most:g}"
        raise InvalidOption(f"{name} is {allowed}, not {value!r:.80}")
    return float(value)


def not_negative(name: str, value: object) -> float:
    """The value, a finite number from zero up."""
    if not _is_finite(value) or value < 0:
        raise InvalidOption(f"{name} is a finite number of at least 0, not {value!r:.80}")
    return float(value)


def probability(name: str, value: object) -> float:
    """The value, a number from zero to one."""
    if not _is_finite(value) or not 0 <= value <= 1:
        raise InvalidOption(f"{name} is a number from 0 to 1, not {value!r:.80}")
    return float(value)


def flag(name: str, value: object) -> bool:
    """The value, true or false."""
    if not isinstance(value, bool):
        raise InvalidOption(f"{name} is true or false, not {value!r:.80}")
    return value


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """The value, one of some known words."""
    if value not in known:
        raise InvalidOption(f"no {name} called {value!r:.80}{suggest(str(value), known)}")
    return value


def _is_finite(value: object) -> TypeGuard[int | float]:
    """Whether it is a number that a float can hold; not nan."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max
