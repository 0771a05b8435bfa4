"""What feature scaling shows of a trial: curvatures, paths through a ravine, the race of the scalers, and theory."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.feature_scaling import FeatureScaling, ravine
from benchmarks.feature_scaling.design import Setting, optimum
from benchmarks.feature_scaling.scaling import SCALERS
from benchmarks.feature_scaling.theory import plain_rate, steps_to_shrink
from results.exhibits import Exhibit
from results.items import Chart, Table, Text
from tuner.configuration import Configuration, Value
from tuner.trial import Proposal, Trial

pytest.importorskip("torch")

GOOD: dict[str, Value] = {
    "scaler": "standard",
    "centre": "yes",
    "learning_rate": 2.0,
    "momentum": 0.7,
    "method": "heavy-ball",
}
DIABETES = Setting("linear", "diabetes", 1e-3, 1e6, 0)


@functools.cache
def explain(**changes: Any) -> dict[str, Exhibit]:
    task = FeatureScaling(model="linear", data="diabetes", steps=120)
    return {
        exhibit.name: exhibit for exhibit in task.explain(Trial(0, Proposal(Configuration({**GOOD, **changes})), 1, 0))
    }


def items_of(exhibit: Exhibit, kind: type[Any]) -> list[Any]:
    return [item for item in exhibit.items if isinstance(item, kind)]


def test_the_exhibits_show_curvature_paths_race_and_theory() -> None:
    exhibits = explain()
    assert list(exhibits) == ["conditioning", "paths", "race", "theory"]
    for exhibit in exhibits.values():
        assert items_of(exhibit, Text)
        for chart in items_of(exhibit, Chart):
            assert 0 < len(chart.data.rows) <= 500
            assert chart.specification()


def test_the_conditioning_exhibit_says_what_scaling_did() -> None:
    (chart,) = items_of(explain()["conditioning"], Chart)
    conditions = {row[:2]: row[2] for row in chart.data.rows}
    assert conditions["standard", "centred"] < conditions["none", "not centred"] / 1000
    assert conditions["standard", "centred"] == pytest.approx(np.linalg.cond(optimum(DIABETES).hessian), rel=1e-6)


def test_the_paths_exhibit_sets_the_scaler_beside_none() -> None:
    (text,) = items_of(explain()["paths"], Text)
    assert "bmi and s5" in text.text
    raw, scaled = (chart.data for chart in items_of(explain()["paths"], Chart))
    assert raw.caption.endswith("none")
    assert scaled.caption.endswith("standard")


def test_a_path_through_a_ravine_is_left_further_from_the_optimum() -> None:
    subject = DIABETES
    features = ravine.choose_features(subject)
    raw, scaled = (ravine.descend(subject, features, scaler) for scaler in ("none", "standard"))
    assert scaled.condition < raw.condition / 10
    assert scaled.excess[-1] < 1e-6
    assert 0.1 < raw.excess[-1] < raw.excess[0] == 1
    left = np.linalg.norm(raw.path - raw.optimum, axis=1)
    assert (left[1:] <= left[:-1] * plain_rate(raw.condition) * (1 + 1e-9)).all()
    np.testing.assert_allclose(scaled.path[-1], scaled.optimum, rtol=1e-3)


@pytest.mark.parametrize("scaler", SCALERS)
def test_the_map_around_a_path_is_lowest_at_the_cell_of_the_optimum(scaler: str) -> None:
    subject = replace(DIABETES, data="wine")
    result = ravine.descend(subject, ravine.choose_features(subject), scaler)
    lowest = np.unravel_index(np.argmin(result.map), result.map.shape)
    width = result.axes[0][1] - result.axes[0][0]
    for axis, place, best in zip(result.axes, lowest, result.optimum, strict=True):
        assert abs(axis[place] - best) < 3 * width
    assert result.map.min() >= 0


def test_the_race_ends_lower_with_the_standard_scaler_than_without() -> None:
    (chart,) = items_of(explain()["race"], Chart)
    last = {row[2]: row[1] for row in chart.data.rows if row[0] == 120}
    assert last["standard"] < last["none"] / 10
    assert set(last) == {"this trial", *SCALERS}


def test_the_theory_exhibit_sets_expected_beside_measured_steps() -> None:
    (table,) = items_of(explain()["theory"], Table)
    standard = dict(zip([column.name for column in table.columns], table.rows[1], strict=True))
    expected = steps_to_shrink(plain_rate(standard["condition number"]), 0.1)
    assert standard["plain, expected"] == expected
    assert standard["momentum, measured"] < standard["plain, expected"] / 5


@pytest.mark.parametrize("changes", [{"scaler": "none", "centre": "no"}, {"learning_rate": 10.0, "momentum": 0.99}])
def test_a_bad_configuration_is_explained_too(changes: dict[str, Value]) -> None:
    assert len(explain(**changes)) == 4


def test_the_same_trial_is_explained_by_the_same_exhibits() -> None:
    shown = [
        [[item.data if isinstance(item, Chart) else item for item in exhibit.items] for exhibit in exhibits.values()]
        for exhibits in (explain(), explain.__wrapped__())
    ]
    assert shown[0] == shown[1]
