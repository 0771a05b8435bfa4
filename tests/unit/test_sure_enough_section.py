"""The section that says which pairs are decided, and what it says of a run that looked more than once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from runs_under_test import HERE, suite

from results.errors import NothingToCompare
from results.items import Chart, Note, Table
from results.report import Section
from results.sections.sure_enough import section
from results.store import Store, open_store
from tuner import run_suite

TASKS = ["branin", "hartmann3", "hartmann6"]


def run(path: Path, **changes: Any) -> Store:
    return run_suite(suite(tasks=TASKS, **changes), out=path, where=HERE)


def rows_of(found: Section) -> list[dict[str, Any]]:
    (table,) = [item for item in found.items if isinstance(item, Table)]
    return [{column.name: cell for column, cell in zip(table.columns, row, strict=True)} for row in table.rows]


def notes_of(found: Section) -> list[str]:
    return [item.text for item in found.items if isinstance(item, Note)]


def with_looks(path: Path, *looks: dict[str, Any]) -> Store:
    info = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**info, "looks": looks}))
    return open_store(path)


def look(seeds: int, state: str, winner: str | None) -> dict[str, Any]:
    pair = {"a": "random", "b": "sobol", "state": state, "winner": winner}
    return {"seeds": seeds, "most_seeds": 6, "level": 0.02, "margin": 0.01, "pairs": [pair]}


def test_every_pair_has_a_row_with_what_it_would_take(tmp_path: Path) -> None:
    (row,) = rows_of(section(run(tmp_path / "run", seeds=4)))
    assert (row["A"], row["B"], row["Tasks"], row["Seeds"]) == ("random", "sobol", 3, 4)
    assert row["95% from"] < row["A \u2212 B"] < row["to"]
    assert row["State"] == "open"
    assert row["Seeds needed"].startswith(("about", "more than"))


def test_with_one_seed_there_is_nothing_to_say(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="two strategies with two seeds on one task at least"):
        section(run(tmp_path / "run", seeds=1))


def test_a_pair_that_never_met_is_named(tmp_path: Path) -> None:
    store = run(tmp_path / "run", seeds=3, strategies=["random", "sobol", "hyperband"])
    assert len(rows_of(section(store))) == 1
    assert any("random and hyperband" in note for note in notes_of(section(store)))


def test_the_chart_shows_the_leader_against_the_others(tmp_path: Path) -> None:
    found = section(run(tmp_path / "run", seeds=3, strategies=["random", "sobol", "grid"]))
    (chart,) = [item for item in found.items if isinstance(item, Chart)]
    assert len(chart.data.rows) == 2
    assert chart.data.rows[0][1] <= chart.data.rows[1][1]  # type: ignore[operator]
    assert chart.specification()["layer"]


def test_what_a_run_decided_on_its_way_stays_and_is_told_with_its_seeds(tmp_path: Path) -> None:
    plain = run(tmp_path / "run", seeds=6)
    (before,) = rows_of(section(plain))
    winner = "random" if before["A \u2212 B"] > 0 else "sobol"
    store = with_looks(tmp_path / "run", look(4, "decided", winner), look(6, "decided", winner))
    assert rows_of(section(store))[0]["State"] == f"{winner} is better, after 4 seeds"
    assert any(
        "less clear with the seeds that came after: random and sobol (after 4 seeds)" in n
        for n in notes_of(section(store))
    )


def test_what_a_run_decided_is_open_again_where_the_other_one_leads_by_now(tmp_path: Path) -> None:
    plain = run(tmp_path / "run", seeds=6)
    (before,) = rows_of(section(plain))
    loser = "sobol" if before["A \u2212 B"] > 0 else "random"
    store = with_looks(tmp_path / "run", look(4, "decided", loser), look(6, "decided", loser))
    assert rows_of(section(store))[0]["State"] == "open"


def test_a_run_that_looked_often_says_so_and_tests_at_what_is_left(tmp_path: Path) -> None:
    run(tmp_path / "run", seeds=6)
    found = section(with_looks(tmp_path / "run", look(4, "open", None), look(6, "open", None)))
    assert any(
        "it ended after 6 seeds, the most it could spend, when 1 of its 1 pairs were still open" in note
        for note in notes_of(found)
    )
    assert any("both at 2.0%" in getattr(item, "text", "") for item in found.items)


def test_a_run_that_was_stopped_is_judged_by_the_seeds_of_its_last_look(tmp_path: Path) -> None:
    run(tmp_path / "run", seeds=6)
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**info, "state": "interrupted"}))
    found = section(with_looks(tmp_path / "run", look(4, "open", None)))
    assert rows_of(found)[0]["Seeds"] == 4
    assert any(
        "it is not finished; at the last look, after 4 seeds, 1 of its 1 pairs" in note for note in notes_of(found)
    )


def test_joined_with_another_run_it_is_judged_anew(tmp_path: Path) -> None:
    run(tmp_path / "a", seeds=4)
    run(tmp_path / "b", seeds=4, seed=1)
    with_looks(tmp_path / "a", look(4, "equivalent", None))
    found = section(open_store(tmp_path / "a", tmp_path / "b"))
    assert rows_of(found)[0]["State"] != "equivalent"
    assert any("judged anew here, since they are joined with others: a." in note for note in notes_of(found))
