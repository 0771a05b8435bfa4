"""The tables of a run, made of imported trials."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from .errors import InvalidImport
from .imported_rows import ImportedTable
from .records import OUTCOMES, STUDIES
from .sealing import sealed_studies, sealed_trials

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a trial ran of which nobody knows when."""


def studies_table(table: ImportedTable, goal: str, run: str, suite: str) -> pa.Table:
    """One row a study, in the schema `records.STUDIES`; the budget of a task is that of its longest study."""
    trials = table.trials
    best, longest = _best_known(trials), (trials.groupby("task")["trial"].max() + 1).to_dict()
    failed = (trials["status"] != "ok").groupby(trials["study"]).sum()
    sizes = trials.groupby("study").size()
    objective = table.names["value"]
    rows: list[dict[str, object]] = [
        _key(row, run, suite)
        | {
            "study": number,
            "status": "finished",
            "message": None,
            "trials": int(sizes[number]),
            "failures": int(failed[number]),
            "objectives": [objective],
            "goals": [goal],
            "best_known": {objective: best[row["task"]]} if row["task"] in best else {},
            "space": '{"conditions":[],"parameters":{}}',
            "fidelity_name": None,
            "fidelity_high": None,
            "budget_trials": int(longest[row["task"]]),
            "budget_work": None,
            "budget_seconds": None,
            "parallelism": 1,
            "clock": "wall",
            "starting_points": 0,
        }
        for number, row in enumerate(_studies(trials))
    ]
    return sealed_studies(rows).cast(STUDIES)


def trials_table(table: ImportedTable, goal: str, run: str, suite: str, digest: str) -> pa.Table:
    """One row a trial, in the schema `records.TRIALS`.

    Seeds mean the same luck for all strategies of the table, and other luck than those of any other table: it is the
    file's digest that they are made of.
    """
    trials = table.trials
    keys = {number: _key(row, run, suite) for number, row in enumerate(_studies(trials))}
    luck = np.array([_luck(digest, str(key["task"]), int(str(key["seed"]))) for key in keys.values()])
    is_ok = (trials["status"] == "ok").to_numpy()
    value = trials["value"].to_numpy(dtype=np.float64)
    objective = table.names["value"]
    rows, clock = len(trials), pa.scalar(_NEVER, pa.timestamp("us", tz="UTC"))
    seed = luck[trials["study"].to_numpy()]
    columns = {
        "study": trials["study"].to_numpy(dtype=np.int32),
        "trial": trials["trial"].to_numpy(dtype=np.int64),
        "configuration": pa.array(trials["configuration"], pa.string()),
        "trial_seed": seed + trials["trial"].to_numpy(),
        "data_seed": seed,
        "status": pa.array(trials["status"], pa.string()),
        "message": pa.array([None if ok else "imported as a failed trial" for ok in is_ok], pa.string()),
        "value": pa.array(value, mask=~is_ok),
        "values": _maps(objective, value, is_ok),
        "losses": _lists(-value if goal == "maximize" else value, is_ok),
        "held_out": _held_out(table),
        "extras": _maps("", value, np.zeros(rows, dtype=np.bool_)),
        "work": np.ones(rows),
        "seconds": trials["seconds"].fillna(0.0).to_numpy(),
        "reports_cost": trials["seconds"].notna().to_numpy(),
        "started": pa.repeat(clock, rows),
        "finished": pa.repeat(clock, rows),
        "ask_seconds": trials["own_seconds"].fillna(0.0).to_numpy(),
        "tell_seconds": np.zeros(rows),
        "worker": pa.repeat("imported", rows),
    }
    arrays = [columns.get(field.name, pa.nulls(rows, field.type)) for field in OUTCOMES]
    return sealed_trials(pa.table(arrays, schema=OUTCOMES), keys)


def _studies(trials: pd.DataFrame) -> list[dict[str, str | int]]:
    """Strategy, task and seed of each study, in the order of their numbers."""
    first = trials.drop_duplicates("study")[["strategy", "task", "seed"]]
    return [{str(name): value for name, value in row.items()} for row in first.to_dict("records")]


def _key(row: Mapping[str, str | int], run: str, suite: str) -> dict[str, str | int]:
    return {
        "run": run,
        "suite": suite,
        "task": row["task"],
        "task_name": row["task"],
        "task_options": "{}",
        "modifiers": "[]",
        "strategy": row["strategy"],
        "strategy_name": row["strategy"],
        "strategy_options": "{}",
        "strategy_version": "imported",
        "seed": row["seed"],
    }


def _best_known(trials: pd.DataFrame) -> dict[str, float]:
    """By task, where it is known; raises InvalidImport where a task has two."""
    found = {}
    for task, values in trials.groupby("task")["best_known"]:
        distinct = values.dropna().unique()
        if len(distinct) > 1:
            raise InvalidImport(
                f"best_known of task {task} is {distinct[0]:g} in one row and {distinct[1]:g} in another"
            )
        if len(distinct):
            found[str(task)] = float(distinct[0])
    return found


def _luck(digest: str, task: str, seed: int) -> int:
    """A seed of 62 bits, so that numbers of trials can be added to it."""
    return int.from_bytes(hashlib.sha256(f"{digest}/{task}/{seed}".encode()).digest()[:8], "big") >> 2


def _held_out(table: ImportedTable) -> pa.Array:
    values = table.trials["held_out"].to_numpy(dtype=np.float64)
    is_known = np.isfinite(values) & (table.trials["status"] == "ok").to_numpy()
    return _maps(table.names.get("held_out", "held_out"), values, is_known)


def _maps(name: str, values: NDArray[np.float64], is_there: NDArray[np.bool_]) -> pa.Array:
    """A map of one entry for each row that has a value [n], and else an empty one."""
    offsets = pa.array(np.concatenate([[0], np.cumsum(is_there)]), pa.int32())
    kept = values[is_there]
    return pa.MapArray.from_arrays(offsets, pa.repeat(name, len(kept)), pa.array(kept, pa.float64()))


def _lists(values: NDArray[np.float64], is_there: NDArray[np.bool_]) -> pa.Array:
    """A list of one number for each row that has a value [n], and else null."""
    offsets = pa.array(np.concatenate([[0], np.cumsum(is_there)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values[is_there], pa.float64()), mask=pa.array(~is_there))
