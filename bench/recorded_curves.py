"""The recorded learning curves that ship, written once for us and once for other simulators: the same numbers."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.recorded.shipped import shipped_tables
from results.table_file import TableDescription, open_table_file, write_table_file

CURVES: Final = "bn-relu-net-curves"
WORST: Final = 1.0
"""The error of an evaluation that failed: other simulators know no failures."""


@dataclass(frozen=True)
class Curves:
    """The shipped table, either with its nine parameters or with two that number its curves: tens and units.

    With nine, a configuration that was not recorded is looked up at the nearest one; by number, all are recorded.
    """

    by_number: bool

    def write(self, folder: Path) -> Path:
        """Write both forms into the folder; returns the path of our own table."""
        configurations = self._rows.groupby("curve", sort=True).first()
        names = list(self._described.parameters)
        configurations.reset_index()[names].to_csv(folder / "configurations.csv", index=False)
        measured = self._rows[["error", "seconds"]].to_numpy().reshape(len(configurations), -1, 2)
        np.save(folder / "curves.npy", measured)
        described = self._described.model_dump(mode="json", exclude_none=True)
        told = {
            "is_exact": self.by_number,
            "epoch_seconds": self.epoch_seconds,
            "parameters": described["parameters"],
        }
        (folder / "curves.json").write_text(json.dumps(told), encoding="utf-8")
        rows = pa.Table.from_pandas(self._rows[[*names, "epochs", "error", "seconds"]], preserve_index=False)
        return write_table_file(self._described, rows, folder)

    @property
    def epoch_seconds(self) -> float:
        """What an epoch typically takes: the median."""
        first = self._rows["epochs"] == 1
        added: NDArray[np.float64] = self._rows["seconds"].where(first, self._rows["seconds"].diff()).to_numpy()
        return float(np.median(added))

    @cached_property
    def _shipped(self) -> TableDescription:
        return open_table_file(shipped_tables()[CURVES]).description

    @cached_property
    def _rows(self) -> pd.DataFrame:
        """A row an epoch, curve after curve."""
        rows: pd.DataFrame = open_table_file(shipped_tables()[CURVES]).rows().to_pandas()
        curve = (rows["epochs"] == 1).cumsum() - 1
        numbered = rows.assign(curve=curve, tens=curve // 10, units=curve % 10)
        return numbered.assign(error=rows["error"].fillna(WORST), epochs=rows["epochs"].astype(int))

    @cached_property
    def _described(self) -> TableDescription:
        fields = self._shipped.model_dump(exclude_none=True)
        kept = {name: fields[name] for name in ("objectives", "cost", "fidelity", "parameters")}
        if self.by_number:
            highest = {"tens": int(self._rows["tens"].max()), "units": 9}
            kept["parameters"] = {n: {"kind": "Integer", "low": 0, "high": h, "log": False} for n, h in highest.items()}
        named = {"name": "curves", "parquet": "curves.parquet", "lookup": "exact" if self.by_number else "nearest"}
        return TableDescription.model_validate({**kept, **named})
