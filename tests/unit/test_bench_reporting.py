"""That the benchmark of reports asks everybody the same, and tells what it measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import reporting
from bench.best_so_far import OURS, QUERIES
from bench.fresh_process import Use, use_here, use_of
from bench.reporting import print_queries, print_report
from bench.synthetic_store import Extent, write_synthetic_run
from results import open_store

TINY = Extent(tasks=2, strategies=3, seeds=2, trials=7)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_synthetic_run(tmp_path_factory.mktemp("synthetic") / "run", Extent(2, 3, 40, 7))


def test_a_synthetic_run_holds_what_was_asked_for(tmp_path: Path) -> None:
    store = open_store(write_synthetic_run(tmp_path, TINY))
    assert len(store.studies) == 12
    assert len(store.outcomes) == TINY.total == 84
    assert store.strategies == ("random", "closer-1", "closer-2")
    assert store.studies["failures"].sum() == (store.outcomes["status"] != "ok").sum()
    assert store.trials["trial"].tolist() == [*range(7)] * 12


def test_a_synthetic_run_can_be_written_again(tmp_path: Path) -> None:
    first, second = (write_synthetic_run(tmp_path / name, TINY) for name in "ab")
    assert (first / "trials.parquet").read_bytes() == (second / "trials.parquet").read_bytes()


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_gives_the_best_value_so_far(run: Path, name: str) -> None:
    query = QUERIES[name]
    for module in query.imports:
        pytest.importorskip(module)
    trials = open_store(run).trials
    expected = [np.fmin.accumulate(values.to_numpy()) for _, values in trials.groupby("study")["value"]]
    found = query.numbers(query.run(run))
    np.testing.assert_array_equal(np.where(np.isfinite(found), found, np.nan), np.concatenate(expected))


def test_some_study_begins_with_a_failure(run: Path) -> None:
    trials = open_store(run).trials.query("trial == 0")
    assert trials["value"].isna().any(), "else the queries would not be compared on one"


def test_a_fresh_process_tells_seconds_and_its_own_memory(run: Path) -> None:
    held = np.ones(40_000_000)  # of which a process that this one starts must know nothing
    use = use_of("query", OURS, run)
    assert use.seconds > 0
    assert 20 < use.peak_megabytes < held.nbytes / 1e6
    assert use.made == use_here("query", OURS, run).made


def test_a_section_that_a_run_has_no_reason_for_is_told_from_one_that_it_has(run: Path) -> None:
    assert use_here("section", "cost", run).made == "yes"
    assert use_here("section", "simulated-clock", run).made == "no"


def test_speeds_are_told_beside_the_fastest_peer(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = {OURS: 3.0, "pandas": 4.0, "Polars": 2.0, "DuckDB": 5.0}
    uses = {name: Use(value, 100.0, "other" if name == "DuckDB" else "same") for name, value in seconds.items()}
    monkeypatch.setattr(reporting, "version", lambda _: "1.0")
    monkeypatch.setattr(reporting, "use_of", lambda _kind, name, _run: uses[name])
    print_queries({TINY: run}, rounds=2)
    *_, ours, pandas, polars, duckdb = capsys.readouterr().out.splitlines()
    assert ours == "| tuner | 84 | 3.000 | 3.000–3.000 | 1.50 × | 100 | yes |"
    assert "| 2.00 × |" in pandas
    assert "| 1.00 × |" in polars
    assert duckdb.endswith("| no |")


def test_the_report_is_told_by_section_and_as_a_page(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    uses = {"whole page": Use(9.0, 300.0, "1500000"), "cost": Use(1.0, 200.0, "yes")}
    nothing = Use(0.0, 0.0, "no")
    monkeypatch.setattr(reporting, "use_of", lambda _kind, name, _run: uses.get(name, nothing))
    print_report({TINY: run})
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("| ")][1:] == [
        "| cost | 1.00 | 200 |",
        "| whole page | 9.00 | 300 |",
    ]
    assert lines[-1] == "The page takes 1.50 MB for 84 trials."
