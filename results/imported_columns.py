"""The columns of an imported table: found by name, and every cell checked to be what its column holds."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .errors import InvalidImport
from .json_object import canonical

REQUIRED = ("strategy", "task", "seed", "step", "value")
OPTIONAL = ("configuration", "held_out", "seconds", "own_seconds", "best_known", "status")

_NUMBERS = ("held_out", "seconds", "own_seconds", "best_known")
_STATUSES = ("ok", "error", "timeout", "memory", "crash", "invalid")
_TEXTS_OF_NOTHING = ("", "nan", "NaN", "NA", "null", "None")


@dataclass(frozen=True, slots=True)
class ImportedColumns:
    """The table, in the order of its rows."""

    rows: pd.DataFrame
    """Every column of `REQUIRED` and `OPTIONAL`, and `row`: its number, from 1. Numbers are NaN where absent,
    configurations canonical JSON, values NaN for a failure."""
    names: Mapping[str, str]
    """Of each column that was read, what the table called it."""
    notes: tuple[str, ...]


def read_columns_of(file: Path, columns: Mapping[str, str]) -> ImportedColumns:
    """The columns that are needed and known; raises InvalidImport for the first cell that is wrong."""
    given = _read(file)
    names, notes = _chosen(file, list(given.columns), columns)
    rows = pd.DataFrame({name: given[own] for name, own in names.items()})
    if rows.empty:
        raise InvalidImport(f"{file} has no rows")
    return ImportedColumns(_converted(rows, names), names, tuple(notes))


def _read(file: Path) -> pd.DataFrame:
    """All columns; those of CSV as texts."""
    try:
        if file.suffix.lower() in {".parquet", ".pq"}:
            frame: pd.DataFrame = pq.read_table(file, partitioning=None).to_pandas(ignore_metadata=True)
            return frame
        return pd.read_csv(file, dtype="str", keep_default_na=False, encoding="utf-8")
    except OSError as error:
        raise InvalidImport(f"cannot read {file}: {error.strerror or str(error).partition(chr(10))[0]}") from None
    except (ValueError, pa.ArrowException) as error:  # pandas' errors of CSV are ValueErrors, and so is bad UTF-8
        raise InvalidImport(f"{file} cannot be read as a table: {' '.join(str(error).split())}") from None


def _chosen(file: Path, there: Sequence[str], columns: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The table's name of each column that is read, and a note on those that are not."""
    wanted = [*REQUIRED, *(name for name in OPTIONAL if name in columns or name in there)]
    names = {name: columns.get(name, name) for name in wanted}
    for name, own in names.items():
        if own not in there:
            near = difflib.get_close_matches(own, there, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]!r}?" if near else ";"
            how = "" if name in columns else f"; --columns {name}=NAME says which one it is"
            raise InvalidImport(f"{file} has no column {own!r}{hint} it has: {', '.join(map(str, there))}{how}")
    own_names = list(names.values())
    if twice := next((own for own in own_names if own_names.count(own) > 1), None):
        raise InvalidImport(f"column {twice!r} cannot stand for two things")
    rest = [str(name) for name in there if name not in own_names]
    return names, [f"columns that are not read: {', '.join(rest)}"] if rest else []


def _converted(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Every column as what it is to be; all that the table lacks added."""
    found = pd.DataFrame({"row": np.arange(1, len(rows) + 1)})
    for name in ("strategy", "task"):
        found[name] = _labels(rows[name], names[name])
    for name in ("seed", "step"):
        found[name] = _whole(rows[name], names[name])
    found["value"] = _numbers(rows["value"], names["value"])
    for name in _NUMBERS:
        found[name] = _numbers(rows[name], names[name]) if name in rows else np.nan
    found["configuration"] = _configurations(rows["configuration"]) if "configuration" in rows else "{}"
    found["status"] = _statuses(rows, found["value"])
    for name in ("seconds", "own_seconds"):
        _refuse(found[name] < 0, found[name], names.get(name, name), "is below 0")
    found["value"] = found["value"].where(found["status"] == "ok")
    return found


def _labels(column: pd.Series, name: str) -> pd.Series:
    texts = column.astype("str").str.strip()
    _refuse(column.isna() | (texts == ""), column, name, "is empty")
    return texts


def _whole(column: pd.Series, name: str) -> pd.Series:
    numbers = _numbers(column, name)
    _refuse(~(numbers >= 0) | (numbers % 1 != 0) | (numbers > 2**53), column, name, "is no whole number from 0")
    return numbers.astype(np.int64)


def _numbers(column: pd.Series, name: str) -> pd.Series:
    """Floats; NaN for what is absent."""
    if pd.api.types.is_bool_dtype(column):
        _refuse(column.notna(), column, name, "is no number")
    if not pd.api.types.is_numeric_dtype(column):
        column = column.astype("str").str.strip()
        column = column.mask(column.isin(_TEXTS_OF_NOTHING))
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    _refuse(numbers.isna() & column.notna(), column, name, "is no number")
    return numbers


def _configurations(column: pd.Series) -> pd.Series:
    """Canonical JSON; each distinct text is read once."""
    texts = column.where(column.notna(), "{}").astype("str")
    read = {text: _object(text) for text in texts.unique()}
    found = texts.map(read)
    _refuse(found.isna(), column, "configuration", "is no JSON object")
    return found


def _object(text: str) -> str | None:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return None
    return canonical(value) if isinstance(value, dict) else None


def _statuses(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    """As given, or made of the values: one that is absent or not finite is a failure."""
    made = pd.Series(np.where(np.isfinite(values), "ok", "invalid"), dtype="str")
    if "status" not in rows:
        return made
    given = rows["status"].where(rows["status"].notna(), "").astype("str").str.strip()
    _refuse(~given.isin([*_STATUSES, ""]), given, "status", f"is none of {', '.join(_STATUSES)}")
    _refuse((given == "ok") & (made != "ok"), values, "value", "is no finite number, and its status is ok")
    return given.where(given != "", made)


def _refuse(wrong: pd.Series, column: pd.Series, name: str, what: str) -> None:
    """Raise InvalidImport for the first row that is wrong."""
    if bool(wrong.any()):
        place = int(np.argmax(wrong.to_numpy()))
        raise InvalidImport(f"row {place + 1}: {name} {str(column.iloc[place])!r:.60} {what}")
