"""Charts of the best so far can be laid out over seconds, with the strategies' own time and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run

from results.analysis.curves import incumbent_curves
from results.items import Chart, Panels
from results.sections.curves import section
from results.sections.quartiles import quartiles_of
from results.sections.time_axes import over_seconds
from results.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(write_example_run(tmp_path / "run"))


def charts_of(store: Store) -> tuple[Chart, ...]:
    return next(item.charts for item in section(store).items if isinstance(item, Panels))


def values_of(chart: Chart, axis: str) -> list[dict[str, Any]]:
    specification: Any = chart.axes[axis]()
    (values,) = specification["datasets"].values() if "datasets" in specification else [specification["data"]["values"]]
    return list(values)


def test_readers_can_choose_trials_and_both_kinds_of_time(store: Store) -> None:
    assert [tuple(chart.axes) for chart in charts_of(store)] == [("trials", "seconds", "seconds of evaluation")] * 2


def test_a_chart_over_seconds_ends_where_the_chart_over_trials_does(store: Store) -> None:
    """Studies of the example all have the same budget: the last medians that both show are of the same values."""
    chart = charts_of(store)[0]
    for name in store.strategies:
        last = {
            axis: [point["median"] for point in values_of(chart, axis) if point["strategy"] == name][-1]
            for axis in ("trials", "seconds of evaluation")
        }
        assert last["seconds of evaluation"] >= last["trials"]


def test_own_time_moves_a_curve_to_the_right(store: Store) -> None:
    chart = charts_of(store)[0]
    starts = {axis: min(point["trial"] for point in values_of(chart, axis)) for axis in tuple(chart.axes)[1:]}
    assert starts["seconds"] > starts["seconds of evaluation"]


def test_the_scale_of_time_is_logarithmic(store: Store) -> None:
    specification: Any = charts_of(store)[0].axes["seconds"]()
    assert specification["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"


def test_tasks_that_are_not_asked_for_are_left_out(store: Store) -> None:
    one = incumbent_curves(store)[:1]
    assert list(over_seconds(store, one)) == [one[0].task]


def test_quartiles_are_unknown_until_half_of_the_seeds_have_had_a_success() -> None:
    values = np.array([[[np.nan, 1.0, 1.0], [np.nan, np.nan, 3.0], [np.nan, np.nan, 5.0]]])
    _, median, _ = quartiles_of(values, np.ones((1, 3), dtype=np.bool_))
    assert np.isnan(median[0, :2]).all()
    assert median[0, 2] == 3.0
