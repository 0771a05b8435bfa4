"""Exhibits as JSON: what was written is read again, the same exhibits give the same text, damage is told."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from example_store import write_example_run
from hypothesis import given, settings
from hypothesis import strategies as st

from results.charts.plain import Axes, lines
from results.errors import CorruptStore, ResultsError
from results.exhibits import Exhibit, StoredExhibits, from_json, stored_from_json, stored_to_json, to_json
from results.item_json import Drawn
from results.items import (
    Cell,
    Chart,
    Column,
    Gallery,
    Heading,
    Item,
    Key,
    Listing,
    Note,
    Panels,
    Picture,
    Points,
    Specification,
    Table,
    Text,
)
from results.pictures import picture
from results.render.drawing import draw
from results.store import open_store

TABLE = Table("t", (Column("x", "number"), Column("y", "number")), ((1.0, 2.0), (2.0, 3.0)))

texts = st.text(max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False)
cells: st.SearchStrategy[Cell] = st.none() | texts | st.integers() | finite
columns = st.builds(Column, texts, st.sampled_from(["text", "number", "seconds"]), st.integers(0, 9), texts)
json_values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
drawn: st.SearchStrategy[Callable[[], Specification]] = st.builds(
    Drawn, st.dictionaries(texts, json_values, max_size=3)
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    headings = draw(st.lists(columns, max_size=3))
    row = st.tuples(*(cells for _ in headings))
    return Table(draw(texts), tuple(headings), tuple(draw(st.lists(row, max_size=3))))


charts = st.builds(Chart, texts, texts, drawn, tables())
pictures = st.builds(Picture, texts, texts, st.binary(max_size=20), st.integers(1, 900))
several = st.lists(texts, max_size=3).map(tuple)
items: st.SearchStrategy[Item] = st.one_of(
    st.builds(Text, texts),
    st.builds(Note, texts),
    st.builds(Points, several),
    st.builds(Listing, texts, texts),
    tables(),
    charts,
    st.builds(Key, several),
    st.builds(Panels, texts, st.lists(charts, max_size=2).map(tuple)),
    st.builds(Heading, texts, st.sampled_from([3, 4, 5])),
    pictures,
    st.builds(Gallery, texts, st.lists(pictures, max_size=2).map(tuple)),
)
names = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5})?", fullmatch=True)
exhibits = st.builds(Exhibit, names, texts, st.lists(items, max_size=4).map(tuple))
several_exhibits = st.lists(exhibits, max_size=3, unique_by=lambda exhibit: exhibit.name).map(tuple)
numbers = st.dictionaries(texts, st.none() | finite, max_size=3)
stored_exhibits = st.builds(
    StoredExhibits,
    run=st.just("nightly"),
    task=texts,
    strategy=texts,
    seed=st.integers(0, 99),
    study=st.integers(0, 99),
    trial=st.integers(0, 99),
    configuration=st.dictionaries(texts, st.booleans() | st.integers() | finite | texts, max_size=3),
    values=numbers,
    held_out=numbers,
    exhibits=several_exhibits,
)


def exhibit_of(*items: Item) -> Exhibit:
    return Exhibit("one", "One", items)


def stored_of(**changes: object) -> StoredExhibits:
    whole = StoredExhibits("example", "branin", "tpe", 1, 5, 3, {"x": 0.5}, {"score": 0.1}, {}, (exhibit_of(),))
    return replace(whole, **changes)  # type: ignore[arg-type]  # names and types are checked by the test that fails


def broken(change: Mapping[str, object], item: Mapping[str, object] | None = None) -> str:
    """The text of stored exhibits, with some values of it or of its only item replaced."""
    fields = json.loads(stored_to_json(stored_of(exhibits=(exhibit_of(TABLE),))))
    fields["exhibits"][0]["items"][0] |= item or {}
    return json.dumps(fields | change)


@given(several_exhibits)
@settings(deadline=None, max_examples=60)
def test_exhibits_are_read_as_they_were_written(exhibits: tuple[Exhibit, ...]) -> None:
    assert from_json(to_json(exhibits)) == exhibits


@given(stored_exhibits)
@settings(deadline=None, max_examples=60)
def test_stored_exhibits_are_read_as_they_were_written(stored: StoredExhibits) -> None:
    assert stored_from_json(stored_to_json(stored), "nightly") == stored


@given(several_exhibits)
@settings(deadline=None, max_examples=60)
def test_writing_what_was_read_gives_the_same_text(exhibits: tuple[Exhibit, ...]) -> None:
    assert to_json(from_json(to_json(exhibits))) == to_json(exhibits)


def test_the_order_of_a_mapping_does_not_change_the_text() -> None:
    one, other = (stored_of(configuration=dict(order)) for order in ((("a", 1), ("b", 2)), (("b", 2), ("a", 1))))

    assert stored_to_json(one) == stored_to_json(other)


def test_the_text_is_compact_and_says_its_format() -> None:
    assert to_json([]) == '{"exhibits":[],"format":1}'


@pytest.mark.parametrize("number", [math.nan, math.inf, np.float64("-inf"), np.float32("nan")])
def test_a_number_that_is_not_finite_becomes_null(number: float) -> None:
    table = Table("t", (Column("n", "number"),), ((number,),))
    (read,) = from_json(to_json([exhibit_of(table)]))

    assert read.items == (Table("t", (Column("n", "number"),), ((None,),)),)


def test_scalars_of_numpy_become_plain_numbers() -> None:
    row = (np.int64(3), np.float32(0.5), np.str_("a"))
    given = Table("t", (Column("i", "integer"), Column("f", "number"), Column("s")), (row,))  # type: ignore[arg-type]  # as a task may
    (read,) = from_json(to_json([exhibit_of(given)]))

    (table,) = read.items
    assert isinstance(table, Table)
    assert [(type(cell), cell) for cell in table.rows[0]] == [(int, 3), (float, 0.5), (str, "a")]


def test_a_chart_is_drawn_up_once_and_drawn_the_same_after_reading() -> None:
    calls = []
    whole = lines("c", "d", TABLE, Axes("x", "y"))

    def counted() -> Specification:
        calls.append(1)
        return whole.specification()

    (read,) = from_json(to_json([exhibit_of(replace(whole, specification=counted))]))
    (chart,) = read.items

    assert len(calls) == 1
    assert isinstance(chart, Chart)
    assert draw(chart, "f") == draw(whole, "f")


def test_a_picture_keeps_its_bytes() -> None:
    shown = picture("c", "d", np.arange(12, dtype=np.uint8).reshape(3, 4), width=40)

    assert from_json(to_json([exhibit_of(shown)]))[0].items == (shown,)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([exhibit_of(), exhibit_of()], "two exhibits are called 'one': their names are distinct"),
        ([Exhibit("No Name", "", ())], "exhibit 'No Name' cannot be stored: .*'No Name' is no name of an exhibit"),
        ([object()], "exhibits are of class Exhibit, not object"),
        ([exhibit_of("text")], "an exhibit shows texts, tables, charts and pictures, not str"),  # type: ignore[arg-type]  # as a task may
        ([exhibit_of(Points("abc"))], "'texts' is a text, not a list"),  # type: ignore[arg-type]  # as a task may
        ([exhibit_of(Text(3))], "'text' is an integer, not a text"),  # type: ignore[arg-type]  # as a task may
        ([exhibit_of(Text(1j))], "cannot be stored as JSON: 1j of type complex"),  # type: ignore[arg-type]  # as a task may
        ([exhibit_of(Table("t", (Column("c"),), (((1, 2),),)))], "a row is a list of texts, numbers and null"),  # type: ignore[arg-type]  # as a task may
    ],
)
def test_what_cannot_be_stored_is_refused_in_one_line(given: list[Exhibit], reason: str) -> None:
    with pytest.raises(ResultsError, match=reason) as refused:
        to_json(given)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "run/one.json is damaged: Expecting value"),
        (broken({})[:-9], "run/one.json is damaged: "),
        ("[]", "run/one.json is damaged: is a list, not an object"),
        ("[" * 100_000, "run/one.json is damaged: nested too deeply"),
        (broken({}).replace("1.0", "NaN"), "run/one.json is damaged: NaN is not JSON"),
        (broken({"format": 2}), "run/one.json has format 2; this version reads format 1"),
        ("{}", "run/one.json is damaged: 'format' is missing"),
        (broken({"seed": "1"}), "'seed' is a text, not an integer"),
        (broken({"trial": True}), "'trial' is a truth value, not an integer"),
        (broken({"values": {"score": "high"}}), "'values' holds what is neither a number nor null"),
        (broken({"configuration": {"x": []}}), "'configuration' holds a list or an object"),
        (broken({"exhibits": [3]}), "'exhibits' is damaged: is an integer, not an object"),
        (broken({}, {"item": "film"}), "no item is called 'film'; known: text, note"),
        (broken({}, {"rows": [[1.0]]}), "table 't': a row of 1 cells under 2 columns"),
        (broken({}, {"rows": [[1.0, {}]]}), "a row is a list of texts, numbers and null"),
        (broken({}, {"rows": 3}), "'rows' is an integer, not a list"),
        (broken({}, {"columns": [{"name": "x", "kind": "blue"}]}), "no kind of column is called 'blue'; known: text"),
        (broken({}, {"item": "heading", "text": "h", "level": 1}), "no heading is of level 1; known: 3, 4, 5"),
        (broken({}, {"item": "points", "texts": ["a", 1]}), "'texts' is a list that does not only hold texts"),
        (broken({}, {"item": "picture", "png": "?", "width": 1, "description": ""}), "'png' is not base64"),
    ],
)
def test_damage_is_told_in_one_line_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(CorruptStore, match=reason) as told:
        stored_from_json(text, "example", where="run/one.json")

    assert str(told.value).startswith("run/one.json")
    assert "\n" not in str(told.value)


@given(st.text(max_size=30) | json_values.map(json.dumps))
def test_no_other_text_is_read_as_exhibits(text: str) -> None:
    with pytest.raises(CorruptStore):
        from_json(text)


SCHEMA_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema.md"


def documented(headings: str) -> set[str]:
    """The names in the first column of the table with these headings in the part about exhibits."""
    part = SCHEMA_PAGE.read_text(encoding="utf-8").partition("## The exhibits")[2]
    rows = part.partition(f"\n{headings}\n|---|---|\n")[2].partition("\n\n")[0]
    return {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_reference_names_every_key_of_a_file() -> None:
    assert {*json.loads(stored_to_json(stored_of()))} == documented("| key | meaning |")


def test_the_reference_names_every_item() -> None:
    assert {kind.__name__.lower() for kind in get_args(Item)} == documented("| item | keys |")


def write_exhibits(run: Path, **files: StoredExhibits) -> Path:
    """Store exhibits in a run's folder, by the stem of their file."""
    (run / "exhibits").mkdir()
    for stem, stored in files.items():
        (run / "exhibits" / f"{stem}.json").write_text(stored_to_json(stored), encoding="utf-8")
    return run


def test_a_store_without_the_folder_has_no_exhibits(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a"))

    assert store.exhibit_files == ()
    assert store.exhibits == ()


def test_a_store_has_the_exhibits_of_its_runs_in_the_order_of_runs_and_files(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "b", name="first", tasks=("branin", "digits"))
    second = write_example_run(tmp_path / "a", name="second", tasks=("moons",))
    write_exhibits(first, b=stored_of(task="digits", study=12), a=stored_of())
    write_exhibits(second, z=stored_of(task="moons"))
    found = open_store(first, second).exhibits

    assert [(stored.run, stored.task) for stored in found] == [
        ("first", "branin"),
        ("first", "digits"),
        ("second", "moons"),
    ]


def test_exhibits_have_the_labels_and_seeds_of_the_merged_runs(tmp_path: Path) -> None:
    runs = [
        write_exhibits(
            write_example_run(tmp_path / name, name=name, strategies=("tpe",), seed=seed, seeds=2, options=options),
            one=stored_of(strategy="tpe", seed=1, study=1),
        )
        for name, seed, options in (("a", 0, "{}"), ("b", 7, '{"startup":20}'))
    ]
    found = open_store(*runs).exhibits

    assert [(stored.strategy, stored.seed) for stored in found] == [("tpe (a)", 1), ("tpe (b)", 3)]


def test_exhibits_of_a_repeated_study_are_taken_from_the_first_run(tmp_path: Path) -> None:
    runs = [write_exhibits(write_example_run(tmp_path / n, name=n), one=stored_of()) for n in ("a", "b")]

    assert [stored.run for stored in open_store(*runs).exhibits] == ["a"]


def test_a_damaged_file_is_told_only_when_it_is_read(tmp_path: Path) -> None:
    run = write_exhibits(write_example_run(tmp_path / "a"), whole=stored_of())
    (run / "exhibits" / "torn.json").write_bytes(b"\xff{")
    store = open_store(run)

    assert [file.name for file in store.exhibit_files] == ["torn.json", "whole.json"]
    with pytest.raises(CorruptStore, match=r"torn\.json cannot be read"):
        _ = store.exhibits
    assert store.read_exhibits(run / "exhibits" / "whole.json") == stored_of()


def test_a_whole_number_that_is_no_float_is_refused() -> None:
    huge = Table("t", (Column("x", "number"),), ((10**400,),))
    with pytest.raises(ResultsError, match=r"at most 1e300, not one of 401 digits"):
        to_json([exhibit_of(huge)])
