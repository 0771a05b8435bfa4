"""Importance, partial dependence and searched regions, on functions whose answer is known."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parameters_under_test import Loss, write_trials_of
from stored_rows import change_rows

from results.analysis.importance import LEAST_TRIALS, importances
from results.analysis.partial_dependence import grow_forest
from results.analysis.pooled_trials import PooledTrials, pooled_trials
from results.analysis.regions import searched_regions
from results.store import open_store
from tuner import Categorical, Condition, Float, Integer, SearchSpace

THREE = SearchSpace({"idle": Float(0.0, 1.0), "rate": Float(1e-4, 1.0, log=True), "layers": Integer(1, 4)})
CONDITIONAL = SearchSpace(
    {"kind": Categorical(("plain", "deep")), "layers": Integer(1, 50)}, (Condition("layers", "kind", ("deep",)),)
)


def rate_alone(configuration: Any) -> float:
    """Best in the middle of the scale; the layers hardly matter."""
    return float((math.log10(configuration["rate"]) + 2.0) ** 2 + 0.001 * configuration["layers"])


def deep_is_better(configuration: Any) -> float:
    return 1.0 if configuration["kind"] == "plain" else 0.5 + 0.001 * float(configuration["layers"])


def trials_of(folder: Path, space: SearchSpace, loss: Loss, **changes: Any) -> PooledTrials:
    return pooled_trials(open_store(write_trials_of(folder, space, loss, **changes)), ["one"])["one"]


def test_the_one_parameter_that_explains_nearly_everything_is_found_by_both(tmp_path: Path) -> None:
    first, *others = importances(trials_of(tmp_path, THREE, rate_alone))

    assert first.parameter == "rate"
    assert first.ped_anova > 0.9
    assert first.fanova > 0.9
    assert all(one.ped_anova < 0.1 and one.fanova < 0.05 for one in others)


def test_importances_of_ped_anova_sum_to_one_and_those_of_fanova_at_most(tmp_path: Path) -> None:
    found = importances(trials_of(tmp_path, THREE, rate_alone))

    assert sum(one.ped_anova for one in found) == pytest.approx(1.0)
    assert sum(one.fanova for one in found) <= 1.0


def test_the_same_trials_give_the_same_importances(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, THREE, rate_alone)

    assert importances(trials) == importances(trials)


def test_losses_on_another_scale_change_nothing(tmp_path: Path) -> None:
    plain = importances(trials_of(tmp_path / "plain", THREE, rate_alone))

    assert importances(trials_of(tmp_path / "steep", THREE, lambda one: math.exp(9 * rate_alone(one)))) == plain


def test_what_fanova_cannot_judge_is_not_a_number(tmp_path: Path) -> None:
    found = {one.parameter: one for one in importances(trials_of(tmp_path, CONDITIONAL, deep_is_better))}

    assert found["kind"].ped_anova > 0
    assert found["kind"].fanova == pytest.approx(1.0)
    assert math.isnan(found["layers"].fanova)


def test_where_nothing_varies_nothing_matters(tmp_path: Path) -> None:
    assert {one.fanova for one in importances(trials_of(tmp_path, THREE, lambda _: 1.0))} == {0.0}


def test_too_few_trials_or_parameters_have_no_importances(tmp_path: Path) -> None:
    few = trials_of(tmp_path / "few", THREE, rate_alone, seeds=1, trials=LEAST_TRIALS - 1)
    single = trials_of(tmp_path / "single", SearchSpace({"rate": Float(1e-4, 1.0, log=True)}), lambda one: one["rate"])

    assert importances(few) == importances(single) == ()


def test_the_partial_dependence_follows_the_function(tmp_path: Path) -> None:
    forest = grow_forest(trials_of(tmp_path, THREE, rate_alone))
    rate, idle = forest.dependence("rate"), forest.dependence("idle")

    assert forest.fit > 0.9
    assert rate.values[int(rate.mean.argmin())] == pytest.approx(0.01, rel=0.5)
    assert np.ptp(rate.mean) > 0.7
    assert np.ptp(idle.mean) < 0.1


def test_choices_and_small_integers_are_asked_one_by_one(tmp_path: Path) -> None:
    three = grow_forest(trials_of(tmp_path / "three", THREE, rate_alone))
    conditional = grow_forest(trials_of(tmp_path / "conditional", CONDITIONAL, deep_is_better))

    assert three.dependence("layers").values == pytest.approx((1.0, 2.0, 3.0, 4.0))
    assert conditional.dependence("kind").values == ("plain", "deep")


def test_a_conditional_parameter_is_judged_where_it_is_active(tmp_path: Path) -> None:
    found = grow_forest(trials_of(tmp_path, CONDITIONAL, deep_is_better)).dependence("layers")

    assert found.high.max() < 0.55


def test_a_sample_is_drawn_evenly_and_always_the_same(tmp_path: Path) -> None:
    store = open_store(write_trials_of(tmp_path, THREE, rate_alone))
    first, again = (pooled_trials(store, ["one"], most=50)["one"] for _ in range(2))

    assert (len(first.losses), first.total) == (50, 200)
    np.testing.assert_array_equal(first.units, again.units)


def test_the_best_share_holds_the_lowest_losses(tmp_path: Path) -> None:
    store = open_store(write_trials_of(tmp_path, THREE, rate_alone))
    best = pooled_trials(store, ["one"], best_share=0.1)["one"]

    assert sorted(best.losses) == sorted(store.outcomes["loss"])[:20]


def test_a_region_is_the_middle_half_of_the_last_half(tmp_path: Path) -> None:
    run = write_trials_of(tmp_path, THREE, rate_alone, seeds=1, trials=10, strategies=("random", "gp"))
    rates = [1.0] * 5 + [0.001, 0.01, 0.01, 0.01, 0.1]

    def chosen(row: dict[str, Any]) -> dict[str, Any]:
        return {"configuration": json.dumps({**json.loads(row["configuration"]), "rate": rates[row["trial"]]})}

    regions = searched_regions(open_store(change_rows(run, trial=chosen)), {"one": ["rate"]})

    assert [region.strategy for region in regions] == ["random", "gp"]
    assert regions[0].values == pytest.approx((0.01, 0.01, 0.01))


def test_categoricals_and_inactive_trials_have_no_region(tmp_path: Path) -> None:
    store = open_store(write_trials_of(tmp_path, CONDITIONAL, deep_is_better))
    regions = searched_regions(store, {"one": ["kind", "layers"]})

    assert [region.parameter.name for region in regions] == ["layers"]
    assert 0.1 < regions[0].quartiles[0] < regions[0].quartiles[2] < 0.9
