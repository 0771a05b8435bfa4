"""Small tables of evaluations, written to a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from tuner import Configuration, Proposal, Trial

GRID: Mapping[str, Any] = {
    "name": "small",
    "parquet": "small.parquet",
    "objectives": {"error": "minimize"},
    "parameters": {
        "kind": {"kind": "Categorical", "choices": ["a", "b"]},
        "depth": {"kind": "Integer", "low": 1, "high": 3},
    },
}
"""Six configurations, complete."""
ROWS: list[dict[str, Any]] = [
    {"kind": kind, "depth": depth, "error": 10.0 * "ab".index(kind) + depth} for kind in "ab" for depth in (1, 2, 3)
]
CURVES: Mapping[str, Any] = {
    **GRID,
    "cost": "seconds",
    "held_out": {"error": "test error"},
    "fidelity": {"column": "epochs", "low": 1, "high": 9},
}
CURVE_ROWS: list[dict[str, Any]] = [
    {**row, "epochs": epochs, "error": row["error"] / epochs, "test error": row["error"], "seconds": row["depth"] * e}
    for row in ROWS
    for epochs, e in ((1, 1.0), (3, 2.5), (9, 7.0))
]


def write(folder: Path, description: Mapping[str, Any] = GRID, rows: Sequence[Mapping[str, Any]] = ROWS) -> Path:
    """The TOML file of a table with these rows."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), folder / description["parquet"])
    path = folder / f"{description['name']}.toml"
    path.write_text(tomli_w.dumps(description))
    return path


def trial(
    values: Mapping[str, Any], fidelity: float | None = None, seed: int = 0, continues_from: float | None = None
) -> Trial:
    return Trial(0, Proposal(Configuration(values), fidelity), seed, continues_from=continues_from)
