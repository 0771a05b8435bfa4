"""`tuner doctor`: what is sound is said to be, and each thing that is missing is named with its remedy."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from importlib.metadata import EntryPoint, PackageNotFoundError
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tuner import health
from tuner.cli.main import app
from tuner.health import (
    Finding,
    examine_disk,
    examine_layout,
    examine_memory,
    examine_packages,
    examine_plugins,
    examine_python,
    examine_ray,
    examine_threads,
    examine_writing,
)
from tuner.layout import HiddenPackage
from tuner.machine import usable_cores


def problems(findings: Iterable[Finding]) -> list[Finding]:
    """What is not sound, but for the one extra that developers need not have, since it is half a gigabyte."""
    return [finding for finding in findings if finding.status != "ok" and finding.subject != "extra lcdb"]


def without(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    """Let a distribution seem not to be installed."""
    version = importlib.metadata.version

    def look_up(name: str) -> str:
        if name == absent:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(health, "version", look_up)


def with_entry_point(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Let one plug-in be all there is."""
    group = "tuner.tasks" if "Task" in value or "Net" in value else "tuner.strategies"
    entry = EntryPoint("mine", value, group)
    monkeypatch.setattr(health, "entry_points", lambda kind: {"mine": entry})
    monkeypatch.setattr("tuner.registry.entry_points", lambda kind: {"mine": entry})


def test_this_installation_is_sound() -> None:
    assert problems([examine_python(), examine_layout(), *examine_packages()]) == []


def test_an_old_python_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 0))

    assert examine_python().status == "problem"


def test_a_hidden_package_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def hide() -> None:
        raise HiddenPackage("another package hides it")

    monkeypatch.setattr(health, "check_layout", hide)

    assert examine_layout().message == "another package hides it"


def test_a_required_package_that_is_missing_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "optuna")

    assert [(f.status, f.message) for f in problems(examine_packages())] == [("problem", "pip install optuna")]


def test_an_extra_that_is_missing_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "torch")
    found = {finding.subject: finding for finding in problems(examine_packages())}

    assert found["extra nets"].status == "warning"
    assert found["extra nets"].message == "torch missing; install with: pip install 'tuner-bench[nets]'"


def test_the_usable_strategies_are_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with_entry_point(monkeypatch, "tuner.strategies.random_search:RandomSearch")

    assert list(examine_plugins("strategy")) == [Finding("1 usable strategies: mine")]


def test_a_broken_strategy_is_a_problem_with_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with_entry_point(monkeypatch, "no_such_module:Mine")
    nothing, broken = examine_plugins("strategy")

    assert nothing.subject == "no usable strategies"
    assert broken.status == "problem"
    assert "No module named 'no_such_module'" in broken.message


def test_a_task_whose_extra_is_missing_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_entry_point(monkeypatch, "benchmarks.bn_relu_net:BatchNormReluNet")
    without(monkeypatch, "torch")
    _, missing = examine_plugins("task")

    assert missing == Finding("task mine", "warning", "needs torch; install with: pip install 'tuner-bench[nets]'")


def test_little_free_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_available_gb", lambda: 0.5)

    assert examine_memory().status == "warning"


@pytest.mark.parametrize("value", ["0", "-1", "many", str(usable_cores() + 1)])
def test_a_number_of_threads_that_makes_no_sense_is_a_warning(value: str) -> None:
    assert examine_threads({"OMP_NUM_THREADS": value}).status == "warning"


@pytest.mark.parametrize("environment", [{}, {"OMP_NUM_THREADS": "1", "PATH": "/bin"}])
def test_a_sensible_number_of_threads_is_fine(environment: dict[str, str]) -> None:
    assert examine_threads(environment).status == "ok"


def test_little_room_on_the_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_LITTLE_DISK_GB", 1e9)

    assert examine_disk(tmp_path).status == "warning"


def test_looking_whether_runs_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    assert examine_writing(tmp_path / "runs").status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_a_problem() -> None:
    assert examine_writing(Path("/proc/runs")).status == "problem"


def test_a_file_where_runs_should_lie_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")

    assert examine_writing(tmp_path / "runs").status == "problem"


def test_a_ray_that_does_not_start_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(where: object) -> None:
        raise RuntimeError("no port\nis free")

    monkeypatch.setattr("tuner.session.Where.evaluator", fail)

    assert examine_ray() == Finding("Ray starts a worker", "problem", "RuntimeError: no port is free")


def test_the_command_ends_with_1_where_there_is_a_problem(tmp_path: Path) -> None:
    sound = CliRunner().invoke(app, ["doctor", "--root", str(tmp_path)])
    barred = CliRunner().invoke(app, ["doctor", "--root", "/proc/runs"])

    assert sound.exit_code == 0, sound.output
    assert "0 problems" in sound.stdout.splitlines()[-1]
    assert barred.exit_code == 1
    assert "✗ runs can be written to /proc/runs" in barred.stdout
