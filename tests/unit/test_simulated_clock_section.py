"""What the report says of the simulated clock."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.simulated_clock import UtilisationRow, share_in_use, simulated_spans, utilisation
from results.sections import simulated_clock
from results.store import Store, open_store

SPANS = [(0.0, 1.0), (0.0, 4.0), (1.0, 3.0), (3.0, 4.0)]
"""On two workers, which are busy throughout."""


def simulated(folder: Path, *, idle: float = 0.0) -> Store:
    """Four trials a study; the second strategy's last one ends later."""
    run = write_example_run(folder / "run", strategies=("random", "asha"), tasks=("branin",), seeds=3, trials=4)
    change_rows(run, study=lambda row: {"clock": "simulated", "parallelism": 2})

    def span(row: dict[str, object]) -> dict[str, object]:
        began, ended = SPANS[int(str(row["trial"]))]
        late = idle if row["strategy"] == "asha" and row["trial"] == 3 else 0.0
        return {"simulated_started": began + late, "simulated_finished": ended + late}

    return open_store(change_rows(run, trial=span))


def test_workers_that_are_always_busy_are_wholly_in_use() -> None:
    assert share_in_use(np.array([8.0]), np.array([4.0]), np.array([2])).tolist() == [1.0]


def test_idle_workers_count_until_the_last_trial_ends() -> None:
    assert share_in_use(np.array([8.0]), np.array([8.0]), np.array([2])).tolist() == [0.5]


def test_where_no_time_passed_no_share_is_known() -> None:
    assert math.isnan(share_in_use(np.array([0.0]), np.array([0.0]), np.array([4]))[0])


def test_each_strategy_has_its_makespan_and_the_share_of_its_workers_time(tmp_path: Path) -> None:
    assert utilisation(simulated(tmp_path, idle=4.0)) == (
        UtilisationRow("branin", "random", 2, 4.0, 4.0, 1.0),
        UtilisationRow("branin", "asha", 2, 4.0, 8.0, 0.5),
    )


def test_spans_are_those_of_the_simulated_clock(tmp_path: Path) -> None:
    spans = simulated_spans(simulated(tmp_path))
    assert list(zip(spans["began"], spans["ended"], strict=True)) == SPANS * 6


def test_the_section_shows_them(tmp_path: Path) -> None:
    section = simulated_clock.section(simulated(tmp_path, idle=4.0))
    assert section is not None
    (table,) = section.tables
    assert table.rows[1] == ("branin", "asha", 2, 8.0, 0.5, 4.0)


@pytest.mark.parametrize("skipped", [(), [("random", "branin")]], ids=["all ran", "some skipped"])
def test_on_the_walls_clock_there_is_no_such_section(tmp_path: Path, skipped: list[tuple[str, str]]) -> None:
    store = open_store(write_example_run(tmp_path / "run", skipped=skipped))
    assert utilisation(store) == ()
    assert simulated_clock.section(store) is None
