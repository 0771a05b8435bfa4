"""Which rows of a column of texts contain a text, in whatever case."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_WORD: Final = 4
"""Characters that are compared at once."""
_PIECE: Final = 1 << 18
"""Characters that are looked through before the next ones: they stay in the processor's cache."""


def rows_containing(column: pa.LargeStringArray, text: str) -> NDArray[np.bool_]:
    """Whether each row [n] has the text, which is not empty; null has none."""
    if column.null_count:
        rows = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        found = np.zeros(len(column), dtype=np.bool_)
        found[rows] = rows_containing(column.drop_null(), text)
        return found
    if len(text) >= _WORD and text.isascii() and text.lower() == text.upper():
        return _without_case(column, text.encode("ascii"))
    mask: NDArray[np.bool_] = pc.match_substring(column, text, ignore_case=True).to_numpy(zero_copy_only=False)
    return mask


def _without_case(column: pa.LargeStringArray, text: bytes) -> NDArray[np.bool_]:
    """For a text of at least a word, without letters: numbers are what is looked for most, and Arrow is slow there."""
    found = np.zeros(len(column), dtype=np.bool_)
    if not column.buffers()[2]:
        return found
    ends = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    characters = np.frombuffer(column.buffers()[2], np.uint8)[: ends[-1]]
    places = _places_of_word(characters, int(ends[0]), text[:_WORD])
    places = places[places + len(text) <= len(characters)]
    for place in range(_WORD, len(text)):
        places = places[characters[places + place] == text[place]]
    rows = np.searchsorted(ends, places, side="right") - 1
    found[rows[places + len(text) <= ends[rows + 1]]] = True
    return found


def _places_of_word(characters: NDArray[np.uint8], start: int, word: bytes) -> NDArray[np.intp]:
    """Where a word begins among the characters from `start` on."""
    wanted = np.frombuffer(word, np.uint32)[0]
    found = [np.empty(0, np.intp)]
    for begin in range(start, len(characters), _PIECE):
        for first in range(begin, begin + _WORD):
            piece = characters[first : first + _PIECE]
            words = piece[: len(piece) // _WORD * _WORD].view(np.uint32)
            found.append(np.flatnonzero(words == wanted) * _WORD + first)
    return np.concatenate(found)
