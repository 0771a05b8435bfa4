"""The best value so far of every study of a run: by our own code, and as one writes it in pandas, Polars and DuckDB."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Query:
    """One way to ask for it."""

    imports: tuple[str, ...]
    """What is imported before the clock starts."""
    run: Callable[[Path], Any]
    """The answer for the run in this folder, in the library's own form."""
    numbers: Callable[[Any], NDArray[np.float64]]
    """The answer's best values [n], by study and trial; NaN or infinite until the first success."""

    def load(self) -> None:
        """Import what it needs."""
        for name in self.imports:
            import_module(name)


def by_tuner(run: Path) -> Any:
    """With the labels of tasks, strategies and seeds, failures, fidelities and goals seen to."""
    from results import open_store
    from results.analysis.curves import incumbent_curves

    return incumbent_curves(open_store(run))


def by_pandas(run: Path) -> Any:
    """The rows are in the order of study and trial, as sealed."""
    import pandas as pd

    trials = pd.read_parquet(run / "trials.parquet", columns=["study", "trial", "value"])
    trials["best"] = trials["value"].fillna(np.inf).groupby(trials["study"]).cummin()
    return trials


def by_polars(run: Path) -> Any:
    """Likewise."""
    import polars as pl

    best = pl.col("value").fill_null(float("inf")).cum_min().over("study")
    return pl.scan_parquet(run / "trials.parquet").select("study", "trial", best.alias("best")).collect()


def by_duckdb(run: Path) -> Any:
    """As a window over each study; the rows come back in any order."""
    import duckdb

    window = "min(value) OVER (PARTITION BY study ORDER BY trial)"
    query = f"SELECT study, trial, {window} AS best FROM '{run / 'trials.parquet'}'"  # noqa: S608  our own file
    return duckdb.execute(query).fetchnumpy()


def _tuner_values(curves: Any) -> NDArray[np.float64]:
    """Every study has as many trials, the plan is in the order of task, strategy and seed, and all is minimised."""
    return np.concatenate([curve.losses.ravel() for curve in curves])


def _frame_values(trials: Any) -> NDArray[np.float64]:
    return np.asarray(trials["best"].to_numpy(), dtype=np.float64)


def _unordered_values(columns: Any) -> NDArray[np.float64]:
    order = np.lexsort((columns["trial"], columns["study"]))
    return np.ma.filled(columns["best"].astype(np.float64), np.nan)[order]


OURS = "tuner"
QUERIES: Mapping[str, Query] = {
    OURS: Query(("results.analysis.curves", "pyarrow.parquet"), by_tuner, _tuner_values),
    "pandas": Query(("pandas", "pyarrow.dataset", "pyarrow.parquet"), by_pandas, _frame_values),
    "Polars": Query(("polars",), by_polars, _frame_values),
    "DuckDB": Query(("duckdb", "numpy.ma"), by_duckdb, _unordered_values),
}
