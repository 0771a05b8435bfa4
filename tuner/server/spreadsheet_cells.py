"""Columns as cells of a spreadsheet: texts that would be formulas are disarmed, maps and lists are JSON."""

from __future__ import annotations

import json
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_FORMULA: Final = r"^[=+\-@\t\r\n]"
"""How a text begins that a spreadsheet would calculate, or might after cutting off the white space."""
_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def as_cells(column: pa.Array) -> pa.Array:
    """The column as texts or numbers, so that no cell is a formula."""
    kind = column.type
    if pa.types.is_map(kind):
        parts = pc.binary_join_element_wise(_quoted(column.keys), _numbers(column.items), ":")
        return _joined(column, parts, "{", "}")
    if pa.types.is_list(kind):
        return _joined(column, _numbers(column.values), "[", "]")
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_dictionary(kind):
        return guarded(column.dictionary).take(column.indices)
    return guarded(column) if pa.types.is_string(kind) or pa.types.is_large_string(kind) else column


def guarded(texts: pa.Array) -> pa.Array:
    """Texts, those that would be formulas with an apostrophe before them; numbers are none."""
    is_formula = pc.and_not(
        pc.match_substring_regex(texts, _FORMULA), pc.fill_null(pc.match_substring_regex(texts, _NUMBER), False)
    )
    return pc.if_else(is_formula, pc.binary_join_element_wise("'", texts, ""), texts)


def _numbers(numbers: pa.Array) -> pa.Array:
    """Numbers as JSON has them: null for what is not finite."""
    told = pc.if_else(pc.is_finite(numbers), pc.cast(numbers, pa.string()), None)
    return pc.fill_null(told, "null")


def _quoted(keys: pa.Array) -> pa.Array:
    """Keys as JSON has them."""
    encoded = keys.dictionary_encode()
    return pa.array([json.dumps(key) for key in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _joined(column: pa.Array, parts: pa.Array, opening: str, closing: str) -> pa.Array:
    """One text a row, of the parts that lie between its offsets; null where the row is."""
    rows = pa.ListArray.from_arrays(column.offsets, parts)
    text = pc.binary_join_element_wise(opening, pc.binary_join(rows, ","), closing, "")
    return pc.if_else(column.is_valid(), text, None)
