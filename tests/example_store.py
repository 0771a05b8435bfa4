"""A small synthetic run, written through the stored schema."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from results.records import STUDIES, TRIALS

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KINDS = ("error", "timeout", "invalid")


@dataclass(frozen=True)
class Example:
    """What the run is made of; strategies named later are better."""

    name: str = "example"
    strategies: Sequence[str] = ("random", "tpe", "gp")
    tasks: Sequence[str] = ("branin", "digits")
    """Odd ones are maximized."""
    seeds: int = 4
    trials: int = 12
    failures: float = 0.1
    """Share of trials that fail."""
    spread: float = 1.0
    """How much better each strategy is than the one before; 0 makes them all alike."""
    skipped: Sequence[tuple[str, str]] = ()
    """Pairs of strategy and task that are not possible."""
    broken: Sequence[str] = ()
    """Strategies whose studies failed after their trials."""
    objectives: Sequence[str] = ("score",)
    short: Mapping[str, int] = field(default_factory=dict)
    """Trials of a strategy whose studies end early."""
    state: str = "finished"
    best_known: bool = True
    seed: int = 0
    options: str = "{}"
    """Options of every strategy."""


def write_example_run(folder: Path, **changes: object) -> Path:
    """Write the run of `Example(**changes)` into the folder and return its path."""
    example = Example(**changes)  # type: ignore[arg-type]  # names and types are checked by the test that fails
    folder.mkdir(parents=True, exist_ok=True)
    studies, trials = _rows(example)
    _write(studies, STUDIES, folder / "studies.parquet")
    _write(trials, TRIALS, folder / "trials.parquet")
    (folder / "run.json").write_text(json.dumps(_run_json(example)), encoding="utf-8")
    (folder / "suite.toml").write_text(f'name = "{example.name}"\n', encoding="utf-8")
    return folder


def _write(rows: list[dict[str, object]], schema: pa.Schema, file: Path) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), file, compression="zstd", write_page_checksum=True)


def _rows(example: Example) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    studies: list[dict[str, object]] = []
    trials: list[dict[str, object]] = []
    for number, task in enumerate(example.tasks):
        for level, strategy in enumerate(example.strategies):
            for seed in range(example.seeds):
                key = _key(example, task, strategy, seed) | {"study": len(studies)}
                mine = [] if (strategy, task) in example.skipped else _trials(example, key, number, level)
                studies.append(_study(example, key, number, mine))
                trials += mine
    return studies, trials


def _key(example: Example, task: str, strategy: str, seed: int) -> dict[str, object]:
    return {
        "run": example.name,
        "suite": example.name,
        "task": task,
        "task_name": task,
        "task_options": "{}",
        "modifiers": "[]",
        "strategy": strategy,
        "strategy_name": strategy,
        "strategy_options": example.options,
        "strategy_version": "example 1.0",
        "seed": seed,
    }


def _goal(number: int) -> str:
    return "maximize" if number % 2 else "minimize"


def _study(example: Example, key: dict[str, object], number: int, trials: list[dict[str, object]]) -> dict[str, object]:
    best = {"score": 0.0 if _goal(number) == "minimize" else 1.0} if example.best_known else {}
    return key | {
        "status": _status(example, key, trials),
        "message": None if trials else f"{key['strategy']} does not support {key['task']}",
        "trials": len(trials),
        "failures": sum(row["status"] != "ok" for row in trials),
        "objectives": list(example.objectives),
        "goals": [_goal(number)] * len(example.objectives),
        "best_known": best,
        "space": '{"parameters":{"x":{"type":"float","low":0.0,"high":1.0}}}',
        "fidelity_name": None,
        "fidelity_high": None,
        "budget_trials": example.trials,
        "budget_work": None,
        "budget_seconds": None,
        "parallelism": 1,
    }


def _status(example: Example, key: dict[str, object], trials: list[dict[str, object]]) -> str:
    if not trials:
        return "skipped"
    return "failed" if key["strategy"] in example.broken else "finished"


def _trials(example: Example, key: dict[str, object], number: int, level: int) -> list[dict[str, object]]:
    rng = np.random.default_rng([example.seed, number, level, int(str(key["seed"]))])
    count = example.short.get(str(key["strategy"]), example.trials)
    regrets = rng.beta(1.0, 1.0 + example.spread * level, size=count)
    failed = rng.random(count) < example.failures
    kinds = rng.choice(KINDS, size=count)
    rows = []
    for trial in range(count):
        status = str(kinds[trial]) if failed[trial] else "ok"
        sealed = key | _outcome(number, float(regrets[trial]), status, example.objectives)
        clock = START + dt.timedelta(seconds=trial)
        rows.append(
            sealed
            | {
                "trial": trial,
                "trial_seed": 1_000_000 * example.seed + 1_000 * int(str(key["seed"])) + trial,
                "data_seed": 1_000_000 * example.seed + int(str(key["seed"])),
                "started": clock,
                "finished": clock + dt.timedelta(seconds=0.5),
            }
        )
    return rows


def _outcome(number: int, regret: float, status: str, objectives: Sequence[str]) -> dict[str, object]:
    """The second objective falls as the first one rises: (1 - regret)^3 in place of the regret; so do further ones."""
    regrets = [regret, *[(1.0 - regret) ** 3] * (len(objectives) - 1)]
    measured = [part if _goal(number) == "minimize" else 1.0 - part for part in regrets]
    value = measured[0]
    is_ok = status == "ok"
    return {
        "configuration": json.dumps({"x": regret}),
        "fidelity": None,
        "resumed_from": None,
        "status": status,
        "message": None if is_ok else f"it ended in {status}",
        "value": value if is_ok else None,
        "values": dict(zip(objectives, measured, strict=True)) if is_ok else {},
        "losses": [part if _goal(number) == "minimize" else -part for part in measured] if is_ok else None,
        "held_out": {"test": value + 0.125} if is_ok else {},
        "extras": {"size": 3.0} if is_ok else {},
        "work": 1.0,
        "seconds": 0.5,
        "reports_cost": False,
        "ask_seconds": 0.25,
        "tell_seconds": 0.125,
        "worker": "example:1",
    }


def _run_json(example: Example) -> dict[str, object]:
    return {
        "schema": "1.0",
        "run": example.name,
        "suite": example.name,
        "state": example.state,
        "created": START.isoformat(),
        "finished": (START + dt.timedelta(minutes=1)).isoformat() if example.state == "finished" else None,
        "wall_seconds": 60.0,
        "workers": 2,
        "versions": {"tuner-bench": "0.1.0"},
        "python": "3.11.7",
        "machine": {"system": "Linux", "cpu": "example", "cores": 2, "memory_gb": 8.0},
        "plugins": [{"kind": "strategy", "name": "random", "reference": "example:Random", "sha256": "0" * 64}],
        "suite_sha256": "0" * 64,
    }
