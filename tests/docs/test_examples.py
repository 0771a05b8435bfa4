"""The examples run, and keep the laws that they are examples of."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from docs.pages import ROOT

from tuner.registry import find, load_strategy, load_task
from tuner.testing.strategy_laws import check_strategy
from tuner.testing.task_laws import check_task

EXAMPLES = ROOT / "examples"


def test_the_comparison_from_python_prints_a_median_for_each_task_and_strategy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runpy.run_path(str(EXAMPLES / "compare_two.py"), run_name="__main__")

    told = capsys.readouterr().out
    assert all(name in told for name in ("branin", "hartmann3", "random", "tpe", "'leaderboard'"))


def test_the_example_strategy_keeps_every_law() -> None:
    verdicts = check_strategy(load_strategy(find("strategy", "my_search.py:MySearch", EXAMPLES)))

    assert [verdict for verdict in verdicts if verdict.status != "kept"] == []


def test_the_example_task_breaks_no_law() -> None:
    verdicts = check_task(load_task(find("task", "my_task.py:MyTask", EXAMPLES)))

    assert [verdict for verdict in verdicts if verdict.status == "broken"] == []


@pytest.mark.parametrize(("name", "most"), [("my_search.py", 15), ("my_task.py", 35)])
def test_an_example_class_is_as_short_as_the_documentation_says(name: str, most: int) -> None:
    lines = Path(EXAMPLES / name).read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(("@dataclass", "class ")))

    assert len([line for line in lines[start:] if line.strip()]) <= most


def test_the_documentation_shows_the_example_task_as_it_is() -> None:
    example = Path(EXAMPLES / "my_task.py").read_text()
    code = example[example.index("from dataclasses") :]

    assert code in (ROOT / "docs" / "how-to" / "add-a-task.md").read_text()
