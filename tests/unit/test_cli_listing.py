"""`tuner list` and `tuner show`: what is there, broken or not, and what each thing is."""

from __future__ import annotations

import errno
import json
import shutil
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tuner.cli.main import app
from tuner.cli.plugin_search import KINDS
from tuner.run_folder import RunFolder
from tuner.session import Where, run_suite
from tuner.suite import parse_suite

SUITE = """
name = "small"
seeds = 2
budget = { trials = 3 }
strategies = ["random", "sobol"]
tasks = ["branin", { name = "ackley", budget = { trials = 5 } }]
"""
CONDITIONAL = '''
from dataclasses import dataclass
from tuner import Categorical, Condition, Fidelity, Float, Integer, Measurement, Objective, Problem, SearchSpace, Task

@dataclass(frozen=True)
class Nested(Task):
    """A space with a branch."""

    size: int = 3

    @property
    def problem(self):
        parameters = {"kind": Categorical(("a", "b")), "depth": Integer(1, 9), "rate": Float(1e-4, 1.0, log=True)}
        space = SearchSpace(parameters, (Condition("depth", "kind", ("b",)),))
        return Problem(space, (Objective("accuracy", "maximize"),), Fidelity("epochs", 1, 27))

    def evaluate(self, trial):
        return Measurement({"accuracy": 0.5})
'''


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "small"
    run_suite(parse_suite(SUITE), out=path, where=Where(in_process=True))
    return path


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_run(small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shutil.copytree(small_run, tmp_path / "runs" / "small")


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def with_broken_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("mine", "no_such_module:Mine", "tuner.strategies")
    for place in ("tuner.registry", "tuner.cli.plugin_search"):
        monkeypatch.setattr(f"{place}.entry_points", lambda kind: {"mine": entry} if kind == KINDS[0] else {})


def row(table: str, name: str) -> list[str]:
    return next(line.split() for line in table.splitlines() if line.startswith(name))


def test_a_strategy_is_listed_with_what_it_does() -> None:
    assert "Independent draws" in " ".join(row(shown("list", "strategies"), "random"))


def test_a_strategy_is_listed_with_what_it_supports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    listed = shown("list", "strategies")

    assert " ".join(row(listed, "cmaes")).startswith("cmaes continuous, integer ")
    assert " ".join(row(listed, "tpe")).startswith("tpe mixed, conditional, multiobjective ")
    assert " ".join(row(listed, "asha")).startswith("asha mixed, conditional; needs a fidelity ")


def test_a_task_is_listed_with_what_it_measures() -> None:
    assert "Branin's function" in " ".join(row(shown("list", "tasks"), "branin"))


def test_a_modifier_is_listed_with_its_options_and_what_it_does() -> None:
    listed = " ".join(row(shown("list", "modifiers"), "noisy"))

    assert "deviation=0.1, relative=False" in listed
    assert "Adds Gaussian noise" in listed


def test_a_modifier_is_shown_with_its_options_and_without_the_task_that_it_wraps() -> None:
    page = shown("show", "noisy")

    assert page.startswith("modifier noisy\n")
    assert row(page, "deviation") == ["deviation", "float", "0.1"]
    assert not any(line.startswith("task") for line in page.splitlines())


def test_a_broken_plugin_is_listed_as_broken_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with_broken_strategy(monkeypatch)

    assert "broken: strategy 'mine' cannot be imported: ModuleNotFoundError" in shown("list", "strategies")


def test_a_broken_plugin_is_shown_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with_broken_strategy(monkeypatch)

    assert "broken: strategy 'mine' cannot be imported" in shown("show", "mine")


def test_suites_are_listed_with_their_size() -> None:
    assert "3 x 5 x 4" in " ".join(row(shown("list", "suites"), "quick"))


def test_a_run_is_listed_with_its_state_suite_and_trials() -> None:
    assert row(shown("list", "runs"), "small")[:4] == ["small", "finished", "small", "32"]


def test_a_run_whose_process_is_gone_is_told_from_one_that_goes_on() -> None:
    info = Path("runs/small/run.json")
    info.write_text(info.read_text().replace('"finished",', '"running",'))

    assert row(shown("list", "runs"), "small")[1] == "killed"
    with RunFolder(Path("runs/small")).locked():
        assert row(shown("list", "runs"), "small")[1] == "running"


def test_a_run_that_lacks_its_suite_is_listed_beside_the_others() -> None:
    shutil.copytree("runs/small", "runs/other")
    Path("runs/other/suite.toml").unlink()

    listed = shown("list", "runs")
    assert [row(listed, name)[1] for name in ("other", "small")] == ["finished", "finished"]


def test_a_run_that_may_not_be_read_is_listed_as_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder / "run.json"))

    monkeypatch.setattr("tuner.cli.run_facts.read_run_info", refuse)
    assert "broken: runs/small/run.json: Permission denied" in " ".join(shown("list", "runs").split())


def test_a_damaged_run_is_listed_as_broken() -> None:
    Path("runs/small/run.json").write_text("{")

    assert row(shown("list", "runs"), "small")[1] == "broken:"


def test_runs_elsewhere_are_listed_too() -> None:
    Path("runs").rename("others")

    assert shown("list", "runs") == "no runs in runs; start one with: tuner run quick\n"
    assert row(shown("list", "runs", "--root", "others"), "small")[1] == "finished"


def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    pages = [
        ("list", "strategies"),
        ("list", "tasks"),
        ("list", "modifiers"),
        ("list", "runs"),
        ("show", "tpe"),
        ("show", "small"),
    ]

    assert max(len(line) for page in pages for line in shown(*page).splitlines()) <= 80


def test_a_strategy_is_shown_with_its_options_and_defaults() -> None:
    page = shown("show", "tpe")

    assert page.startswith("strategy tpe\n")
    assert row(page, "n_startup_trials") == ["n_startup_trials", "int", "10"]
    assert "Thinks with: optuna" in page
    assert "Supports: continuous, integer, categorical" in page


def test_a_task_is_shown_with_its_space_objective_fidelity_and_options() -> None:
    Path("nested.py").write_text(CONDITIONAL)
    page = shown("show", "nested.py:Nested")

    assert "A space with a branch." in page
    assert row(page, "size") == ["size", "int", "3"]
    assert " ".join(row(page, "rate")) == "rate float 0.0001 to 1, log scale 0.01 always"
    assert " ".join(row(page, "depth")) == "depth integer 1 to 9 5 kind is 'b'"
    assert " ".join(row(page, "kind  ")) == "kind categorical 'a', 'b' 'a' always"
    assert "Maximize accuracy" in page
    assert "Fidelity: epochs from 1 to 27" in page


def test_the_best_known_value_of_a_task_is_shown() -> None:
    assert "best known 0.397887" in shown("show", "branin")


def test_a_suite_is_shown_with_what_it_comes_to() -> None:
    Path("mine.toml").write_text(SUITE)
    page = shown("show", "mine.toml")

    assert "random, sobol" in page
    assert "8 studies, at most 32 trials" in page
    assert "3 trials a study" in page


def test_a_run_is_shown_with_its_machine_and_versions() -> None:
    page = shown("show", "small")
    info = json.loads(Path("runs/small/run.json").read_text())

    assert page.startswith("run small\n")
    assert f"tuner-bench {info['versions']['tuner-bench']}" in page
    assert "with 1 worker" in page


def test_everything_of_a_name_is_shown() -> None:
    Path("runs/small").rename("runs/branin")
    page = shown("show", "branin")

    assert "task branin\n" in page
    assert "\nrun small\n" in page


def test_a_plug_in_without_a_docstring_does_not_borrow_that_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text(
        "from dataclasses import dataclass\n"
        "from tuner import Float, Measurement, Objective, Problem, Proposal, SearchSpace, SearchStrategy, Task\n"
        "class Search(SearchStrategy):\n"
        "    def ask(self, count):\n"
        "        return [Proposal(self.space.sample(self.rng))]\n"
        "@dataclass(frozen=True)\n"
        "class Work(Task):\n"
        "    @property\n"
        "    def problem(self):\n"
        "        return Problem(SearchSpace({'x': Float(0, 1)}), (Objective('loss'),))\n"
        "    def evaluate(self, trial):\n"
        "        return Measurement({'loss': 0.0})\n"
    )
    for name in ("Search", "Work"):
        shown = CliRunner().invoke(app, ["show", f"bare.py:{name}"]).stdout.splitlines()
        assert shown[3] == "It has no description."
