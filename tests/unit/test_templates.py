"""The starter files: short, named after their file, and refused where they cannot be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tuner.templates import CannotStart, class_name_for, write_starter


@pytest.mark.parametrize(
    ("file", "name"),
    [("my_search.py", "MySearch"), ("x.py", "X"), ("deep/hill-climb.py", "HillClimb"), ("DE.py", "DE")],
)
def test_the_class_is_named_after_the_file(file: str, name: str) -> None:
    assert class_name_for(Path(file)) == name


@pytest.mark.parametrize("file", ["search.txt", "1st.py", "___.py", "true.py", "search"])
def test_a_name_that_no_class_can_have_is_refused(file: str) -> None:
    with pytest.raises(CannotStart):
        class_name_for(Path(file))


def test_the_strategy_to_start_from_has_at_most_15_lines_of_code(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    write_starter("strategy", path)
    kind = next(node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef))
    comment_lines = (ast.get_docstring(kind, clean=False) or "").count("\n") + 1
    body = "\n".join(path.read_text().splitlines()[kind.lineno - 1 : kind.end_lineno])
    code = [line for line in body.splitlines() if line.strip() and not line.strip().startswith("#")]

    assert len(code) - comment_lines <= 15


def test_the_comments_of_a_new_file_name_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    write_starter("task", path)

    assert f"tuner check {path}:Mine" in path.read_text()
    assert "$" not in path.read_text()


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="No such file or directory"):
        write_starter("task", tmp_path / "nowhere" / "mine.py")
