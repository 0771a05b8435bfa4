"""How a section is made, from the docstrings behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_store import write_example_run

from results.explanation import explain_section
from results.items import Cell, Heading, Table, Text
from results.report import Section
from results.sections import section_targets
from results.store import Store, open_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(write_example_run(tmp_path_factory.mktemp("runs") / "example", failures=0.25))


def headings(section: Section) -> list[str]:
    return [item.text for item in section.items if isinstance(item, Heading)]


def counts(section: Section) -> tuple[tuple[Cell, ...], ...]:
    return section.tables[-1].rows


@pytest.mark.parametrize("name", section_targets())
def test_every_section_can_be_explained(store: Store, name: str) -> None:
    assert headings(explain_section(store, name))[-1] == "Which trials went in"


def test_the_functions_behind_a_section_are_named(store: Store) -> None:
    found = headings(explain_section(store, "leaderboard"))
    assert "results.analysis.leaderboard" in found
    assert "leaderboard" in found


def test_what_the_modules_beside_a_section_use_is_explained_too(store: Store) -> None:
    assert "results.analysis.bayesian_signed_rank" in headings(explain_section(store, "significance"))


def test_the_trials_are_counted_by_run_task_and_strategy(store: Store) -> None:
    rows = counts(explain_section(store, "cost"))
    outcomes, studies = store.outcomes, store.studies
    failed = outcomes["status"] != "ok"
    mine = (studies["task"] == "branin") & (studies["strategy"] == "tpe")
    of_tpe = int((failed & outcomes["position"].isin(studies.index[mine])).sum())

    assert rows[1] == ("example", "branin", "tpe", 4, 48, of_tpe, 0, 48 - of_tpe)
    assert sum(int(str(row[4])) for row in rows) == len(outcomes)


def test_a_strategy_that_could_not_run_has_no_trials(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", skipped=[("gp", "branin")])
    row = next(row for row in counts(explain_section(open_store(run), "cost")) if row[1:3] == ("branin", "gp"))
    assert row[3:] == (0, 0, 0, 0, 0)


def test_a_plugins_section_is_explained_by_its_own_docstring(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strangers_section.py").write_text('"""What a stranger counts."""\n\ndef build(store):\n    ...\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("results.explanation.section_targets", lambda: {"mine": "strangers_section:build"})
    found = explain_section(store, "mine")

    assert found.items[0] == Text("What a stranger counts.")
    assert isinstance(found.items[-1], Table)
