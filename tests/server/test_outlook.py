"""What earlier runs tell of how long trials take, whatever lies among them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run

from tuner.server import outlook
from tuner.server.outlook import seconds_of_trials


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    outlook._spent.cache_clear()


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A run beside another one, called `example`, that is to be damaged."""
    for name in ("example", "damaged"):
        write_example_run(tmp_path / name)
    return tmp_path / "damaged"


def expected(tmp_path: Path) -> dict[str, tuple[float, int]]:
    write_example_run(tmp_path / "alone" / "example")
    return seconds_of_trials(tmp_path / "alone")


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"[1]", b"", b'{"suite": 1}'])
def test_a_run_whose_run_json_is_damaged_tells_nothing_and_the_others_do(
    damaged: Path, tmp_path: Path, content: bytes
) -> None:
    (damaged / "run.json").write_bytes(content)

    assert seconds_of_trials(tmp_path) == expected(tmp_path)


def test_a_run_whose_day_has_no_time_zone_is_damaged(damaged: Path, tmp_path: Path) -> None:
    told = json.loads((damaged / "run.json").read_text())
    (damaged / "run.json").write_text(json.dumps({**told, "created": "2026-01-01T00:00:00"}))

    assert seconds_of_trials(tmp_path) == expected(tmp_path)


@pytest.mark.parametrize(
    "table",
    [
        None,
        pa.table({"task": ["branin"], "seconds": ["long"]}),
        pa.table({"task": [[1]], "seconds": [1.0]}),
        pa.table({"task": ["branin"], "seconds": [float("nan")]}),
        pa.table({"task": ["branin"], "seconds": pa.array([None], pa.float64())}),
        pa.table({"other": [1]}),
        pa.table({"task": pa.array([], pa.string()), "seconds": pa.array([], pa.float64())}),
    ],
)
def test_a_run_whose_table_is_damaged_tells_nothing_and_the_others_do(
    damaged: Path, tmp_path: Path, table: pa.Table | None
) -> None:
    if table is None:
        (damaged / "trials.parquet").write_bytes(b"PAR1 and no more")
    else:
        pq.write_table(table, damaged / "trials.parquet")

    assert seconds_of_trials(tmp_path) == expected(tmp_path)


def test_a_run_that_goes_while_it_is_looked_at_tells_nothing(
    damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = outlook._latest_finished(tmp_path)
    (damaged / "trials.parquet").unlink()
    there = expected(tmp_path)
    monkeypatch.setattr(outlook, "_latest_finished", lambda _runs: found)

    assert seconds_of_trials(tmp_path) == there
