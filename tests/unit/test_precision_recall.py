"""Alarms are counted as scikit-learn counts them, cost what the case says, and are worth it where Elkan says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, fbeta_score, precision_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.precision_recall import CASES, PrecisionRecall
from benchmarks.precision_recall.alarms import cheapest, costs, count
from benchmarks.precision_recall.exhibits import THRESHOLDS
from benchmarks.precision_recall.fitting import validation_probabilities
from benchmarks.precision_recall.rows import rows_of
from results.exhibits import Exhibit
from results.items import Table, Text
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.problem import Feature
from tuner.trial import Proposal, Trial

SPAM = PrecisionRecall(case="spam")


def trial_of(task: PrecisionRecall = SPAM, seed: int = 1, **values: Value) -> Trial:
    return Trial(0, Proposal(Configuration({**task.problem.space.default(), **values})), seed=seed, data_seed=2)


def exhibits_by_name(task: PrecisionRecall, trial: Trial) -> dict[str, Exhibit]:
    return {exhibit.name: exhibit for exhibit in task.explain(trial)}


def tables(exhibit: Exhibit) -> list[Table]:
    return [item for item in exhibit.items if isinstance(item, Table)]


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.9, 1.1])
def test_scores_are_those_of_scikit_learn(threshold: float) -> None:
    rng = np.random.default_rng(3)
    y, said = rng.integers(0, 2, 200), rng.random(200)

    alarms, alarm = count(y, said, threshold), said >= threshold

    assert alarms.precision == pytest.approx(precision_score(y, alarm, zero_division=0))
    assert alarms.recall == pytest.approx(recall_score(y, alarm))
    assert alarms.f_score(2.0) == pytest.approx(fbeta_score(y, alarm, beta=2.0, zero_division=0))
    expected = confusion_matrix(y, alarm).tolist()
    assert [[alarms.passes, alarms.false_alarms], [alarms.misses, alarms.hits]] == expected


def test_a_model_that_never_raises_an_alarm_has_neither_precision_nor_recall() -> None:
    silent = count(np.array([0, 1]), np.array([0.1, 0.2]), 0.5)

    assert (silent.precision, silent.recall, silent.f_score(1.0)) == (0.0, 0.0, 0.0)


def test_the_cost_is_what_the_mistakes_of_1000_rows_cost() -> None:
    case = replace(CASES["spam"], miss_cost=3.0, alarm_cost=7.0)
    y, said = np.array([1, 1, 0, 0, 0]), np.array([0.9, 0.1, 0.8, 0.7, 0.2])

    assert count(y, said, 0.5).cost(case) == 1000 * (3.0 + 2 * 7.0) / 5


def test_costs_over_thresholds_are_the_costs_of_the_counted_alarms() -> None:
    rng, spam = np.random.default_rng(5), CASES["spam"]
    y, said = rng.integers(0, 2, 50), rng.integers(0, 10, 50) / 10
    thresholds = np.linspace(0, 1, 21)

    assert costs(y, said, thresholds, spam).tolist() == [count(y, said, t).cost(spam) for t in thresholds.tolist()]


@pytest.mark.parametrize("name", CASES)
def test_with_right_probabilities_the_cheapest_threshold_is_elkans(name: str) -> None:
    case, rng = CASES[name], np.random.default_rng(7)
    said = rng.beta(0.4, 0.4, 400_000)
    y = (rng.random(len(said)) < said).astype(np.int64)

    found = cheapest(y, said, THRESHOLDS, case)

    assert np.log(found / (1 - found)) == pytest.approx(np.log(case.threshold / (1 - case.threshold)), abs=0.4)


def test_a_class_weight_moves_the_cheapest_threshold_and_calibration_moves_it_back() -> None:
    case, rows = CASES["fraud"], rows_of(CASES["fraud"], 2, 5)

    def found(calibration: str) -> float:
        configuration = trial_of(PrecisionRecall(case="fraud"), positive_weight=30.0, calibration=calibration)
        said = validation_probabilities(configuration.configuration, rows, seed=1)
        return cheapest(rows.y, said, THRESHOLDS, case)

    assert found("none") > 8 * case.threshold
    assert case.threshold / 2.5 < found("sigmoid") < 2.5 * case.threshold


def test_held_out_values_are_those_of_a_model_fitted_on_all_training_rows() -> None:
    rows = rows_of(CASES["spam"], 2, 5)
    regression = LogisticRegression(C=0.3, class_weight={0: 1.0, 1: 4.0}, max_iter=200)
    model = make_pipeline(StandardScaler(), regression).fit(rows.X, rows.y)
    alarm = model.predict_proba(rows.held_out_features)[:, 1] >= 0.7

    found = SPAM.evaluate(trial_of(threshold=0.7, positive_weight=4.0, C=0.3)).held_out

    assert found["precision"] == pytest.approx(precision_score(rows.held_out_target, alarm))
    assert found["recall"] == pytest.approx(recall_score(rows.held_out_target, alarm))


def test_the_threshold_never_touches_what_is_fitted() -> None:
    rows = rows_of(CASES["spam"], 2, 5)
    low, high = (
        validation_probabilities(trial_of(threshold=threshold).configuration, rows, seed=1) for threshold in (0.1, 0.9)
    )

    assert low.tolist() == high.tolist()


@pytest.mark.parametrize("name", CASES)
def test_rows_have_the_prevalence_of_the_case(name: str) -> None:
    rows = rows_of(CASES[name], 3, 5)

    assert np.concatenate([rows.y, rows.held_out_target]).mean() == pytest.approx(CASES[name].prevalence, abs=0.003)


def test_data_seeds_draw_other_rows() -> None:
    first, second = (rows_of(CASES["fraud"], seed, 5).X for seed in (1, 2))

    assert first.tolist() != second.tolist()


def test_an_eager_threshold_finds_more_and_errs_more() -> None:
    eager, shy = (SPAM.evaluate(trial_of(threshold=threshold)).values for threshold in (0.05, 0.95))

    assert eager["recall"] > shy["recall"]
    assert eager["precision"] < shy["precision"]


def test_a_kernel_that_is_always_there_measures_what_a_tuned_one_does_where_it_is_chosen() -> None:
    fixed, tuned = PrecisionRecall(kernel="rbf", folds=2), PrecisionRecall(folds=2)
    chosen = fixed.problem.space.default()

    assert not fixed.problem.space.conditions
    assert fixed.evaluate(Trial(0, Proposal(chosen), 1, 2)) == tuned.evaluate(
        Trial(0, Proposal(Configuration({**chosen, "kernel": "rbf"})), 1, 2)
    )


def test_both_precision_and_recall_can_be_the_objectives() -> None:
    problem = PrecisionRecall(objective="both").problem

    assert [(objective.name, objective.goal) for objective in problem.objectives] == [
        ("precision", "maximize"),
        ("recall", "maximize"),
    ]
    assert Feature.MULTIOBJECTIVE in problem.needs


@pytest.mark.parametrize(("objective", "name"), [("cost", "cost"), ("f-beta", "f_beta")])
def test_one_number_can_be_the_objective(objective: str, name: str) -> None:
    problem = PrecisionRecall(objective=objective).problem

    assert [objective.name for objective in problem.objectives] == [name]
    assert name in SPAM.evaluate(trial_of()).values


def test_exhibits_show_the_mistakes_that_were_measured() -> None:
    trial = trial_of(threshold=0.8)
    measured, shown = SPAM.evaluate(trial), exhibits_by_name(SPAM, trial)

    (positive, hits, misses), (negative, false_alarms, _) = tables(shown["mistakes"])[0].rows

    assert (positive, negative) == ("positive", "negative")
    assert isinstance(hits, int)
    assert isinstance(misses, int)
    assert isinstance(false_alarms, int)
    assert hits / (hits + misses) == pytest.approx(measured.held_out["recall"])
    assert hits / (hits + false_alarms) == pytest.approx(measured.held_out["precision"])


def test_exhibits_compare_the_threshold_with_the_cheapest_and_with_theory() -> None:
    trial = trial_of(threshold=0.3)
    measured, shown = SPAM.evaluate(trial), exhibits_by_name(SPAM, trial)

    mine, best, theory = tables(shown["cost"])[0].rows

    assert mine[1:3] == (0.3, measured.values["cost"])
    assert all(float(best[2] or 0) <= float(row[2] or 0) for row in (mine, theory))
    assert theory[1] == pytest.approx(10 / 11)
    text = shown["cost"].items[0]
    assert isinstance(text, Text)
    assert "10 / (10 + 1) = 0.909" in text.text


@pytest.mark.parametrize("threshold", [0.002, 0.998])
def test_a_bad_trial_can_be_explained_too(threshold: float) -> None:
    trial = trial_of(PrecisionRecall(), threshold=threshold, C=1e-3, calibration="isotonic")

    assert set(exhibits_by_name(PrecisionRecall(), trial)) == {"curve", "cost", "mistakes", "calibration"}


def test_the_same_trial_is_explained_alike() -> None:
    trial = trial_of(threshold=0.4)

    assert repr([e.items[0] for e in SPAM.explain(trial)]) == repr([e.items[0] for e in SPAM.explain(trial)])


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("case", "weather", "no case called 'weather'"),
        ("objective", "f1", "no objective called 'f1'"),
        ("folds", 1, "folds is a whole number in [2, 10], not 1"),
        ("kernel", "rbg", "no kernel called 'rbg'; did you mean 'rbf'?"),
    ],
)
def test_options_outside_what_is_allowed_are_refused(option: str, value: Value, message: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        PrecisionRecall(**{option: value})  # type: ignore[arg-type]  # wrong on purpose

    assert message in str(refused.value)
