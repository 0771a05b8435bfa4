"""The rows of an imported table: read, checked, and put into the order of studies and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .errors import InvalidImport
from .imported_columns import read_columns_of
from .wording import counted

_KEY = ["strategy", "task", "seed"]
_MOST_FILLED = 1000
"""Trials for each row of the table. Steps that are not trials but, say, seconds do not fill the memory."""


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """Trials in the order of their studies."""

    trials: pd.DataFrame
    """strategy, task, seed, study (number, from 0), trial (from 0), value (NaN for a failure), status, configuration
    (canonical JSON), held_out, seconds, own_seconds, best_known (NaN where unknown)."""
    names: Mapping[str, str]
    """Of each column that was read, what the table called it."""
    notes: tuple[str, ...]


def read_rows(file: Path, columns: Mapping[str, str], *, is_accumulated: bool, goal: str) -> ImportedTable:
    """The trials of a table in CSV or Parquet; raises InvalidImport, in one line, for the first thing wrong with it."""
    found = read_columns_of(file, columns)
    rows, notes = found.rows, list(found.notes)
    _check_unique(rows)
    ordered = _ordered(rows)
    if is_accumulated:
        _check_never_worse(ordered, goal)
        ordered, filled = _without_gaps(ordered)
        notes += [f"steps left out, taken as ones that found nothing better: {filled:,}"] if filled else []
    else:
        _check_no_gap(ordered)
    return ImportedTable(ordered.drop(columns="row"), found.names, (*notes, *_remarks(ordered)))


def _check_unique(rows: pd.DataFrame) -> None:
    repeated = rows.duplicated([*_KEY, "step"])
    if repeated.any():
        again = rows[repeated].iloc[0]
        same = rows[(rows[[*_KEY, "step"]] == again[[*_KEY, "step"]]).all(axis=1)].iloc[0]
        raise InvalidImport(f"row {again['row']} is of the same trial as row {same['row']}: {_trial(again)}")


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """By task and strategy as they appear, then by seed and step; with the numbers of study and trial."""
    ordered = rows.copy()
    for name in ("task", "strategy"):
        ordered[f"{name}_place"] = pd.factorize(ordered[name])[0]
    ordered = ordered.sort_values(["task_place", "strategy_place", "seed", "step"], ignore_index=True)
    ordered["study"] = ordered.groupby(_KEY, sort=False).ngroup()
    first = int(ordered["step"].min())
    if first > 1:
        lowest = ordered[ordered["step"] == first].iloc[0]
        raise InvalidImport(f"row {lowest['row']}: steps count from 0 or 1, and the lowest is {first}")
    ordered["trial"] = ordered["step"] - first
    return ordered.drop(columns=["task_place", "strategy_place", "step"])


def _check_no_gap(rows: pd.DataFrame) -> None:
    expected = rows.groupby("study").cumcount()
    gap = rows["trial"] != expected
    if gap.any():
        found = rows[gap].iloc[0]
        missing = int(found["trial"] - expected[gap].iloc[0])
        raise InvalidImport(
            f"row {found['row']}: {counted(missing, 'step')} missing before it in {_study(found)}; "
            "only curves of the best so far may leave steps out: --best-so-far"
        )


def _check_never_worse(rows: pd.DataFrame, goal: str) -> None:
    sign = -1.0 if goal == "maximize" else 1.0
    losses = sign * rows["value"]
    before = losses.groupby(rows["study"]).cummin().groupby(rows["study"]).ffill().groupby(rows["study"]).shift()
    worse = losses > before
    if worse.any():
        found = rows[worse].iloc[0]
        was = sign * before[worse].iloc[0]
        raise InvalidImport(
            f"row {found['row']}: {found['value']:g} is worse than {was:g} before it in {_study(found)}: "
            "values of the best so far never get worse; leave out --best-so-far, or is it the other --goal?"
        )


def _without_gaps(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """With trials for the steps left out, whose value is the one before; and how many they are."""
    lengths = rows.groupby("study")["trial"].max().to_numpy() + 1
    first = rows.groupby("study")["trial"].min()
    if (first > 0).any():
        late = rows[rows["study"] == first.index[first > 0][0]].iloc[0]
        raise InvalidImport(f"row {late['row']}: {_study(late)} does not begin with the lowest step of the table")
    if int(lengths.sum()) > _MOST_FILLED * len(rows):
        raise InvalidImport(f"steps leave out {int(lengths.sum()) - len(rows):,} of {int(lengths.sum()):,} trials")
    study = np.repeat(np.arange(len(lengths)), lengths)
    trial = np.concatenate([np.arange(length) for length in lengths])
    whole = pd.MultiIndex.from_arrays([study, trial], names=["study", "trial"])
    filled = rows.set_index(["study", "trial"]).reindex(whole)
    added = filled["row"].isna().to_numpy()
    before = filled.groupby(level="study").ffill()
    filled[added] = before[added]
    filled.loc[added, "status"] = np.where(before.loc[added, "value"].notna(), "ok", "invalid")
    filled.loc[added, ["seconds", "own_seconds"]] = 0.0
    return filled.reset_index().astype({"seed": np.int64, "row": np.int64}), int(added.sum())


def _remarks(rows: pd.DataFrame) -> list[str]:
    failed = int((rows["status"] != "ok").sum())
    found = [f"trials that failed, with no finite value or another status than ok: {failed:,}"] if failed else []
    lengths = rows.groupby("study").agg(task=("task", "first"), trials=("trial", "size"))
    short = int((lengths["trials"] < lengths.groupby("task")["trials"].transform("max")).sum())
    if short:
        found.append(f"studies shorter than the longest of their task, which keep their last value: {short:,}")
    return found


def _study(row: pd.Series) -> str:
    return f"{row['strategy']} on {row['task']}, seed {row['seed']}"


def _trial(row: pd.Series) -> str:
    return f"{_study(row)}, step {row['step']}"
