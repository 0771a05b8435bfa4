"""A stranger's package of the same name is found out at start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuner.layout import check_layout

CHECK = """
from tuner.layout import check_layout
from tuner.errors import TunerError
try:
    check_layout()
except TunerError as error:
    print(error)
"""


def run_with_first_on_path(folder: Path, code: str = CHECK) -> str:
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(folder), str(root)])
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_three_packages_stand_side_by_side() -> None:
    check_layout()


@pytest.mark.parametrize("name", ["benchmarks", "results"])
def test_a_strange_package_that_comes_first_is_named_with_its_place(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()

    message = run_with_first_on_path(tmp_path)

    assert message.startswith(f"another package called '{name}' at {tmp_path / name} hides tuner-bench's at ")
    assert "\n" not in message


def test_a_strange_module_that_comes_first_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "results.py").touch()

    assert f"another package called 'results' at {tmp_path / 'results.py'} hides" in run_with_first_on_path(tmp_path)


def test_a_strange_package_imported_earlier_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "__init__.py").touch()
    forget_the_folder = f"import results, sys; sys.path.remove({str(tmp_path)!r})\n"

    assert "another package called 'results'" in run_with_first_on_path(tmp_path, forget_the_folder + CHECK)


def test_a_plain_folder_of_the_same_name_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()

    assert not run_with_first_on_path(tmp_path)


def test_the_check_imports_none_of_the_packages(tmp_path: Path) -> None:
    code = CHECK + "import sys; print({'benchmarks', 'results'} & set(sys.modules))"

    assert run_with_first_on_path(tmp_path, code) == "set()"
