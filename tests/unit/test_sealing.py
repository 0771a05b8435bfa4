"""Sealed tables are in place whole or not at all, readable by anyone, and damage in them is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from results.sealing import read_table, write_table, write_text

TABLE = pa.table({"number": list(range(1000)), "word": [f"word {i}" for i in range(1000)]})


def test_a_table_reads_back_with_plain_pandas(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "new" / "trials.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "new" / "trials.parquet"), TABLE.to_pandas())


def test_writing_that_fails_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pq, "write_table", write_half)
    with pytest.raises(OSError, match="full"):
        write_table(TABLE, tmp_path / "trials.parquet")
    assert list(tmp_path.iterdir()) == []


def test_writing_that_fails_midway_leaves_the_table_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trials.parquet"
    write_table(TABLE.slice(0, 3), path)
    monkeypatch.setattr(pq, "write_table", write_half)
    with pytest.raises(OSError, match="full"):
        write_table(TABLE, path)
    monkeypatch.undo()
    assert read_table(path).num_rows == 3
    write_table(TABLE, path)
    assert read_table(path).num_rows == 1000


def write_half(_table: pa.Table, path: Path, **_options: object) -> None:
    Path(path).write_bytes(b"PAR1 and no more")
    raise OSError("the disk is full")


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "trials.parquet"
    noise = np.random.default_rng(0).random(1000)  # which no compression notices a flipped bit of
    write_table(pa.table({"noise": noise}), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert len(pd.read_parquet(path)) == 1000
    with pytest.raises(OSError, match="checksum"):
        read_table(path)


def test_text_replaces_what_was_there(tmp_path: Path) -> None:
    for text in ("old and long", "new π"):
        write_text(text, tmp_path / "run.json")
    assert (tmp_path / "run.json").read_text(encoding="utf-8") == "new π"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_text_that_fails_midway_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_text("half of it\udc80", tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_sealing_needs_no_module_that_somebody_else_imported() -> None:
    code = "import pyarrow as pa; from results.sealing import sealed_trials; from results.records import OUTCOMES;"
    code += "print(sealed_trials(OUTCOMES.empty_table(), {}).num_rows)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "0\n", done.stderr
