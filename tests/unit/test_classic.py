"""Classic models have the spaces, rows, folds and values that Bayesmark published."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import Lasso
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from benchmarks.classic import Classic
from benchmarks.classic.published import BEST
from benchmarks.classic.scoring import log_loss
from benchmarks.classic.sources import KINDS, folds_again, part
from benchmarks.classic.spaces import LOGIT, MODELS, share_of, space_of
from benchmarks.classic.surrogate import Surrogate
from results.exhibits import Exhibit
from results.items import Chart, Table, Text
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.problem import Fidelity
from tuner.space import SearchSpace
from tuner.trial import Measurement, Proposal, Trial

SIGNATURES: Mapping[tuple[str, str, str], tuple[list[float], float]] = {
    ("kNN", "wine", "nll"): ([0.83151196, 0.82786838, 1.51332679, 1.06737612, 0.81361485], 1e-7),
    ("kNN", "iris", "nll"): ([0.13100240, 0.13359517, 0.12159007, 0.12766315, 0.15566917], 1e-7),
    ("linear", "iris", "nll"): ([0.29360974, 0.28948335, 0.38033760, 0.34895744, 0.21834277], 1e-6),
    ("SVM", "diabetes", "mse"): ([6311.13361763, 6314.32056248, 6313.05794707, 6315.06131524, 6305.72356481], 1e-6),
}
"""Values at five points that Bayesmark computes for each problem, and how well ours agree.

From the "signature" in input/baseline-100-1.json of https://github.com/rdturnermtl/bbo_challenge_starter_kit.
"""


def trial_of(task: Classic, **values: Value) -> Trial:
    return Trial(0, Proposal(Configuration({**task.problem.space.default(), **values})), seed=1, data_seed=2)


def measure_folds(task: Classic, folds: int) -> Measurement:
    return task.evaluate(Trial(0, Proposal(task.problem.space.default(), folds), seed=1, data_seed=2))


def measure(task: Classic, **values: Value) -> Measurement:
    return task.evaluate(trial_of(task, **values))


def exhibits_by_name(task: Classic, **values: Value) -> dict[str, Exhibit]:
    return {exhibit.name: exhibit for exhibit in task.explain(trial_of(task, **values))}


def signature_points(space: SearchSpace) -> list[Configuration]:
    """Bayesmark's five points: uniform on the warped scales, parameters in the order of the alphabet."""
    names = sorted(space.names, key=lambda name: name.removeprefix(LOGIT))
    ends = np.array([warped_ends(space.parameters[name]) for name in names])
    rows = np.random.RandomState(0).uniform(ends[:, 0], ends[:, 1], size=(5, len(names)))
    points = [dict(zip(names, row.tolist(), strict=True)) for row in rows]
    return [Configuration({name: unwarped(space.parameters[name], p[name]) for name in space.names}) for p in points]


def warped_ends(parameter: Parameter) -> tuple[float, float]:
    if isinstance(parameter, Categorical):
        return 0.0, 1.0
    ends = (parameter.low, parameter.high)
    return (math.log(ends[0]), math.log(ends[1])) if parameter.log else ends


def unwarped(parameter: Parameter, value: float) -> Value:
    if isinstance(parameter, Categorical):
        return bool(round(value))
    value = math.exp(value) if parameter.log else value
    return round(value) if isinstance(parameter, Integer) else value


@pytest.mark.parametrize("problem", SIGNATURES, ids="-".join)
def test_values_at_five_points_are_those_that_bayesmark_published(problem: tuple[str, str, str]) -> None:
    model, data, metric = problem
    published, tolerance = SIGNATURES[problem]
    task = Classic(model=model, data=data, metric=metric)
    name = task.problem.objectives[0].name

    found = [measure(task, **point).values[name] for point in signature_points(task.problem.space)]

    assert found == pytest.approx(published, rel=tolerance)


@pytest.mark.slow
def test_random_search_is_as_good_as_published_for_neighbours_of_wines() -> None:
    task = Classic(model="kNN", data="wine")
    values = {(n, p): measure(task, n_neighbors=n, p=p).values["log_loss"] for n in range(1, 26) for p in range(1, 5)}
    rng = np.random.default_rng(0)
    drawn = np.rint(rng.uniform((1, 1), (25, 4), (4000, 2))).astype(int)  # as Bayesmark draws whole numbers
    losses = np.array([values[n, p] for n, p in drawn.tolist()])

    assert np.median(losses) == pytest.approx(1.0641, rel=0.01)  # published for one trial
    assert np.median(losses[:3990].reshape(-1, 15).min(axis=1)) == pytest.approx(0.7802, rel=0.01)  # for 15
    assert min(values.values()) == pytest.approx(BEST["kNN"]["wine"]["nll"], rel=1e-5)


def test_the_rows_of_bayesmark_are_scikit_learns_shuffled_fifth() -> None:
    wine = load_wine()
    train, held_out, train_y, held_out_y = train_test_split(
        wine.data, wine.target, test_size=0.2, random_state=0, shuffle=True
    )

    parts = part("wine", 0)

    assert parts.features.tolist() == train.tolist()
    assert parts.held_out_features.tolist() == held_out.tolist()
    assert (parts.target.tolist(), parts.held_out_target.tolist()) == (train_y.tolist(), held_out_y.tolist())


@pytest.mark.parametrize("data", KINDS)
def test_folds_share_the_rows_and_the_classes_out_evenly(data: str) -> None:
    parts = part(data, 3)
    groups = np.unique(parts.target) if parts.class_names else [None]

    for group in groups:
        counts = np.bincount(parts.fold[parts.target == group] if group is not None else parts.fold, minlength=5)
        assert counts.max() - counts.min() <= 1


def test_only_the_seeded_split_depends_on_the_data_seed() -> None:
    def held_out(split: str, seed: int) -> str:
        task = Classic(model="kNN", data="wine", split=split)
        trial = Trial(0, Proposal(task.problem.space.default()), seed=1, data_seed=seed)
        return str(task.parts(trial).held_out_target)

    assert held_out("bayesmark", 1) == held_out("bayesmark", 2)
    assert held_out("seeded", 1) != held_out("seeded", 2)


def test_a_share_is_tuned_as_its_log_odds() -> None:
    leaf = space_of("DT", "classes").parameters["logit_min_samples_leaf"]

    assert isinstance(leaf, Float)
    assert [share_of(leaf.low), share_of(leaf.high)] == pytest.approx([0.01, 0.49])


def test_a_tree_gets_the_shares_and_the_seed_that_it_should() -> None:
    task = Classic(model="DT", data="wine")
    trial = trial_of(task, max_depth=3, logit_max_features=50.0)
    estimator = task.recipe(trial).fit(task.parts(trial).features, task.parts(trial).target, 7)
    expected = DecisionTreeClassifier(
        **{
            "max_depth": 3,
            "max_features": 1.0,
            **{
                name.removeprefix(LOGIT): share_of(trial.configuration.number(name))
                for name in ("logit_min_samples_split", "logit_min_samples_leaf", "logit_min_weight_fraction_leaf")
            },
        },
        random_state=7,
    ).fit(task.parts(trial).features, task.parts(trial).target)

    rows = task.parts(trial).held_out_features
    assert estimator.predict_proba(rows).tolist() == expected.predict_proba(rows).tolist()


def test_normalized_features_have_mean_zero_and_length_one() -> None:
    diabetes = load_diabetes()
    features, target = diabetes.data * np.arange(1, 11) + 5.0, diabetes.target
    task, centred = Classic(model="lasso", data="diabetes"), features - features.mean(axis=0)
    units = centred / np.linalg.norm(centred, axis=0)
    recipe = task.recipe(trial_of(task, normalize=True, alpha=0.1))

    found = recipe.fit(features, target, 1).predict(features)

    assert found == pytest.approx(Lasso(alpha=0.1).fit(units, target).predict(units), rel=1e-3)


@pytest.mark.parametrize("metric", ["acc", "nll"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_classifies(model: str, metric: str) -> None:
    task = Classic(model=model, data="iris", metric=metric)

    found = measure_folds(task, 1)

    assert task.problem.objectives[0].name in found.values
    assert 0 <= found.held_out["accuracy"] <= 1


@pytest.mark.parametrize("model", MODELS)
def test_every_model_predicts_numbers(model: str) -> None:
    task = Classic(model=model, data="diabetes", metric="mae")

    assert measure_folds(task, 1).values["absolute_error"] > 0


def test_log_loss_is_that_of_scikit_learn_and_finite_for_a_sure_mistake() -> None:
    said, y = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]]), np.array([1.0, 0.0, 1.0])

    assert log_loss(said, y) == pytest.approx(metrics.log_loss(y, said))
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1.0])) == pytest.approx(-math.log(1e-15), rel=1e-6)


def test_fewer_folds_are_the_first_ones() -> None:
    task = Classic(model="kNN", data="iris")
    parts = task.parts(trial_of(task))
    each = [task.score_fold(trial_of(task), parts, number)["log_loss"] for number in range(5)]

    assert measure_folds(task, 2).values["log_loss"] == pytest.approx(np.mean(each[:2]))
    assert measure(task).values["log_loss"] == pytest.approx(np.mean(each))


def test_the_best_known_value_is_told_only_where_it_applies() -> None:
    assert Classic(model="kNN", data="iris").best_known == {"log_loss": 0.108287}
    assert Classic(model="kNN", data="iris", split="seeded").best_known == {}
    assert Classic(model="boosting", data="iris").best_known == {}


def test_the_surrogate_finds_the_parameter_that_matters() -> None:
    space = SearchSpace({"strong": Float(0.0, 1.0), "weak": Float(0.0, 1.0), "idle": Float(0.0, 1.0)})
    configurations = space.sample_many(np.random.default_rng(1), 200)
    values = np.array([10 * c.number("strong") + 3 * c.number("weak") for c in configurations])

    surrogate = Surrogate(space, configurations, values, seed=1)

    assert surrogate.importance["strong"] == pytest.approx(100 / 109, abs=0.08)
    assert surrogate.importance["idle"] < 0.02
    settings, means = surrogate.dependence("strong")
    assert np.polyfit(np.array(settings, dtype=float), means, 1)[0] == pytest.approx(10, rel=0.15)


def test_exhibits_count_the_mistakes_that_were_measured() -> None:
    task = Classic(model="kNN", data="wine")
    table = exhibits_by_name(task, n_neighbors=9)["mistakes"].items[1]
    assert isinstance(table, Table)

    counts = np.array([row[1:] for row in table.rows], dtype=float)

    assert counts.trace() / counts.sum() == pytest.approx(measure(task, n_neighbors=9).held_out["accuracy"])


def test_exhibits_show_predicted_and_true_numbers() -> None:
    task = Classic(model="linear", data="diabetes")
    shown = exhibits_by_name(task)
    chart = shown["mistakes"].items[1]
    assert isinstance(chart, Chart)

    pairs = np.array(chart.data.rows, dtype=float)

    error = float(((pairs[:, 0] - pairs[:, 1]) ** 2).mean())
    assert error == pytest.approx(measure(task).held_out["squared_error"])
    assert set(shown) == {"importance", "dependence", "mistakes"}


def test_exhibits_say_which_parameter_of_neighbours_matters() -> None:
    importance = exhibits_by_name(Classic(model="kNN", data="breast"))["importance"].items[0]

    assert isinstance(importance, Text)
    assert "n_neighbors explains" in importance.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "svm"}, "no model called 'svm'"),
        ({"data": "boston"}, "no data set called 'boston'"),
        ({"metric": "mse"}, "no metric 'mse' for 'breast'"),
        ({"split": "random"}, "no split called 'random'"),
        ({"repeats": 0}, "repeats is a whole number in [1, 100], not 0"),
    ],
)
def test_options_outside_what_is_allowed_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        Classic(**options)

    assert message in str(refused.value)


def test_repeats_add_folds_to_those_of_bayesmark() -> None:
    once, thrice = Classic(model="DT", data="iris"), Classic(model="DT", data="iris", repeats=3)
    parts = thrice.parts(trial_of(thrice))
    each = [thrice.score_fold(trial_of(thrice), parts, number)["log_loss"] for number in range(15)]
    assert thrice.evaluate(trial_of(thrice)).values["log_loss"] == pytest.approx(np.mean(each), rel=1e-12)
    assert once.evaluate(trial_of(once)).values["log_loss"] == pytest.approx(np.mean(each[:5]), rel=1e-12)
    assert thrice.problem.fidelity == Fidelity("folds", 1, 15)


def test_each_repeat_cuts_the_same_rows_into_stratified_folds_of_its_own() -> None:
    target = part("wine", 0).target
    cuts = [folds_again("wine", 0, repeat) for repeat in range(3)]
    assert cuts[0].tolist() == part("wine", 0).fold.tolist()
    assert len({tuple(cut.tolist()) for cut in cuts}) == 3
    for cut, group in itertools.product(cuts, np.unique(target)):
        counts = np.bincount(cut[target == group], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_baselines_are_for_one_repeat() -> None:
    assert Classic(model="kNN", data="wine").best_known
    assert Classic(model="kNN", data="wine", repeats=2).best_known == {}
