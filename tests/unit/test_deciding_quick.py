"""The shipped suite `quick` until it is decided: soon for an obvious pair, up to the most seeds for equals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rivals_under_test import write_rivals
from runs_under_test import HERE, state

from tuner import Suite, run_suite
from tuner.cli.suite_changes import prepare_suite
from tuner.suite import load_suite

CHEAP = ("logistic-regression", "hartmann6", "branin")
"""The tasks of quick that take least."""
EQUALS = [{"name": "random", "label": "one"}, {"name": "random", "label": "other"}]


def rivals(folder: Path) -> list[dict[str, str]]:
    """A pair whose better one is plain."""
    return [{"name": "random"}, {"name": f"{write_rivals(folder)}:Stuck", "label": "stuck"}]


def until_decided(strategies: Sequence[dict[str, str]], most: int, trials: int, tasks: Sequence[str] = CHEAP) -> Suite:
    """What `tuner run quick --until-decided --max-seeds MOST --trials TRIALS` runs, with other strategies."""
    suite = prepare_suite("quick", trials=trials, deciding={"max_seeds": most})
    kept = [entry.model_dump(exclude_unset=True) for entry in suite.tasks if entry.name in tasks]
    return suite.changed(strategies=strategies, tasks=kept, exhibits=False)


def looks_of(suite: Suite, folder: Path) -> list[tuple[int, str, str | None]]:
    """Of the finished run: the seeds at each look, and what it found of the one pair."""
    store = run_suite(suite, out=folder, where=HERE)
    assert state(folder) == "finished"
    looks: list[dict[str, Any]] = json.loads((folder / "run.json").read_text())["looks"]
    assert store.studies["seed"].nunique() == looks[-1]["seeds"], "no seeds beyond the last look"
    return [(look["seeds"], pair["state"], pair["winner"]) for look in looks for pair in look["pairs"]]


def test_an_obvious_pair_on_the_functions_of_quick_stops_well_before_the_most_seeds(tmp_path: Path) -> None:
    suite = until_decided(rivals(tmp_path), most=16, trials=15, tasks=("hartmann6", "branin"))
    assert looks_of(suite, tmp_path / "run") == [(4, "decided", "random")]


def test_equals_on_the_cheap_tasks_of_quick_go_on_to_the_most_seeds(tmp_path: Path) -> None:
    suite = until_decided(EQUALS, most=9, trials=3)
    assert looks_of(suite, tmp_path / "run") == [(4, "open", None), (6, "open", None), (9, "open", None)]


@pytest.mark.slow
def test_an_obvious_pair_on_all_of_quick_stops_well_before_the_most_seeds(tmp_path: Path) -> None:
    suite = until_decided(rivals(tmp_path), 16, load_suite("quick").budget.trials or 0, load_suite("quick").task_labels)
    assert len(suite.tasks) == 5
    assert looks_of(suite, tmp_path / "run") == [(4, "decided", "random")]


@pytest.mark.slow
def test_equals_on_all_of_quick_go_on_to_the_most_seeds(tmp_path: Path) -> None:
    suite = until_decided(EQUALS, 6, 3, load_suite("quick").task_labels)
    assert len(suite.tasks) == 5
    assert looks_of(suite, tmp_path / "run") == [(4, "open", None), (6, "open", None)]
