"""What may be imported where: heavy packages only by the one module that is about them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAVY = {"altair", "optuna", "pandas", "pyarrow", "pydantic", "ray", "scipy", "sklearn", "skopt", "torch"}
MACHINERY = {"optuna", "ray", "skopt", "torch"}

OWN = ("tuner", "benchmarks", "results")

HELP = """
import sys
from tuner.cli.main import main
sys.argv = ["tuner", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code
"""


def modules_of(group: str) -> list[str]:
    return sorted({value.partition(":")[0] for value in PROJECT["entry-points"][group].values()})


def imported_packages(text: str) -> Iterator[str]:
    """The top-level packages of all absolute imports, wherever they stand."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def required_distributions() -> set[str]:
    requirements = chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    return {normalised(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}


def normalised(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


def packages_loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after the code."""
    report = "\nimport sys; print('\\nloaded:', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded:")[2].split())


def test_importing_tuner_loads_nothing_heavy() -> None:
    assert not packages_loaded_by("import tuner") & HEAVY


def test_help_on_the_command_line_loads_nothing_heavy() -> None:
    assert not packages_loaded_by(HELP) & HEAVY


@pytest.mark.parametrize("module", ["results", "results.store", "results.report"])
def test_reading_a_run_needs_neither_ray_nor_torch_nor_optuna_nor_skopt(module: str) -> None:
    assert not packages_loaded_by(f"import {module}") & MACHINERY


@pytest.mark.parametrize("module", modules_of("tuner.tasks") + modules_of("tuner.modifiers"))
def test_importing_a_task_or_modifier_loads_no_machinery(module: str) -> None:
    assert not packages_loaded_by(f"import {module}") & MACHINERY


@pytest.mark.parametrize("module", modules_of("tuner.strategies"))
def test_importing_a_strategy_loads_at_most_its_own_library(module: str) -> None:
    loaded = packages_loaded_by(f"import {module}")

    assert not loaded & {"ray", "torch"}
    assert not loaded >= {"optuna", "skopt"}


def test_packages_import_only_what_the_design_allows() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_imported_package_is_a_declared_requirement() -> None:
    texts = [path.read_text() for name in OWN for path in (ROOT / name).rglob("*.py")]
    foreign = set(chain.from_iterable(map(imported_packages, texts))) - {*OWN, *sys.stdlib_module_names}
    providers = packages_distributions()
    required = required_distributions()

    assert len(foreign) > 5
    assert [name for name in sorted(foreign) if not required & {*map(normalised, providers.get(name, []))}] == []
