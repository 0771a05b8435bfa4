"""The exhibits of logistic regression say what the trial's model says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from bench.opponents.logistic_regression import fit_plainly
from benchmarks import datasets
from benchmarks.logistic_regression import LogisticRegressionTask
from results.exhibits import Exhibit
from results.items import Chart, Note, Table, Text
from tuner.configuration import Configuration, Value
from tuner.trial import Proposal, Trial

CANCER = LogisticRegressionTask()
CHOSEN: dict[str, Value] = {"C": 0.5, "l1_ratio": 0.0, "class_weight": "none", "scaler": "standard"}


def trial_of(**values: Value) -> Trial:
    return Trial(0, Proposal(Configuration({**CHOSEN, **values})), seed=1, data_seed=2)


@pytest.fixture(scope="module")
def exhibits() -> dict[str, Exhibit]:
    return {exhibit.name: exhibit for exhibit in CANCER.explain(trial_of())}


def texts_of(exhibit: Exhibit) -> str:
    return " ".join(item.text for item in exhibit.items if isinstance(item, Text | Note))


def tables_of(exhibit: Exhibit) -> list[Table]:
    return [item for item in exhibit.items if isinstance(item, Table)]


def charts_of(exhibit: Exhibit) -> list[Chart]:
    return [item for item in exhibit.items if isinstance(item, Chart)]


def numbers(table: Table, column: str) -> list[float]:
    place = [each.name for each in table.columns].index(column)
    return [float(cell) if isinstance(cell, int | float) else math.nan for cell in (row[place] for row in table.rows)]


def names(table: Table, column: str) -> list[str]:
    place = [each.name for each in table.columns].index(column)
    return [str(row[place]) for row in table.rows]


def test_odds_ratios_are_those_of_scikit_learn(exhibits: dict[str, Exhibit]) -> None:
    data = datasets.load("breast_cancer")
    train = datasets.split(data, 2).train
    pipeline = fit_plainly(trial_of().configuration, data.X[train], data.y[train])
    coefficients, deviations = pipeline[-1].coef_[0], data.X[train].std(axis=0)
    order = np.argsort(-np.abs(coefficients))[:12]

    table = tables_of(exhibits["odds-ratios"])[0]

    assert names(table, "feature") == [data.feature_names[j] for j in order]
    assert numbers(table, "odds ratio, one deviation") == pytest.approx(np.exp(coefficients[order]), rel=1e-5)
    assert numbers(table, "odds ratio, one unit")[0] == pytest.approx(
        math.exp(coefficients[order[0]] / deviations[order[0]]), rel=1e-4
    )


def test_intervals_hold_the_estimates_and_say_what_they_are(exhibits: dict[str, Exhibit]) -> None:
    table = tables_of(exhibits["odds-ratios"])[0]
    low, ratio, high = (numbers(table, name) for name in ("low", "odds ratio, one deviation", "high"))

    inside = sum(a < b < c for a, b, c in zip(low, ratio, high, strict=True))

    assert inside >= 10
    assert "no confidence intervals" in texts_of(exhibits["odds-ratios"])


def test_a_model_of_few_features_has_wald_intervals(exhibits: dict[str, Exhibit]) -> None:
    (_, table) = tables_of(exhibits["odds-ratios"])

    assert len(table.rows) == 3
    assert "95 % confidence" in texts_of(exhibits["odds-ratios"])


def test_the_loss_curves_are_minus_the_logarithm_of_the_probability(exhibits: dict[str, Exhibit]) -> None:
    rows = charts_of(exhibits["log-loss"])[0].data.rows
    expected = {"benign": lambda p: -math.log(p), "malignant": lambda p: -math.log1p(-p)}

    assert {row[2] for row in rows} == {"benign", "malignant"}
    assert all(row[1] == pytest.approx(expected[str(row[2])](row[0])) for row in rows)


def test_the_loss_said_is_that_of_the_held_out_rows(exhibits: dict[str, Exhibit]) -> None:
    data = datasets.load("breast_cancer")
    rows = datasets.split(data, 2)
    pipeline = fit_plainly(trial_of().configuration, data.X[rows.train], data.y[rows.train])
    loss = log_loss(data.y[rows.held_out], pipeline.predict_proba(data.X[rows.held_out]))

    assert f"{len(rows.held_out)} held-out rows cost {loss:.3g} on average" in texts_of(exhibits["log-loss"])


def test_calibration_counts_every_held_out_row_once(exhibits: dict[str, Exhibit]) -> None:
    (table,) = tables_of(exhibits["log-loss"])

    assert sum(numbers(table, "rows")) == 142
    assert numbers(table, "were benign")[-1] > 0.9


def test_the_path_shrinks_to_nothing_and_has_the_loss_of_the_trial(exhibits: dict[str, Exhibit]) -> None:
    coefficients, losses = charts_of(exhibits["regularisation-path"])
    by_strength = dict(zip(numbers(losses.data, "C"), numbers(losses.data, "log loss"), strict=True))
    sizes = np.abs(numbers(coefficients.data, "coefficient"))
    strengths = np.array(numbers(coefficients.data, "C"))

    assert by_strength[0.5] == pytest.approx(CANCER.evaluate(trial_of()).values["log_loss"], rel=1e-9)
    assert sizes[strengths == strengths.min()].max() < 0.05
    assert sizes[strengths == strengths.max()].max() > 1
    assert "this trial's C of 0.5" in texts_of(exhibits["regularisation-path"])


def test_the_same_trial_gives_the_same_exhibits(exhibits: dict[str, Exhibit]) -> None:
    again = {exhibit.name: exhibit for exhibit in CANCER.explain(trial_of())}

    for name, exhibit in exhibits.items():
        assert tables_of(again[name]) == tables_of(exhibit)
        assert [chart.data for chart in charts_of(again[name])] == [chart.data for chart in charts_of(exhibit)]
        assert texts_of(again[name]) == texts_of(exhibit)


@pytest.mark.parametrize(
    "values",
    [
        {"C": 1e3, "l1_ratio": 1.0, "scaler": "min-max"},
        {"C": 1e3, "scaler": "none"},
        {"C": 1e-4, "l1_ratio": 0.5, "class_weight": "balanced"},
    ],
)
def test_extreme_configurations_are_explained_and_drawn(values: dict[str, Value]) -> None:
    found = CANCER.explain(trial_of(**values))

    assert [exhibit.name for exhibit in found] == ["odds-ratios", "log-loss", "regularisation-path"]
    assert all(chart.specification() for exhibit in found for chart in charts_of(exhibit))


def test_a_model_without_features_says_so() -> None:
    found = CANCER.explain(trial_of(C=1e-4, l1_ratio=1.0))[0]

    assert "no feature" in texts_of(found)
    assert not tables_of(found)


def test_three_classes_are_explained_by_their_losses() -> None:
    (exhibit,) = LogisticRegressionTask(data="wine").explain(trial_of())

    assert exhibit.name == "log-loss"
    assert sum(numbers(tables_of(exhibit)[0], "rows")) == len(datasets.split(datasets.load("wine"), 2).held_out)
    assert charts_of(exhibit)[0].specification()
