"""JSON that can be stored and told again: finite numbers, whole characters, and not too deep."""

from __future__ import annotations

import json
from typing import Any, Final

from .bodies import depth_of

MOST_DEPTH: Final = 32
"""Levels of arrays and objects."""


def read_tellable(text: str) -> Any:
    """What a text of JSON holds; raises ValueError with what is wrong with it."""
    if depth_of(_encoded(text)) > MOST_DEPTH:
        raise ValueError(_TOO_DEEP)
    read = json.loads(text)
    _encoded(_written(read))
    return read


def check_tellable(value: object) -> None:
    """Raise ValueError with what keeps a value of JSON's types from being told."""
    if depth_of(_encoded(_written(value))) > MOST_DEPTH:
        raise ValueError(_TOO_DEEP)


_TOO_DEEP: Final = f"it may be nested {MOST_DEPTH} levels deep, and is deeper"


def _written(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError:
        raise ValueError("its numbers have to be finite, and NaN and Infinity are not") from None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        found = ascii(text[error.start])[1:-1]
        raise ValueError(f"its texts have to be Unicode, and {found} alone is half a character") from None
