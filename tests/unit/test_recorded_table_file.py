"""What is wrong with a table of evaluations is told in one line, with the file and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tables_under_test import CURVE_ROWS, CURVES, GRID, ROWS, write

from benchmarks.recorded import RecordedTable
from results.table_file import InvalidTable, open_table_file
from tuner.errors import InvalidOption

CONDITIONAL = {
    "parameters": {
        "kind": {"kind": "Categorical", "choices": ["a", "b"]},
        "depth": {"kind": "Integer", "low": 1, "high": 3},
    },
    "conditions": [{"parameter": "depth", "parent": "kind", "values": ["b"]}],
}


def refusal(
    folder: Path, told: Mapping[str, Any] | None = None, rows: Sequence[Mapping[str, Any]] | None = None
) -> str:
    path = write(folder, {**GRID, **(told or {})}, ROWS if rows is None else rows)
    with pytest.raises(InvalidOption) as caught:
        RecordedTable(path=str(path)).prepare()
    text = str(caught.value)
    assert "\n" not in text
    assert str(folder) in text
    return text.replace(f"{folder}/", "")


def parameters(**changes: Any) -> dict[str, Any]:
    return {"parameters": {**GRID["parameters"], **changes}}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"objektives": {}}, "small.toml: unknown key 'objektives'"),
        ({"objectives": {}}, "small.toml: objectives: dictionary should have at least 1 item"),
        ({"objectives": {"error": "lower"}}, "small.toml: objectives.error: input should be 'minimize' or 'maximize'"),
        ({"objectives": {"loss": "minimize"}}, "small.parquet lacks the column 'loss'; it has kind, depth, error"),
        ({"cost": "seconds"}, "small.parquet lacks the column 'seconds'"),
        ({"cost": "error"}, "small.toml: column 'error' is named twice"),
        ({"held_out": {"error": "kind"}}, "small.toml: column 'kind' is named twice"),
        ({"lookup": "near"}, "small.toml: lookup: input should be 'exact', 'nearest' or 'forest', not 'near'"),
        ({"name": "a/b"}, "name: string should match pattern"),
        ({"sha256": "0"}, "small.parquet is not the file that was described: its SHA-256 is "),
        (parameters(size={"kind": "Integer", "low": 1, "high": 3}), "small.parquet lacks the column 'size'"),
        (parameters(depth={"kind": "Whole"}), "parameters.depth.kind: input should be 'Float', 'Integer' or"),
        (parameters(depth={"kind": "Integer"}), "parameter 'depth': missing 2 required positional arguments"),
        (parameters(depth={"kind": "Integer", "low": 3, "high": 1}), "parameter 'depth': a Integer needs low < high"),
        (
            parameters(depth={"kind": "Integer", "low": 1, "high": 2}),
            "row 2: depth = 3 is not a whole number in [1, 2]",
        ),
        (parameters(kind={"kind": "Categorical", "choices": ["a"]}), "row 3: kind = 'b' is not one of 'a'"),
        ({"conditions": [{"parameter": "depth", "parent": "x", "values": [1]}]}, "a condition names 'x'"),
        (CONDITIONAL, "small.parquet, row 0: parameter 'depth' has a value but is not active"),
        ({"fidelity": {"column": "depth2", "low": 1, "high": 3}}, "small.parquet lacks the column 'depth2'"),
        ({"fidelity": {"column": "x", "low": 3, "high": 1}}, "small.toml: fidelity needs low <= high, not [3, 1]"),
        ({"fidelity": {"column": "x", "low": 0, "high": 1}}, "fidelity.low: input should be greater than 0, not 0"),
    ],
)
def test_what_the_description_gets_wrong_is_told(tmp_path: Path, told: dict[str, Any], line: str) -> None:
    path = write(tmp_path, {**GRID, **told}) if told.get("name") != "a/b" else None
    if path is None:
        path = write(tmp_path)
        path.write_text(path.read_text().replace('name = "small"', 'name = "a/b"'))
        with pytest.raises(InvalidTable, match="name: string should match pattern"):
            open_table_file(path)
        return
    assert line in refusal(tmp_path, told)


@pytest.mark.parametrize(
    ("told", "rows", "line"),
    [
        ({}, [], "small.parquet"),
        ({}, [*ROWS, ROWS[2]], "row 6 repeats the evaluation of row 2: name a replicate column"),
        (
            {"replicate": "r"},
            [{**row, "r": 1} for row in [*ROWS, ROWS[2]]],
            "row 6 repeats the evaluation of row 2: their replicate is the same",
        ),
        ({}, [{**ROWS[0], "error": float("inf")}], "row 0: error = inf: an objective is finite, and null where"),
        ({}, [{**ROWS[0], "error": "low"}], "column 'error' holds string, not numbers"),
        ({}, [{**ROWS[0], "depth": None}, ROWS[1]], "row 0: parameter 'depth' is active but has no value"),
        ({"cost": "s"}, [{**ROWS[0], "s": None}, {**ROWS[1], "s": 1.0}], "row 0: s = nan: a cost is a finite number"),
        ({"cost": "s"}, [{**ROWS[0], "s": -1.0}], "row 0: s = -1: a cost is a finite number of seconds"),
        ({"failure": "w"}, [{**ROWS[0], "w": "bored"}], "row 0: w = 'bored' is none of error, timeout, memory, crash"),
        ({"fidelity": {"column": "f", "low": 1, "high": 1}}, [{**ROWS[0], "f": 0.0}], "row 0: f = 0 is no fidelity"),
        (
            {"fidelity": {"column": "f", "low": 1, "high": 9}},
            [{**ROWS[0], "f": 2.0}, {**ROWS[0], "f": 9.0}],
            "fidelity.low = 1, but the fidelities recorded are 2 to 9",
        ),
    ],
)
def test_what_the_rows_get_wrong_is_told_with_the_row(
    tmp_path: Path, told: dict[str, Any], rows: list[dict[str, Any]], line: str
) -> None:
    assert line in refusal(tmp_path, told, rows)


def test_a_description_that_is_no_toml_is_told(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text("name = ")
    with pytest.raises(InvalidTable, match=r"small\.toml is not TOML"):
        open_table_file(path)


def test_a_parquet_file_that_is_none_is_told(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "small.parquet").write_text("nothing")
    with pytest.raises(InvalidTable, match=r"small.parquet cannot be read: "):
        open_table_file(path).rows()


def test_a_parquet_file_that_is_absent_is_told(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "small.parquet").unlink()
    with pytest.raises(InvalidTable, match=r"cannot read .*small.parquet: No such file"):
        open_table_file(path)


def test_the_digest_says_what_both_files_hold_and_not_where_they_are(tmp_path: Path) -> None:
    digests = [open_table_file(write(tmp_path / name)).digest for name in ("here", "there")]
    assert digests[0] == digests[1]
    other_rows = write(tmp_path / "here", GRID, ROWS[:-1])
    assert open_table_file(other_rows).digest != digests[0]
    assert open_table_file(write(tmp_path / "there", CURVES, CURVE_ROWS)).digest != digests[0]


def test_numbers_are_read_as_their_parameters_have_them(tmp_path: Path) -> None:
    told = {
        **GRID,
        "parameters": {
            "whole": {"kind": "Integer", "low": 1, "high": 3},
            "real": {"kind": "Float", "low": 1, "high": 3},
            "mixed": {"kind": "Categorical", "choices": ["1", 1, 0.5]},
            "size": {"kind": "Categorical", "choices": [32, 64]},
        },
    }
    rows = [{"whole": 2.0, "real": 2, "mixed": text, "size": 64.0, "error": 0.0} for text in ('"1"', "1", "0.5")]
    task = RecordedTable(path=str(write(tmp_path, told, rows)))
    found = [dict(one) for one in task._evaluations.configurations]
    assert [one["mixed"] for one in found] == ["1", 1, 0.5]
    assert [type(value) for value in found[0].values()] == [int, float, str, int]
