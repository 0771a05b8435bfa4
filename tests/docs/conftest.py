"""What the pages' code meets: an empty folder, no Ray, and a `quick` suite that lives up to its name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuner.evaluators.in_process import InProcessEvaluator
from tuner.session import Where

QUICK = """
name = "quick"
seeds = 2
budget = { trials = 6 }
strategies = ["random", "grid", "bayesian"]
tasks = ["branin", "hartmann3"]
"""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which a reader follows a page. Where trials run changes no results, so it is in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    monkeypatch.setattr(Where, "evaluator", lambda _self: InProcessEvaluator())
    shipped = tmp_path / ".shipped" / "quick.toml"
    shipped.parent.mkdir()
    shipped.write_text(QUICK)
    monkeypatch.setattr("tuner.suite.shipped_suites", lambda: {"quick": shipped})
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]  # another page has another file of that name
