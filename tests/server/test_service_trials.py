"""The facade: trials page by page, one by one, and as files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_under_test import make_service, service, write_interrupted_run

from results.errors import CorruptStore
from results.exhibits import Exhibit, StoredExhibits, stored_to_json
from results.following import PLANNED
from results.items import Note
from results.records import OUTCOMES, TRIALS
from results.store import open_store
from tuner.errors import InvalidOption
from tuner.server import trial_table
from tuner.server.exports import NotSealed
from tuner.server.service import Service
from tuner.server.spreadsheet_cells import as_cells, guarded
from tuner.server.trial_query import SORTABLE, TrialQuery, UnknownTrial

__all__ = ["service"]

QUERIES = st.builds(
    TrialQuery,
    study=st.none() | st.integers(0, 25),
    task=st.sampled_from([None, "branin", "digits", "other"]),
    strategy=st.sampled_from([None, "tpe", "gp"]),
    status=st.sampled_from([None, "ok", "failed", "timeout"]),
    seed=st.none() | st.integers(0, 4),
    text=st.sampled_from(["", "0.1", "0.12", "ENDED IN", "nowhere"]),
    sort=st.sampled_from([None, *SORTABLE]),
    descending=st.booleans(),
    offset=st.integers(0, 40),
    limit=st.integers(1, 60),
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("runs")
    write_example_run(folder / "example", name="example", failures=0.3)
    return make_service(folder), open_store(folder / "example").trials


def chosen(frame: pd.DataFrame, query: TrialQuery) -> pd.DataFrame:
    """The plain meaning of a query."""
    for name in ("study", "task", "strategy", "seed"):
        value = getattr(query, name)
        frame = frame if value is None else frame[frame[name] == value]
    if query.status is not None:
        frame = frame[frame["status"] != "ok"] if query.status == "failed" else frame[frame["status"] == query.status]
    texts = frame["configuration"].astype(str) + "\n" + frame["message"].fillna("").astype(str)
    frame = frame[texts.str.casefold().str.contains(query.text.casefold(), regex=False)]
    if query.sort is None:
        return frame
    key = frame[query.sort].astype(str) if query.sort in {"task", "strategy", "status"} else frame[query.sort]
    order = key.sort_values(ascending=not query.descending, kind="stable", na_position="last").index
    return frame.loc[order]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES, piece=st.sampled_from([7, 8192]))
def test_a_page_holds_what_its_query_means(stored: tuple[Service, pd.DataFrame], query: TrialQuery, piece: int) -> None:
    service, frame = stored
    expected = chosen(frame, query)

    with mock.patch.object(trial_table, "_PIECE", piece):
        page = service.trials("example", query)

    assert page.total == len(expected)
    found = [(row.study, row.trial) for row in page.items]
    part = expected.iloc[query.offset : query.offset + query.limit]
    assert found == list(zip(part["study"], part["trial"], strict=True))


@pytest.mark.parametrize("wrong", [{"sort": "colour"}, {"status": "odd"}, {"limit": 501}, {"limit": 0}, {"offset": -1}])
def test_a_query_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidOption):
        TrialQuery(**wrong)  # type: ignore[arg-type]  # that is the point


def test_a_trial_is_told_whole(service: Service) -> None:
    stored = open_store(service.folder.runs / "example").trials
    ok = stored[stored["status"] == "ok"].iloc[5]

    found = service.trial("example", int(ok["study"]), int(ok["trial"]))

    assert found.row.value == ok["value"]
    assert dict(found.values) == {"score": ok["value"]}
    assert found.held_out == {"test": ok["value"] + 0.125}
    assert found.losses == list(ok["losses"])
    assert found.command == f"tuner explain example --study {ok['study']} --trial {ok['trial']}"


@pytest.mark.parametrize(
    "text",
    [
        r'{"a":"\ud800"}',
        '{"a":' + "[" * 300 + "]" * 300 + "}",
        '{"a":-Infinity,"b":1e400}',
        '{"a":1,"a":2.50}',
        '{"a":' + "9" * 400 + "}",
        "[1]",
    ],
    ids=["half of a character", "deep", "infinite", "twice", "large", "no table"],
)
def test_a_configuration_is_told_as_python_reads_it(tmp_path: Path, text: str) -> None:
    file = write_example_run(tmp_path / "example") / "trials.parquet"
    table = pq.read_table(file)
    place = table.column_names.index("configuration")
    texts = pa.array([text] * table.num_rows, pa.string())
    pq.write_table(table.set_column(place, table.schema.field(place), texts), file, write_page_checksum=True)
    service = make_service(tmp_path)
    read = json.loads(text)

    found = service.trials("example", TrialQuery(limit=1)).items[0].configuration

    assert repr(found) == repr(read if isinstance(read, dict) else {})
    service.close()
    service.queue.close()


def test_a_trial_that_is_not_there_is_unknown(service: Service) -> None:
    for study, trial in ((0, 12), (24, 0), (2**40, 2**60)):
        with pytest.raises(UnknownTrial):
            service.trial("example", study, trial)


def test_trials_under_way_come_from_the_journal_and_are_those_that_are_sealed(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    sealed = pq.read_table(tmp_path / "stopped" / "trials.parquet").to_pylist()
    for name in ("trials", "studies"):
        (tmp_path / "stopped" / f"{name}.parquet").unlink()
    service = make_service(tmp_path)

    page = service.trials("stopped", TrialQuery())

    assert [(row.study, row.trial, row.value) for row in page.items] == [
        (row["study"], row["trial"], row["value"]) for row in sealed
    ]
    assert dict(service.trial("stopped", 0, 3).values) == dict(sealed[3]["values"])
    with pytest.raises(NotSealed):
        service.export("stopped", "csv")


def test_a_table_that_was_replaced_is_read_anew(service: Service) -> None:
    before = service.trials("example", TrialQuery()).total
    write_example_run(service.folder.runs / "example", trials=3)

    assert service.trials("example", TrialQuery()).total == before / 4


def test_parquet_is_the_file_itself_and_arrow_has_the_same_rows(service: Service) -> None:
    file = service.folder.runs / "example" / "trials.parquet"

    assert b"".join(service.export("example", "parquet")) == file.read_bytes()
    read = pa.ipc.open_stream(b"".join(service.export("example", "arrow"))).read_all()
    assert read.to_pylist() == pq.read_table(file).to_pylist()


def test_csv_has_every_row_and_column(service: Service) -> None:
    stored = pq.read_table(service.folder.runs / "example" / "trials.parquet")

    rows = list(csv.DictReader(io.StringIO(b"".join(service.export("example", "csv")).decode())))

    assert list(rows[0]) == TRIALS.names
    assert [row["value"] for row in rows] == ["" if v is None else f"{v}" for v in stored["value"].to_pylist()]
    assert {row["values"] for row in rows if row["status"] != "ok"} == {"{}"}
    assert rows[0]["started"] == "2026-01-01T00:00:00.000000Z"


def test_csv_of_a_run_without_trials_has_headings_alone(tmp_path: Path) -> None:
    write_example_run(tmp_path / "none", name="none", trials=0)

    text = b"".join(make_service(tmp_path).export("none", "csv")).decode()

    assert next(csv.reader([text])) == TRIALS.names


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    texts = [f"{start}cmd|' /C calc'!A0", f"{start}1+1", start, "plain", None]

    assert guarded(pa.array(texts)).to_pylist() == [f"'{texts[0]}", f"'{texts[1]}", f"'{start}", "plain", None]
    assert as_cells(pa.array(texts[:1]).dictionary_encode()).to_pylist() == [f"'{texts[0]}"]


def test_numbers_are_no_formulas() -> None:
    assert guarded(pa.array(["-1", "+2.5", "-1e-9", "-.5"])).to_pylist() == ["-1", "+2.5", "-1e-9", "-.5"]
    assert as_cells(pa.array([-1.5, None])).to_pylist() == [-1.5, None]


def test_maps_and_lists_are_json() -> None:
    maps = pa.array([[('a"b', -1.5), ("c", np.nan)], [], None], OUTCOMES.field("values").type)

    assert as_cells(maps).to_pylist() == ['{"a\\"b":-1.5,"c":null}', "{}", None]
    assert as_cells(pa.array([[1.0, None], None], pa.list_(pa.float64()))).to_pylist() == ["[1,null]", None]
    sliced = pa.array([[("a", 1.0)], [("b", 2.0)]], OUTCOMES.field("values").type)[1:]
    assert as_cells(sliced).to_pylist() == ['{"b":2}']


def test_reports_are_made_once_and_again_when_the_run_has_changed(service: Service) -> None:
    first = service.report_html(["example"])

    assert first.startswith(b"<!DOCTYPE html>") or first.lstrip().lower().startswith(b"<!doctype html>")
    assert service.report_html(["example"]) == first
    assert service.workshop.asked.count("report") == 1  # type: ignore[attr-defined]  # it counts here
    write_example_run(service.folder.runs / "example", seeds=2)
    assert service.report_html(["example"]) != first


def test_a_report_can_be_of_some_tasks_and_strategies(service: Service) -> None:
    told = service.report_json(["example"], tasks=["branin"], strategies=["tpe", "gp"])

    assert (told["tasks"], told["strategies"]) == (["branin"], ["tpe", "gp"])


def test_two_strategies_are_compared(service: Service) -> None:
    assert [section["id"] for section in service.comparison(["example"], "tpe", "gp")["sections"]] == ["comparison"]


def test_trials_of_a_study_that_was_not_planned_are_damage_and_no_internal_error(tmp_path: Path) -> None:
    folder = write_interrupted_run(tmp_path / "stopped")
    for name in ("trials", "studies"):
        (folder / f"{name}.parquet").unlink()
    planned = folder / "journal" / PLANNED
    table = pq.read_table(planned)
    pq.write_table(table.filter(pc.not_equal(table["study"], 0)), planned, write_page_checksum=True)
    service = make_service(tmp_path)

    with pytest.raises(CorruptStore, match="not planned"):
        service.trials("stopped", TrialQuery())
    service.close()
    service.queue.close()


def test_what_a_run_teaches_is_told_of_its_trial_alone_and_anew_once_there_is_more(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "example") / "exhibits"
    folder.mkdir()
    service = make_service(tmp_path)
    (folder / "broken.json").write_text("{")
    (folder / "one.json").write_text(taught(study=0, trial=1))
    before = [service.trial("example", *key).exhibits for key in ((0, 1), (0, 2), (1, 1))]
    (folder / "two.json").write_text(taught(study=0, trial=2))
    after = [service.trial("example", *key).exhibits for key in ((0, 1), (0, 2), (1, 1))]

    assert [len(found) for found in before] == [1, 0, 0]
    assert [len(found) for found in after] == [1, 1, 0]
    service.close()
    service.queue.close()


def taught(study: int, trial: int) -> str:
    exhibit = Exhibit("words", "Words", (Note("as they are"),))
    stored = StoredExhibits("example", "branin", "gp", 0, study, trial, {"x": 1.0}, {"score": 0.5}, {}, (exhibit,))
    return stored_to_json(stored)
