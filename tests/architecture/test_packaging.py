"""What is installed: three packages, plug-ins that load, versions that were tested."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import EntryPoint
from itertools import chain
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tuner import Modifier, SearchStrategy, Task, load_suite

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def entry_points(group: str) -> list[EntryPoint]:
    return [EntryPoint(name, value, group) for name, value in PROJECT["entry-points"][group].items()]


def distribution_name(requirement: str) -> str:
    named = re.match(r"[\w.-]+", requirement)
    assert named is not None
    return named.group().lower().replace("_", "-")


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_wheel_holds_exactly_the_three_packages() -> None:
    files = [included.distribution_path for included in WheelBuilder(str(ROOT)).recurse_included_files()]

    assert {path.split("/")[0] for path in files} == {"tuner", "benchmarks", "results"}


def test_the_wheel_says_that_its_packages_are_typed() -> None:
    files = {included.distribution_path for included in WheelBuilder(str(ROOT)).recurse_included_files()}

    assert {"tuner/py.typed", "benchmarks/py.typed", "results/py.typed"} <= files


@pytest.mark.parametrize("point", entry_points("tuner.strategies"), ids=lambda point: point.name)
def test_a_strategy_entry_point_names_a_search_strategy(point: EntryPoint) -> None:
    assert issubclass(point.load(), SearchStrategy)


@pytest.mark.parametrize("point", entry_points("tuner.tasks"), ids=lambda point: point.name)
def test_a_task_entry_point_names_a_task(point: EntryPoint) -> None:
    assert issubclass(point.load(), Task)


@pytest.mark.parametrize("point", entry_points("tuner.modifiers"), ids=lambda point: point.name)
def test_a_modifier_entry_point_names_a_modifier(point: EntryPoint) -> None:
    assert issubclass(point.load(), Modifier)


@pytest.mark.parametrize("point", entry_points("tuner.suites"), ids=lambda point: point.name)
def test_a_suite_entry_point_names_the_folder_of_its_file(point: EntryPoint) -> None:
    assert load_suite(point.load() / f"{point.name}.toml").name == point.name


def test_the_command_is_a_function() -> None:
    commands = PROJECT["scripts"]

    assert list(commands) == ["tuner"]
    assert callable(EntryPoint("tuner", commands["tuner"], "console_scripts").load())


def test_every_direct_requirement_has_a_tested_version() -> None:
    extras = [extra for name, extra in PROJECT["optional-dependencies"].items() if name != "all"]
    wanted = chain(PROJECT["dependencies"], *extras, PYPROJECT["dependency-groups"]["dev"])

    assert {distribution_name(requirement) for requirement in wanted} <= set(constraints())


def test_tested_versions_are_plain_versions_from_the_index() -> None:
    assert [version for version in constraints().values() if not re.fullmatch(r"[0-9][0-9a-z.]*", version)] == []


def test_the_extra_called_all_brings_every_other_extra_but_half_a_gigabyte_of_curves() -> None:
    extras = PROJECT["optional-dependencies"]

    assert set(extras["all"]) == {f"tuner-bench[{name}]" for name in extras if name not in {"all", "lcdb"}}


def test_continuous_integration_calls_the_test_command_of_the_readme() -> None:
    commands = re.findall(r"^python3 -m venv .*nox -s tests$", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert len(commands) == 1
    assert f'step "{commands[0]}"' in (ROOT / ".ci" / "run").read_text().splitlines()


def test_continuous_integration_is_a_valid_script() -> None:
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)
