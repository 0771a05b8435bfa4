"""Held-out values of the incumbents."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_store import write_example_run

from results.analysis.curves import incumbent_curves
from results.analysis.held_out import held_out
from results.store import open_store


def test_the_incumbents_validation_and_held_out_values_are_averaged_over_seeds(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.2))
    rows = {(row.task, row.strategy): row for row in held_out(store)}
    assert len(rows) == 6
    for curves in incumbent_curves(store):
        for number, strategy in enumerate(curves.strategies):
            row = rows[curves.task, strategy]
            assert row.name == "test"
            assert row.goal == curves.goal
            assert row.validation == pytest.approx(curves.values[number, :, -1].mean())
            assert row.held_out == pytest.approx(row.validation + 0.125)


def test_studies_without_a_success_have_no_row(tmp_path: Path) -> None:
    assert held_out(open_store(write_example_run(tmp_path / "a", failures=1.0))) == ()
