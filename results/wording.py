"""How numbers and lists are put into sentences, and the sign of a negative number."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """As in "1 task" and "3 tasks"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(items: Sequence[str]) -> str:
    """As in "a, b and c"; empty for none."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def decimal(value: float, digits: int = 3) -> str:
    """Fixed decimals, with a minus in front of a negative number."""
    return with_minus(f"{value:.{digits}f}")


def p_value(value: float) -> str:
    """As in "p = 0.013"; of very small ones only that they are."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def with_minus(number: str) -> str:
    """A number that Python wrote, with the sign that prints as wide as a plus."""
    return number.replace("-", "\u2212")
