"""A task whose packages are not installed is skipped, with the command that installs them, and said to be so."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from runs_under_test import HERE, interrupt, on_wave
from typer.testing import CliRunner, Result

from results import build_report
from results.render import render
from results.store import open_store
from tuner import Suite, resume_run, run_suite
from tuner.cli.main import app
from tuner.errors import InvalidOption, RunChanged
from tuner.extras import distributions_of, lacks
from tuner.machine import changed_versions, package_versions
from tuner.plan import make_plan
from tuner.task import TaskCard
from tuner.verification import verify_run

NEEDY = """
from dataclasses import dataclass
from tuner import Float, Measurement, Objective, Problem, SearchSpace, Task, TaskCard
from tuner.errors import MissingExtra

@dataclass(frozen=True)
class Needy(Task):
    "Needs what nobody has."
    rows: int = 3

    def __post_init__(self):
        pass

    card = TaskCard(summary="a net", extra="nets", modules=("numpy", "no_such_module_anywhere"))

    @property
    def problem(self):
        return Problem(SearchSpace({"x": Float(0, 1)}), (Objective("loss"),))

    def evaluate(self, trial):
        import no_such_module_anywhere

class Unmade(Needy):
    card = TaskCard(summary="a net")

    def __post_init__(self):
        raise MissingExtra("unmade needs no_such_module_anywhere: pip install 'tuner-bench[nets]'")

class Unexamined(Needy):
    card = TaskCard(summary="a net")

    @property
    def problem(self):
        raise MissingExtra("unexamined needs no_such_module_anywhere: pip install 'tuner-bench[nets]'")

class Unloaded(Needy):
    def __post_init__(self):
        import no_such_module_anywhere

class Unprepared(Needy):
    card = TaskCard(summary="a net")

    def prepare(self):
        raise MissingExtra("unprepared needs no_such_module_anywhere: pip install 'tuner-bench[nets]'")
"""
REASON = "needs no_such_module_anywhere: pip install 'tuner-bench[nets]'"
REASONS = {
    "Needy": REASON,
    "Unmade": f"unmade {REASON}",
    "Unexamined": f"unexamined {REASON}",
    "Unloaded": REASON,
}


@pytest.fixture(autouse=True)
def _in_a_folder_with_needy_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("needy.py").write_text(NEEDY)


def suite(*tasks: Any, **changes: Any) -> Suite:
    data: dict[str, Any] = {"name": "mine", "seeds": 2, "budget": {"trials": 2}, "strategies": ["random", "sobol"]}
    return Suite.model_validate({**data, "tasks": list(tasks), **changes})


def tuner(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_what_is_missing_is_told_with_the_extra_that_brings_it() -> None:
    assert lacks(TaskCard("", modules=("numpy", "no_such_a", "no_such_b"), extra="nets")) == (
        "needs no_such_a, no_such_b: pip install 'tuner-bench[nets]'"
    )
    assert lacks(TaskCard("", modules=("no_such_a",))) == "needs no_such_a, not installed here"
    assert lacks(TaskCard("", modules=("numpy", "sklearn.svm"), extra="nets")) is None


def test_looking_for_a_module_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lurking").mkdir()
    Path("lurking/__init__.py").write_text("raise SystemExit(1)")
    monkeypatch.syspath_prepend(".")

    assert lacks(TaskCard("", modules=("lurking.deep",))) is None
    assert "lurking" not in sys.modules


@pytest.mark.parametrize("name", REASONS)
def test_the_studies_of_a_task_that_lacks_a_module_are_skipped_with_the_reason(name: str) -> None:
    plan = make_plan(suite("branin", f"./needy.py:{name}"))

    assert plan.skipped == dict.fromkeys(range(4, 8), REASONS[name])
    assert [study.number for shard in plan.shards for study in shard.studies] == [0, 1, 2, 3]


def test_a_mistake_in_the_options_of_such_a_task_is_still_one() -> None:
    with pytest.raises(InvalidOption, match="has no option 'rowz'; did you mean 'rows'"):
        make_plan(suite({"name": "./needy.py:Needy", "options": {"rowz": 1}}))


def test_a_modified_task_lacks_what_the_task_lacks() -> None:
    assert set(make_plan(suite({"name": "./needy.py:Needy", "modifiers": ["noisy"]})).skipped.values()) == {REASON}


@pytest.mark.parametrize("name", REASONS)
def test_a_run_with_such_a_task_is_stored_reported_and_verified_without_it(name: str) -> None:
    store = run_suite(suite("branin", f"./needy.py:{name}"), out="run", where=HERE)
    found = store.studies[["task", "status", "message"]].drop_duplicates().to_dict("records")

    assert [row["status"] for row in found] == ["finished", "skipped"]
    assert found[1] == {"task": name, "status": "skipped", "message": REASONS[name]}
    assert REASONS[name] in render(build_report(open_store("run")), "md").replace("\\", "")
    assert [verdict for verdict in verify_run(Path("run")) if verdict.status == "broken"] == []
    assert len(resume_run("run", where=HERE).trials) == 8


@pytest.mark.parametrize("name", REASONS)
def test_a_suite_of_only_skipped_studies_ends_with_one_line(name: str) -> None:
    Path("mine.toml").write_text(suite(f"./needy.py:{name}").to_toml())
    done = tuner("run", "mine.toml", "--in-process", "--quiet")

    assert done.exit_code == 2
    assert done.stderr == f"error: all 4 studies are skipped: random on {name}: {REASONS[name]}\n"


def test_the_start_of_a_run_says_why_studies_are_skipped() -> None:
    Path("mine.toml").write_text(suite("branin", "./needy.py:Needy").to_toml())

    assert f"4 studies skipped ({REASON})" in tuner("run", "mine.toml", "--in-process", "--no-report").stderr


def test_showing_such_a_task_says_what_it_needs() -> None:
    done = tuner("show", "needy.py:Needy")

    assert done.exit_code == 0
    assert f"It cannot be evaluated here: it {REASON}" in done.stdout
    assert "numpy, no_such_module_anywhere" in done.stdout


@pytest.mark.parametrize(("name", "told"), [("Needy", f"Needy {REASON}"), ("Unprepared", f"unprepared {REASON}")])
def test_checking_such_a_task_ends_with_one_line(name: str, told: str) -> None:
    done = tuner("check", f"needy.py:{name}")

    assert done.exit_code == 2
    assert (done.stdout, done.stderr) == ("", f"error: {told}\n")


def test_a_list_of_tasks_marks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuner.extras._can_be_found", lambda module: module != "torch")
    lines = [line for line in tuner("list", "tasks").stdout.splitlines() if "needs torch" in line]

    assert any(line.startswith("bn-relu-net") and "pip install 'tuner-bench[nets]'" in line for line in lines)
    assert not any(line.startswith("branin") for line in lines)


def test_the_doctor_names_what_a_task_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuner.extras._can_be_found", lambda module: module != "torch")

    assert "! task bn-relu-net\n    needs torch: pip install" in tuner("doctor").stdout


def test_the_distributions_of_the_tasks_modules_are_recorded() -> None:
    Path("typed.py").write_text(NEEDY.replace('"numpy", "no_such_module_anywhere"', '"typer.main",'))
    described = suite("./typed.py:Needy", strategies=["random"], seeds=1)
    run_suite(described, out="run", where=HERE)

    versions = json.loads(Path("run/run.json").read_text())["versions"]
    assert versions["typer"] == package_versions(["typer"])["typer"]
    assert "typer" not in package_versions()
    assert distributions_of(["typer", "no_such_module_anywhere"]) == ["typer"]


def test_the_distributions_that_think_for_a_strategy_are_recorded() -> None:
    text = "from tuner import SearchStrategy\nclass Mine(SearchStrategy):\n    packages = ('typer',)\n"
    Path("mine.py").write_text(text + "    def ask(self, count):\n        return []\n")
    run_suite(suite("branin", strategies=["./mine.py:Mine"], seeds=1), out="run", where=HERE)

    assert json.loads(Path("run/run.json").read_text())["versions"]["typer"] == package_versions(["typer"])["typer"]


def test_a_recorded_distribution_that_changed_is_told_and_one_that_only_carries_data_is_not() -> None:
    before = package_versions(["typer"])

    assert changed_versions(before) == []
    assert changed_versions({**before, "ray": "0.1"}) == []
    assert changed_versions({**before, "typer": "0.1"}) == [f"typer 0.1 -> {before['typer']}"]
    assert changed_versions({n: v for n, v in before.items() if n != "numpy"}) == [f"numpy absent -> {before['numpy']}"]


def test_a_run_is_not_resumed_where_a_package_has_come_that_was_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    described = suite("./needy.py:Needy", "branin", shard_size=1)
    run_suite(described, out="run", where=HERE, watch=on_wave(2, interrupt))
    monkeypatch.setattr("tuner.extras._can_be_found", lambda _module: True)

    with pytest.raises(RunChanged, match="other studies were skipped when it was begun"):
        resume_run("run", where=HERE)
