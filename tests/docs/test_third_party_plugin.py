"""A stranger's package, and a user's files, do all that the built-ins do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import ROOT

EXAMPLES = ROOT / "examples"

SUITE = """
name = "strangers"
seeds = 2
budget = { trials = 8 }
tasks = ["ridge-regression", "./my_task.py:MyTask"]
strategies = ["random", "hill-climbing"]
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the plug-in is installed in."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(EXAMPLES / "third_party_plugin", folder / "source")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    target = folder / "site"
    call([sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)], folder)
    return target


def call(command: list[str], cwd: Path, site: Path | None = None) -> str:
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    environment = {**os.environ, "PATH": path, "COLUMNS": "200"} | ({"PYTHONPATH": str(site)} if site else {})
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tuner(arguments: str, cwd: Path, site: Path) -> str:
    return call([sys.executable, "-m", "tuner", *arguments.split()], cwd, site)


def test_an_installed_plugin_is_listed_beside_the_built_ins(installed: Path, tmp_path: Path) -> None:
    strategies, tasks = (tuner(f"list {kind}", tmp_path, installed) for kind in ("strategies", "tasks"))

    assert "hill-climbing" in strategies
    assert "ridge-regression" in tasks


@pytest.mark.parametrize("name", ["hill-climbing", "ridge-regression"])
def test_an_installed_plugin_is_checked_by_its_name(installed: Path, tmp_path: Path, name: str) -> None:
    assert ", 0 broken" in tuner(f"check {name}", tmp_path, installed)


def test_a_plugins_own_tests_are_the_contract_classes(installed: Path, tmp_path: Path) -> None:
    tests = str(EXAMPLES / "third_party_plugin" / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tests, tests]

    assert "passed" in call(command, tmp_path, installed)


def test_a_suite_of_a_package_and_of_files_runs_and_all_are_in_its_report(installed: Path, tmp_path: Path) -> None:
    for name in ("my_search.py", "my_task.py"):
        shutil.copy(EXAMPLES / name, tmp_path)
    (tmp_path / "strangers.toml").write_text(SUITE)

    tuner("run strangers.toml --in-process --strategy ./my_search.py:MySearch", tmp_path, installed)

    told = tuner("report strangers --format md", tmp_path, installed)
    assert (tmp_path / "runs" / "strangers" / "report.html").exists()
    assert all(name in told for name in ("ridge-regression", "MyTask", "hill-climbing", "MySearch", "random"))
    stored = tuner("show strangers", tmp_path, installed)
    assert "finished" in stored
