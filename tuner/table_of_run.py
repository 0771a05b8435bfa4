"""Tables of evaluations from a stored run: one a task, which the task `table` can look up."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from results.store import Store, open_store
from results.table_file import TableDescription, write_table_file

from .errors import InvalidOption, TableExists, suggest

_NAME_LENGTH = 60
Row = dict[str, object]


def write_tables(run: Path, folder: Path, task: str | None = None, *, overwrite: bool = False) -> list[Path]:
    """Write a table for each task of a run on which anything was evaluated, or for one; returns the TOML files.

    Raises `InvalidOption` for a label that no task has, and unless `overwrite`, before anything is written,
    `TableExists` where the folder has a table of the same name; `ImportedRun` for a run of which no space is known.
    """
    store = open_store(run)
    store.runs[0].check_run_here()
    if task is not None and task not in store.tasks:
        raise InvalidOption(f"no task {task!r} in {run}{suggest(task, store.tasks)}")
    names = _names(store, store.tasks if task is None else (task,))
    if not overwrite:
        _check_free(folder, names.values())
    return [_write(store, label, folder, name) for label, name in names.items()]


def _names(store: Store, labels: Sequence[str]) -> dict[str, str]:
    """What the table of each task is called on which anything was evaluated."""
    trials = store.studies.groupby("task")["trials"].sum()
    names: dict[str, str] = {}
    for place, label in enumerate(labels):
        if trials[label]:
            name = re.sub(r"[^A-Za-z0-9._-]+", "-", label)[:_NAME_LENGTH].strip("-.") or "table"
            names[label] = f"{place:02d}-{name}" if len(labels) > 1 else name
    return names


def _check_free(folder: Path, names: Iterable[str]) -> None:
    files = (folder / f"{name}.{ending}" for name in names for ending in ("toml", "parquet"))
    taken = next((file for file in files if file.exists()), None)
    if taken is not None:
        raise TableExists(f"{taken} is there already: choose another --out, or replace it with --overwrite")


def _write(store: Store, label: str, folder: Path, name: str) -> Path:
    studies = store.studies[store.studies["task"] == label]
    trials = store.trials_of(label)
    columns = _Columns.of(studies.iloc[0], trials)
    rows = list(_rows(trials, columns))
    strategies = ", ".join(dict.fromkeys(map(str, studies["strategy"])))
    description = columns.description(name, f"{label} as evaluated in the run {store.runs[0].name} by {strategies}")
    return write_table_file(description, _table(rows, columns), folder)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What is written in which column, no two in one."""

    parameters: Mapping[str, str]
    goals: Mapping[str, str]
    beside: Sequence[str]
    """What was measured beside the objectives."""
    held_out: Mapping[str, str]
    fidelity: str | None
    levels: tuple[float, float]
    """The lowest fidelity that was evaluated, and the highest."""
    high: float
    """What a trial that asked for none had."""
    cost: str
    replicate: str
    failure: str
    space: Mapping[str, list[dict[str, object]]] = field(repr=False)
    kinds: Mapping[str, dict[str, object]] = field(repr=False)

    @classmethod
    def of(cls, study: pd.Series, trials: pd.DataFrame) -> _Columns:
        """The columns for the trials of one task; `study` is the row of one of its studies."""
        taken: set[str] = set()
        space = json.loads(study["space"])
        goals = dict(zip(study["objectives"], study["goals"], strict=True))
        measured = dict.fromkeys(name for values in trials["values"] for name in values or {})
        hidden = dict.fromkeys(name for values in trials["held_out"] for name in values or {})
        has_fidelity = isinstance(study["fidelity_name"], str)
        high = float(study["fidelity_high"]) if has_fidelity else 0.0
        asked = trials["fidelity"].fillna(high)
        taken |= {*goals, *measured}  # what is called after a measured value keeps its name
        return cls(
            held_out={name: _free(f"held-out {name}", taken) for name in hidden},
            parameters={name: _free(name, taken) for name in space["parameters"]},
            goals=goals,
            beside=[name for name in measured if name not in goals],
            fidelity=_free(str(study["fidelity_name"]), taken) if has_fidelity else None,
            levels=(float(asked.min()), float(asked.max())),
            high=high,
            cost=_free("seconds", taken),
            replicate=_free("replicate", taken),
            failure=_free("failure", taken),
            space=space,
            kinds=space["parameters"],
        )

    def description(self, name: str, text: str) -> TableDescription:
        """The TOML file's content."""
        entries = {p: {**self.kinds[p], **({"column": c} if c != p else {})} for p, c in self.parameters.items()}
        low, high = self.levels
        fidelity = {"fidelity": {"column": self.fidelity, "low": low, "high": high}} if self.fidelity else {}
        return TableDescription.model_validate(
            {
                "name": name,
                "description": text,
                "parquet": f"{name}.parquet",
                "objectives": self.goals,
                "values": self.beside,
                "held_out": self.held_out,
                "cost": self.cost,
                "replicate": self.replicate,
                "failure": self.failure,
                "parameters": entries,
                "conditions": self.space["conditions"],
                **fidelity,
            }
        )


def _rows(trials: pd.DataFrame, columns: _Columns) -> Iterator[Row]:
    """A row for each evaluation, in the order of studies and trials.

    Trials of one configuration with different seeds are replicates of each other, and a trial that continues another
    one is the same replicate. It has cost what all of it has cost.
    """
    spent: dict[tuple[int, int], float] = {}
    replicates: dict[str, dict[tuple[int, int], int]] = {}
    seen: set[tuple[str, int, float]] = set()
    for trial in trials.sort_values(["study", "trial"], kind="stable").to_dict("records"):
        study, number, text = int(trial["study"]), int(trial["trial"]), str(trial["configuration"])
        before = trial["resumed_from"]
        begun = 0.0 if pd.isna(before) else spent[study, int(before)]
        spent[study, number] = begun + float(trial["seconds"])
        known = replicates.setdefault(text, {})
        replicate = known.setdefault((int(trial["trial_seed"]), int(trial["data_seed"])), len(known))
        level = columns.high if pd.isna(trial["fidelity"]) else float(trial["fidelity"])
        if (text, replicate, level) in seen:  # the same configuration with the same seeds: the same evaluation
            continue
        seen.add((text, replicate, level))
        row = _measured(trial, columns)
        row |= {columns.parameters[name]: value for name, value in json.loads(text).items()}
        row |= {columns.cost: spent[study, number], columns.replicate: replicate}
        yield {**row, columns.fidelity: level} if columns.fidelity else row


def _measured(trial: Mapping[Hashable, object], columns: _Columns) -> Row:
    values, hidden = trial["values"], trial["held_out"]
    is_ok = trial["status"] == "ok"
    row: Row = dict(values) if isinstance(values, dict) and is_ok else {}
    held_out = hidden if isinstance(hidden, dict) and is_ok else {}
    row |= {columns.held_out[name]: value for name, value in held_out.items()}
    return {**row, columns.failure: None if is_ok else trial["status"]}


def _table(rows: Sequence[Row], columns: _Columns) -> pa.Table:
    """The rows as a table, each column of the type that it is read as."""
    types = {columns.parameters[name]: _type(fields) for name, fields in columns.kinds.items()}
    measured = [*columns.goals, *columns.beside, *columns.held_out.values(), columns.cost]
    types |= dict.fromkeys(measured, pa.float64())
    if columns.fidelity:
        types[columns.fidelity] = pa.float64()
    types |= {columns.replicate: pa.int64(), columns.failure: pa.string()}
    mixed = {column for name, column in columns.parameters.items() if _is_mixed(columns.kinds[name])}
    data = {name: [_stored(row.get(name), is_json=name in mixed) for row in rows] for name in types}
    return pa.table({name: pa.array(data[name], kind) for name, kind in types.items()})


def _type(fields: Mapping[str, object]) -> pa.DataType:
    if fields["kind"] == "Float":
        return pa.float64()
    if fields["kind"] == "Integer":
        return pa.int64()
    if _is_mixed(fields):
        return pa.string()
    choices = fields["choices"]
    assert isinstance(choices, list)
    return pa.array(choices).type


def _is_mixed(fields: Mapping[str, object]) -> bool:
    """Whether the choices are of several types: they are then written as JSON."""
    choices = fields.get("choices")
    return isinstance(choices, list) and len({type(choice) for choice in choices}) > 1


def _stored(value: object, *, is_json: bool) -> object:
    return json.dumps(value) if is_json and value is not None else value


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where another column has it."""
    free = next(one for one in (name, *(f"{name} {n}" for n in range(2, 10_000))) if one not in taken)
    taken.add(free)
    return free
