"""The trials of a run under way: what has been read of its journal, and what comes after that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run
from service_under_test import make_service

from results.journal import Journal, Wave
from results.records import OUTCOMES, STUDIES
from tuner.server import trial_journal
from tuner.server.service import Service
from tuner.server.trial_query import TrialQuery


class Growing:
    """A run whose journal gets its trials, the last studies first, a few at a time."""

    def __init__(self, folder: Path) -> None:
        write_example_run(folder, failures=0.3)
        planned = [row | {"status": "planned"} for row in pq.read_table(folder / "studies.parquet").to_pylist()]
        self.rows: list[dict[str, Any]] = pq.read_table(folder / "trials.parquet").to_pylist()
        for name in ("trials", "studies"):
            (folder / f"{name}.parquet").unlink()
        info = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(info | {"state": "interrupted", "finished": None}))
        self.journal = Journal(folder / "journal")
        pq.write_table(pa.Table.from_pylist(planned, schema=STUDIES), folder / "journal" / "planned.parquet")
        self.stored: list[dict[str, Any]] = []

    def grow(self, trials: int) -> None:
        new = self.rows[len(self.rows) - len(self.stored) - trials : len(self.rows) - len(self.stored)]
        rows = [{name: row[name] for name in OUTCOMES.names} for row in new]
        self.journal.append([Wave(0, len(self.stored), pa.RecordBatch.from_pylist(rows, OUTCOMES)).encode()])
        self.stored = [*new, *self.stored]

    @property
    def path(self) -> Path:
        return self.journal.path


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[Growing, Service]]:
    run = Growing(tmp_path / "example")
    made = make_service(tmp_path)
    yield run, made
    run.journal.close()
    made.close()
    made.queue.close()


def test_trials_that_have_come_since_are_told_in_their_order(growing: tuple[Growing, Service]) -> None:
    run, service = growing
    for _ in range(5):
        run.grow(7)
        found = service.trials("example", TrialQuery(limit=500)).items

        told = [(row.study, row.trial, row.task, row.strategy, row.seed, row.value, row.message) for row in found]
        names = ("study", "trial", "task", "strategy", "seed", "value", "message")
        assert told == [tuple(row[name] for name in names) for row in run.stored]


@pytest.mark.parametrize(
    "query", [TrialQuery(task="digits"), TrialQuery(status="failed"), TrialQuery(text="0.12"), TrialQuery(sort="value")]
)
def test_a_filter_that_was_asked_before_finds_what_has_come_since(
    growing: tuple[Growing, Service], query: TrialQuery
) -> None:
    run, service = growing
    run.grow(90)
    before = service.trials("example", query).total
    run.grow(90)
    after = service.trials("example", query).total
    service.trials("example", TrialQuery())

    assert before < after == service.trials("example", query).total
    assert after == make_service(service.folder.runs).trials("example", query).total


def test_a_single_trial_is_told_with_all_that_is_stored_of_it(growing: tuple[Growing, Service]) -> None:
    run, service = growing
    run.grow(30)
    row = run.stored[4]
    run.grow(30)

    found = service.trial("example", row["study"], row["trial"])

    assert (found.trial_seed, found.worker, found.extras) == (row["trial_seed"], row["worker"], dict(row["extras"]))


def test_a_wave_of_which_a_part_is_written_is_told_once_it_is_whole(growing: tuple[Growing, Service]) -> None:
    run, service = growing
    run.grow(5)
    whole = run.path.read_bytes()
    run.grow(5)
    both = run.path.read_bytes()
    totals = []
    for content in (whole, both[:-3], both):
        run.path.write_bytes(content)
        totals.append(service.trials("example", TrialQuery()).total)

    assert totals == [5, 5, 10]


def test_many_waves_are_told_like_few(growing: tuple[Growing, Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_journal, "_MOST_PARTS", 2)
    run, service = growing
    for _ in range(9):
        run.grow(3)
        service.trials("example", TrialQuery())

    found = service.trials("example", TrialQuery(sort="study", limit=500)).items
    assert [(row.study, row.trial) for row in found] == [(row["study"], row["trial"]) for row in run.stored]


def test_a_journal_that_has_not_grown_is_not_opened_again(
    growing: tuple[Growing, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, service = growing
    run.grow(5)
    service.trials("example", TrialQuery())
    monkeypatch.delattr(trial_journal, "read_blocks_after")

    assert service.trials("example", TrialQuery()).total == 5
