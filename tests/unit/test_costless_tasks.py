"""On a simulated clock, the studies of a task that reports no cost are skipped: no strategy is to blame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runs_under_test import HERE, interrupt, on_wave, state, suite
from tables_under_test import CURVE_ROWS, CURVES, write
from typer.testing import CliRunner

from results.items import Note
from results.report import build_report
from results.store import open_store
from tuner import Suite, resume_run, run_suite
from tuner.cli.main import app
from tuner.errors import BrokenPlugin
from tuner.plan import NO_COSTS, make_plan

WITHOUT = {key: value for key, value in CURVES.items() if key != "cost"}
SILENT = """
from benchmarks.synthetic import Branin

class Silent(Branin):
    def reports_cost(self):
        raise OSError("no idea")
"""


def simulated(*tasks: str | dict[str, Any], **changes: Any) -> Suite:
    return suite(tasks=list(tasks), clock="simulated", workers=2, exhibits=False, **changes)


def table(path: Path, *modifiers: str) -> dict[str, Any]:
    name = "benchmarks.recorded:RecordedTable"
    return {"name": name, "label": "small", "options": {"path": str(path)}, "modifiers": list(modifiers)}


@pytest.fixture
def costless(tmp_path: Path) -> Path:
    return write(tmp_path / "small", WITHOUT, CURVE_ROWS)


def test_a_table_without_costs_is_skipped_before_anything_runs(costless: Path) -> None:
    plan = make_plan(simulated(table(costless)))
    assert plan.shards == ()
    assert plan.skipped == dict.fromkeys(range(4), NO_COSTS)


def test_a_table_without_costs_runs_on_the_walls_clock(costless: Path) -> None:
    assert not make_plan(suite(tasks=[table(costless)])).skipped


def test_a_table_with_costs_runs_on_a_simulated_clock(tmp_path: Path) -> None:
    assert not make_plan(simulated(table(write(tmp_path, CURVES, CURVE_ROWS)))).skipped


def test_a_modifier_that_reports_a_cost_mends_it(tmp_path: Path, costless: Path) -> None:
    store = run_suite(simulated(table(costless, "noisy", "delayed")), out=tmp_path / "run", where=HERE)
    assert set(store.studies["status"]) == {"finished"}


def test_a_modifier_that_may_add_a_cost_is_tried(tmp_path: Path, costless: Path) -> None:
    described = simulated(table(costless, "noisy"))
    assert not make_plan(described).skipped
    studies = run_suite(described, out=tmp_path / "run", where=HERE).studies
    assert set(studies["status"]) == {"skipped"}


def test_a_task_that_cannot_say_it_is_skipped_at_its_first_measurement(tmp_path: Path) -> None:
    described = simulated("branin", table(write(tmp_path, CURVES, CURVE_ROWS)))
    store = run_suite(described, out=tmp_path / "run", where=HERE)
    branin = store.studies["task"] == "branin"
    assert set(store.studies[branin]["status"]) == {"skipped"}
    assert set(store.studies[branin]["message"]) == {NO_COSTS}
    assert set(store.studies[~branin]["status"]) == {"finished"}
    assert set(store.trials["task"]) == {"small"}


def test_the_report_does_not_blame_the_strategies(tmp_path: Path) -> None:
    described = simulated("branin", table(write(tmp_path, CURVES, CURVE_ROWS)))
    report = build_report(run_suite(described, out=tmp_path / "run", where=HERE))
    (problems,) = report.section("failures").tables
    assert problems.rows == tuple((name, "branin", "0, 1", "skipped", NO_COSTS) for name in ("random", "sobol"))
    assert not any("failed" in item.text for item in report.section("leaderboard").items if isinstance(item, Note))


def test_the_command_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "suite.toml"
    file.write_text(simulated("branin").to_toml())
    done = CliRunner().invoke(app, ["run", str(file), "--in-process", "--quiet", "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert done.stderr == f"error: all 4 studies are skipped: random on branin: {NO_COSTS}\n"


def test_a_resumed_run_keeps_what_was_skipped_before(tmp_path: Path) -> None:
    described = simulated("branin", shard_size=1)
    run_suite(described, out=tmp_path / "run", where=HERE, watch=on_wave(1, interrupt))
    assert state(tmp_path / "run") == "interrupted"
    assert sorted(open_store(tmp_path / "run").studies["status"].unique()) == ["skipped", "stopped"]
    studies = resume_run(tmp_path / "run", where=HERE).studies
    assert set(studies["status"]) == {"skipped"}
    assert set(studies["message"]) == {NO_COSTS}


def test_a_task_that_breaks_when_it_is_asked_for_its_costs_is_broken(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(SILENT)
    with pytest.raises(BrokenPlugin, match="task 'silent' cannot say what it is: OSError: no idea"):
        make_plan(simulated({"name": f"{tmp_path}/silent.py:Silent", "label": "silent"}))
