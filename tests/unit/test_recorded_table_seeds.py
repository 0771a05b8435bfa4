"""A table's content decides the seeds of its studies; the place where it lies does not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from runs_under_test import HERE
from tables_under_test import CURVE_ROWS, CURVES, GRID, ROWS, write

from tuner import load_suite, run_suite
from tuner.errors import BrokenPlugin, InvalidOption
from tuner.planned import PlannedTask
from tuner.registry import find

TABLE = "benchmarks.recorded:RecordedTable"
SUITE = """
name = "tables"
seeds = 2
budget = {{ trials = 4 }}
strategies = ["random"]
tasks = [{{ name = "benchmarks.recorded:RecordedTable", options = {{ path = "{path}" }} }}]
{more}
"""


def content(**options: Any) -> str:
    return PlannedTask("table", find("task", TABLE), options).content


def test_the_same_table_in_another_place_has_the_same_seeds(tmp_path: Path) -> None:
    here, there = (write(tmp_path / name) for name in ("here", "there"))
    assert content(path=str(here)) == content(path=str(there))


def test_another_table_in_the_same_place_has_other_seeds(tmp_path: Path) -> None:
    before = content(path=str(write(tmp_path)))
    write(tmp_path, GRID, ROWS[:-1])
    assert content(path=str(tmp_path / "small.toml")) != before


def test_another_lookup_has_other_seeds(tmp_path: Path) -> None:
    path = str(write(tmp_path))
    assert content(path=path) != content(path=path, lookup="nearest")


def test_a_task_without_content_of_its_own_keeps_its_seeds() -> None:
    planned = PlannedTask("branin", find("task", "branin"), {"noise": 0.5})
    assert planned._key == 'benchmarks.synthetic:Branin\0{"noise":0.5}'


def test_a_table_that_is_not_there_is_told_while_planning() -> None:
    with pytest.raises(InvalidOption, match=r"cannot read nowhere.toml: No such file or directory"):
        content(path="nowhere.toml")


def test_content_that_a_task_cannot_tell_is_told_with_its_error(tmp_path: Path) -> None:
    code = "from benchmarks.synthetic import Branin\n\nclass Mute(Branin):\n"
    (tmp_path / "mute.py").write_text(code + "    @classmethod\n    def content_of(cls, options):\n        1 / 0\n")
    mute = PlannedTask("mute", find("task", f"{tmp_path}/mute.py:Mute"), {"noise": 0.5})
    with pytest.raises(BrokenPlugin, match=r"mute.py:Mute' cannot say what it is: ZeroDivisionError: division by zero"):
        _ = mute.content


def test_the_path_of_a_table_is_relative_to_the_suite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "suites" / "data")
    (tmp_path / "suites" / "mine.toml").write_text(SUITE.format(path="data/small.toml", more=""))
    monkeypatch.chdir(tmp_path)
    suite = load_suite("suites/mine.toml")
    assert suite.tasks[0].options == {"path": str(tmp_path / "suites" / "data" / "small.toml")}
    assert suite.task_labels == ["RecordedTable(path=small)"]


def test_a_table_that_ships_is_named_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SUITE.format(path="bn-relu-net-curves", more=""))
    assert load_suite(tmp_path / "mine.toml").tasks[0].options == {"path": "bn-relu-net-curves"}


def test_a_suite_gives_the_same_results_wherever_its_table_lies(tmp_path: Path) -> None:
    found = []
    for place in ("here", "there"):
        folder = tmp_path / place
        write(folder, CURVES, CURVE_ROWS)
        (folder / "mine.toml").write_text(SUITE.format(path="small.toml", more='clock = "simulated"\nworkers = 3'))
        found.append(run_suite(folder / "mine.toml", out=folder / "run", where=HERE).trials)
        shutil.rmtree(folder)
    columns = ["configuration", "trial_seed", "value", "simulated_finished"]
    assert found[0][columns].equals(found[1][columns])
    assert found[0]["reports_cost"].all()
