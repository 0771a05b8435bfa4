"""The tables of a report as files, and the report as data."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run

from results.analysis.leaderboard import leaderboard
from results.item_json import read_item
from results.items import Chart, Column, Table
from results.json_object import JsonObject
from results.render import render
from results.render.folder import write_tables
from results.render.tables import FORMATS
from results.report import Report, Section
from results.sections import leaderboard as leaderboard_section
from results.store import open_store

MIXED = Table(
    "What there is",
    (
        Column("Name"),
        Column("To", "number"),
        Column("to", "number"),
        Column("Count", "integer"),
        Column("p", "percent"),
    ),
    (("a\x1b", 0.1234567890123, math.nan, 3, 0.5), ("b", 1.0, 2.0, None, math.inf)),
)


def report_of(table: Table) -> Report:
    return Report("Example", (Section("mine", "Mine", (table,)),))


def written(tmp_path: Path, file_format: str) -> Path:
    return write_tables(report_of(MIXED), tmp_path, file_format).paths[0]


@pytest.mark.parametrize(
    ("file_format", "ending"),
    [("csv", "csv"), ("parquet", "parquet"), ("json", "json"), ("latex", "tex"), ("md", "md")],
)
def test_a_table_is_a_file_named_after_its_section(tmp_path: Path, file_format: str, ending: str) -> None:
    assert written(tmp_path, file_format) == tmp_path / f"01-mine-table-1.{ending}"


def test_a_parquet_file_holds_types_and_full_precision(tmp_path: Path) -> None:
    found = pq.read_table(written(tmp_path, "parquet"))

    assert found.column_names == ["name", "to", "to_2", "count", "p"]
    assert [field.type for field in found.schema] == [pa.string(), pa.float64(), pa.float64(), pa.int64(), pa.float64()]
    assert found.to_pylist()[0] == {"name": "a\ufffd", "to": 0.1234567890123, "to_2": None, "count": 3, "p": 0.5}
    assert found.to_pylist()[1] == {"name": "b", "to": 1.0, "to_2": 2.0, "count": None, "p": None}
    assert found.schema.metadata[b"caption"] == b"What there is"


def test_a_latex_table_says_what_it_needs_and_has_a_label_of_its_own(tmp_path: Path) -> None:
    text = written(tmp_path, "latex").read_text()
    assert text.startswith("% needs ")
    assert r"\label{tab:01-mine-table-1}" in text


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, file_format: str) -> None:
    assert written(tmp_path / "a", file_format).read_bytes() == written(tmp_path / "b", file_format).read_bytes()


def test_the_numbers_behind_a_chart_have_the_name_of_its_figure(tmp_path: Path) -> None:
    chart = Chart("Dots", "dots", dict, MIXED)
    found = write_tables(Report("x", (Section("mine", "Mine", (MIXED, chart)),)), tmp_path, "csv")
    index = json.loads(found.paths[-1].read_text())

    assert [path.name for path in found.paths] == ["01-mine-table-1.csv", "01-mine-1.csv", "tables.json"]
    assert [entry["caption"] for entry in index] == ["What there is", "Dots"]


def test_a_csv_file_agrees_with_the_leaderboard_to_the_last_digit(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run"))
    report = Report("x", (leaderboard_section.section(store),))
    file = write_tables(report, tmp_path / "tables", "csv").paths[0]
    with file.open() as opened:
        rows = list(csv.DictReader(opened))

    assert [float(row["score"]) for row in rows] == [row.score for row in leaderboard(store)]


def test_the_report_as_json_holds_every_item_in_full_precision() -> None:
    told = json.loads(render(report_of(MIXED), "json"))

    assert told["title"] == "Example"
    assert [section["id"] for section in told["sections"]] == ["mine"]
    (table,) = told["sections"][0]["items"]
    assert table["rows"][0][1] == 0.1234567890123
    assert table["rows"][0][2] is None


def test_the_items_of_the_json_can_be_read_back(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run"))
    section = leaderboard_section.section(store)
    told = json.loads(render(Report("x", (section,)), "json"))
    items = [read_item(JsonObject.of(item, "it")) for item in told["sections"][0]["items"]]

    assert [type(item) for item in items] == [type(item) for item in section.items]
    assert [item for item in items if isinstance(item, Table)] == list(section.tables)


def test_the_same_report_gives_the_same_json() -> None:
    assert render(report_of(MIXED), "json") == render(report_of(MIXED), "json")
