"""A run of any size that never ran: rows made by the million, sealed as those of a real one are."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from results.records import OUTCOMES, SCHEMA_VERSION
from results.sealing import sealed_studies, sealed_trials, write_table, write_text

NAME = "synthetic"
CREATED = "2026-01-01T00:00:00+00:00"
BEST = (0.3, 0.7)
"""Where the two parameters are best."""
FAILURES = 0.02
"""Share of trials that fail."""
SPACE = json.dumps(
    {"parameters": {name: {"kind": "Float", "low": 0.0, "high": 1.0} for name in ("x1", "x2")}, "conditions": []}
)


@dataclass(frozen=True, slots=True)
class Extent:
    """How many of each the run has."""

    tasks: int
    strategies: int
    seeds: int
    trials: int
    """Of each study."""

    @property
    def total(self) -> int:
        """All trials."""
        return self.tasks * self.strategies * self.seeds * self.trials


def write_synthetic_run(folder: Path, extent: Extent) -> Path:
    """Write the run into the folder, and return it; the same extent gives the same tables.

    The first strategy is random search; each further one stays closer to the best configuration, and so is a little
    better. Studies are in the order of task, strategy and seed.
    """
    blocks = product(range(extent.tasks), range(extent.strategies))
    outcomes = pa.concat_tables([_outcomes(extent, task, strategy) for task, strategy in blocks])
    keys = dict(enumerate(_keys(extent)))
    failed = np.reshape(pc.is_null(outcomes["value"]).to_numpy(), (len(keys), extent.trials)).sum(axis=1)
    write_table(sealed_studies(_studies(keys, extent, failed)), folder / "studies.parquet")
    write_table(sealed_trials(outcomes, keys), folder / "trials.parquet")
    write_text(json.dumps(_run_json()), folder / "run.json")
    return folder


def _keys(extent: Extent) -> Iterator[Mapping[str, str | int]]:
    same = {"run": NAME, "suite": NAME, "task_options": "{}", "modifiers": "[]", "strategy_options": "{}"}
    for task in range(extent.tasks):
        for strategy in range(extent.strategies):
            names = {"task": f"task-{task}", "strategy": _strategy(strategy), "strategy_version": "0"}
            names |= {f"{kind}_name": names[kind] for kind in ("task", "strategy")}
            yield from (same | names | {"seed": seed} for seed in range(extent.seeds))


def _strategy(place: int) -> str:
    return f"closer-{place}" if place else "random"


def _studies(
    keys: Mapping[int, Mapping[str, str | int]], extent: Extent, failed: NDArray[np.int_]
) -> Iterator[dict[str, object]]:
    same = {"status": "finished", "trials": extent.trials, "objectives": ["loss"], "goals": ["minimize"]}
    budget = {"space": SPACE, "budget_trials": extent.trials, "parallelism": 1, "clock": "wall", "starting_points": 0}
    for study, key in keys.items():
        best_known = {"loss": float(str(key["task"]).removeprefix("task-"))}
        yield {**key, **same, **budget, "study": study, "failures": int(failed[study]), "best_known": best_known}


def _outcomes(extent: Extent, task: int, strategy: int) -> pa.Table:
    """The trials of one strategy on one task: all seeds, one study after the other."""
    rng = np.random.default_rng((task, strategy))
    count = extent.seeds * extent.trials
    first = (task * extent.strategies + strategy) * extent.seeds
    seed, trial = np.divmod(np.arange(count), extent.trials)
    places = [best + (rng.random(count) - best) / (1.0 + 0.25 * strategy) for best in BEST]
    loss = task + np.sum([(place - best) ** 2 for place, best in zip(places, BEST, strict=True)], axis=0)
    is_ok = rng.random(count) >= FAILURES
    held_out = loss + rng.normal(0.0, 0.02, count)
    columns = {
        "study": first + seed,
        "trial": trial,
        "configuration": _configurations(places),
        "trial_seed": rng.integers(2**62, size=count),
        "data_seed": seed,
        "status": pa.DictionaryArray.from_arrays(pa.array(~is_ok, pa.int32()), ["ok", "error"]).cast(pa.string()),
        "message": _where_failed(is_ok, "ValueError: matrix is singular"),
        "value": pa.array(loss, mask=~is_ok),
        "values": _maps("loss", loss, is_ok),
        "losses": _lists(loss, is_ok),
        "held_out": _maps("loss", held_out, is_ok),
        "extras": _maps("none", loss, np.zeros(count, dtype=np.bool_)),
        "work": np.ones(count),
        "known_results": trial,
        **_times(rng, trial),
    }
    filled = {field.name: columns.get(field.name, pa.nulls(count, field.type)) for field in OUTCOMES}
    return pa.table({name: _column(filled[name], OUTCOMES.field(name).type) for name in OUTCOMES.names}, OUTCOMES)


def _column(values: pa.Array | NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values).cast(kind)


def _configurations(places: list[NDArray[np.float64]]) -> pa.Array:
    x1, x2 = (pa.array(place).cast(pa.string()) for place in places)
    return pc.binary_join_element_wise('{"x1":', x1, ',"x2":', x2, "}", "")


def _where_failed(is_ok: NDArray[np.bool_], text: str) -> pa.Array:
    return pc.if_else(pa.array(is_ok), pa.scalar(None, pa.string()), text)


def _maps(name: str, values: NDArray[np.float64], is_there: NDArray[np.bool_]) -> pa.Array:
    """A map of one value for each trial that has it, an empty one for others."""
    known = values[is_there]
    return pa.MapArray.from_arrays(_offsets(is_there), pa.repeat(name, known.size), known)


def _lists(values: NDArray[np.float64], is_there: NDArray[np.bool_]) -> pa.Array:
    """A list of one value for each trial that has it, null for others."""
    return pa.ListArray.from_arrays(_offsets(is_there), values[is_there], mask=pa.array(~is_there))


def _offsets(is_there: NDArray[np.bool_]) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(is_there)]), pa.int32())


def _times(rng: np.random.Generator, trial: NDArray[np.int_]) -> dict[str, pa.Array | NDArray[np.generic]]:
    seconds = rng.lognormal(0.0, 0.5, trial.size)
    started = np.datetime64(CREATED.partition("+")[0], "us") + trial * np.timedelta64(4, "s")
    return {
        "seconds": seconds,
        "reports_cost": np.zeros(trial.size, dtype=np.bool_),
        "started": pa.array(started).cast(pa.timestamp("us", "UTC")),
        "finished": pa.array(started + (seconds * 1e6).astype("timedelta64[us]")).cast(pa.timestamp("us", "UTC")),
        "ask_seconds": rng.lognormal(-7.0, 0.5, trial.size),
        "tell_seconds": rng.lognormal(-9.0, 0.5, trial.size),
        "worker": pa.repeat("synthetic:1", trial.size),
    }


def _run_json() -> dict[str, object]:
    return {
        "schema": SCHEMA_VERSION,
        "run": NAME,
        "suite": NAME,
        "state": "finished",
        "created": CREATED,
        "finished": CREATED,
        "wall_seconds": 0.0,
        "workers": 1,
        "versions": {},
        "python": "unknown",
        "machine": {"system": "unknown", "cpu": "unknown", "cores": 0, "memory_gb": 0.0},
        "plugins": [],
        "suite_sha256": "",
    }
