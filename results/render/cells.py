"""How the cells of a table are written for people."""

from __future__ import annotations

import math
import unicodedata

from ..items import Cell, Column
from ..wording import decimal, with_minus

ABSENT = "–"
"""Stands for a value that does not exist."""
_SPACES = str.maketrans("\n\t\u202f", "   ")
"""What often stands in a text and is let through, though Python does not call it printable."""


def write_cell(cell: Cell, column: Column) -> str:
    """The cell as text; numbers as the column asks."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ABSENT
    if isinstance(cell, str):
        return plain(cell)
    return _write_number(cell, column)


def is_numeric(column: Column) -> bool:
    """Whether the column's cells are aligned on the right."""
    return column.kind != "text"


def plain(text: str) -> str:
    """The text without characters that steer a terminal or are not allowed in a page; line ends and tabs stay."""
    if text.isprintable() or text.translate(_SPACES).isprintable():
        return text
    return "".join("\ufffd" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}


def _write_number(value: float, column: Column) -> str:
    match column.kind:
        case "integer":
            return with_minus(f"{round(value):,}".replace(",", "\u202f"))
        case "percent":
            return f"{decimal(100 * value, column.digits)}%"
        case "seconds":
            return _write_seconds(value)
        case "probability":
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        case _:
            return _write_decimal(value, column.digits)


def _write_decimal(value: float, digits: int) -> str:
    """Fixed decimals; powers of ten where these would hide the value or drown it."""
    if value and not 10.0**-digits <= abs(value) < 1e6:
        return with_minus(f"{value:.{max(digits - 1, 1)}e}")
    return decimal(value, digits)


def _write_seconds(value: float) -> str:
    if value < 1:
        return f"{1000 * value:.3g}\u202fms" if value else "0\u202fs"
    if value < 100:
        return f"{value:.3g}\u202fs"
    if value < 6000:
        return f"{value / 60:.1f}\u202fmin"
    return f"{value / 3600:.1f}\u202fh"
