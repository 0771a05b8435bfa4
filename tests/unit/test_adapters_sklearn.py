from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import sklearn
from scipy.stats import expon, loguniform, norm, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GroupKFold, KFold, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from tuner import (
    Categorical,
    Condition,
    Configuration,
    Float,
    Integer,
    Proposal,
    SearchSpace,
    SearchStrategy,
    TrialResult,
)
from tuner.adapters.sklearn import SearchCV
from tuner.adapters.sklearn.candidate_scores import insert_failures
from tuner.adapters.sklearn.candidate_space import CandidateSpace
from tuner.errors import InvalidOption, InvalidSpace, StrategyMisbehaved, UnknownPlugin, UnsupportedProblem

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] + 0.5 * RNG.normal(size=60) > 0).astype(int)
TREE = {"max_depth": Integer(1, 6), "min_samples_leaf": randint(1, 10), "criterion": ["gini", "entropy"]}


class Fragile(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Cannot be fitted where `x` is below 0.5; otherwise the score is `x`."""

    def __init__(self, x: float = 1.0) -> None:
        self.x = x

    def fit(self, data: object, labels: object) -> Fragile:
        if self.x < 0.5:
            raise ValueError("x is too small")
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, data: object) -> np.ndarray[Any, Any]:
        return np.zeros(len(X))

    def score(self, data: object, labels: object) -> float:
        return self.x


class Listed(SearchStrategy):
    """Goes through fixed values of x, and keeps what it is told in a list of the class."""

    values: Sequence[float] = (0.9, 0.1, 0.7, 0.2)
    told: list[TrialResult] = []  # noqa: RUF012  emptied by each test

    def ask(self, count: int) -> Sequence[Proposal]:
        first = len(self.told)
        return [Proposal(Configuration({"x": value})) for value in self.values[first : first + count]]

    def tell(self, result: TrialResult) -> None:
        self.told.append(result)


@pytest.fixture
def listed() -> type[Listed]:
    return type("Listed", (Listed,), {"told": []})


def tree_search(**changes: Any) -> SearchCV:
    settings = {"strategy": "random", "n_trials": 6, "cv": 3, "random_state": 0, **changes}
    return SearchCV(DecisionTreeClassifier(random_state=0), TREE, **settings)


def scores(search: SearchCV) -> list[float]:
    found: list[float] = search.cv_results_["mean_test_score"].tolist()
    return found


def test_the_best_estimator_has_the_best_mean_score_and_predicts() -> None:
    search = tree_search().fit(X, Y)

    assert search.best_score_ == max(scores(search))
    assert search.best_estimator_.get_params().items() >= search.best_params_.items()
    assert (search.predict(X) == search.best_estimator_.predict(X)).all()


def test_the_table_has_the_columns_of_a_search_of_scikit_learn() -> None:
    theirs = RandomizedSearchCV(
        DecisionTreeClassifier(),
        {"max_depth": [1, 2], "min_samples_leaf": [1, 2], "criterion": ["gini"]},
        n_iter=3,
        cv=3,
    ).fit(X, Y)
    search = tree_search().fit(X, Y)

    assert set(search.cv_results_) == set(theirs.cv_results_)
    assert [p["max_depth"] for p in search.cv_results_["params"]] == search.cv_results_["param_max_depth"].tolist()


@pytest.mark.parametrize("strategy", ["bayesian", "random", "grid"])
def test_the_same_random_state_gives_the_same_search_and_another_one_does_not(strategy: str) -> None:
    first, again, other = (
        tree_search(strategy=strategy, n_trials=5, random_state=state).fit(X, Y).cv_results_["params"]
        for state in (1, 1, 2)
    )

    assert first == again != other


def test_the_number_of_jobs_changes_nothing() -> None:
    one, two = (
        tree_search(strategy="tpe", n_trials=12, parallelism=2, n_jobs=jobs).fit(X, Y).cv_results_ for jobs in (1, 2)
    )

    assert one["params"] == two["params"]
    assert one["mean_test_score"].tolist() == two["mean_test_score"].tolist()


@pytest.mark.parametrize(("parallelism", "batches"), [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1])])
def test_candidates_are_proposed_so_many_at_a_time(parallelism: int, batches: list[int]) -> None:
    asked: list[int] = []

    def propose(history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator) -> Any:
        asked.append(count)
        return [space.sample(rng) for _ in range(count)]

    tree_search(strategy=propose, n_trials=5, parallelism=parallelism).fit(X, Y)

    assert asked == batches


def test_a_strategy_is_told_the_scores_as_losses_and_failed_fits_as_failures(listed: type[Listed]) -> None:
    search = SearchCV(Fragile(), {"x": Float(0, 1)}, strategy=listed, n_trials=4, cv=2)

    with pytest.warns(FitFailedWarning, match="x is too small"):
        search.fit(X, Y)

    assert [result.losses for result in listed.told] == [(-0.9,), (), (-0.7,), ()]
    assert listed.told[1].is_failure


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("parallelism", [1, 2, 4])
def test_failed_candidates_have_their_rows_in_the_table(listed: type[Listed], parallelism: int) -> None:
    search = SearchCV(Fragile(), {"x": Float(0, 1)}, strategy=listed, n_trials=4, cv=2, parallelism=parallelism)

    table = search.fit(X, Y).cv_results_

    assert [params["x"] for params in table["params"]] == table["param_x"].tolist() == [0.9, 0.1, 0.7, 0.2]
    assert np.array_equal(table["mean_test_score"], [0.9, np.nan, 0.7, np.nan], equal_nan=True)
    assert np.array_equal(table["split1_test_score"], [0.9, np.nan, 0.7, np.nan], equal_nan=True)
    assert table["rank_test_score"].tolist() == [1, 3, 2, 3]
    assert search.best_params_ == {"x": 0.9}


@pytest.mark.filterwarnings("ignore")
def test_the_error_score_stands_for_failed_fits(listed: type[Listed]) -> None:
    search = SearchCV(Fragile(), {"x": Float(0, 1)}, strategy=listed, n_trials=4, cv=2, error_score=0.8).fit(X, Y)

    assert scores(search) == [0.9, 0.8, 0.7, 0.8]
    assert search.cv_results_["rank_test_score"].tolist() == [1, 2, 4, 2]
    assert search.cv_results_["std_test_score"].tolist() == [0.0] * 4
    assert listed.told[1].losses == (-0.8,)


@pytest.mark.filterwarnings("ignore")
def test_a_search_in_which_every_fit_fails_raises_as_scikit_learn_does(listed: type[Listed]) -> None:
    listed.values = (0.1, 0.2)

    with pytest.raises(ValueError, match="All the 2 fits failed"):
        SearchCV(Fragile(), {"x": Float(0, 1)}, strategy=listed, n_trials=2, cv=2).fit(X, Y)


def test_with_the_error_score_raise_the_first_failed_fit_ends_the_search(listed: type[Listed]) -> None:
    search = SearchCV(Fragile(), {"x": Float(0, 1)}, strategy=listed, n_trials=4, cv=2, error_score="raise")

    with pytest.raises(ValueError, match=r"^x is too small$"):
        search.fit(X, Y)


def test_a_parameter_that_the_estimator_lacks_is_no_failed_fit() -> None:
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        SearchCV(DecisionTreeClassifier(), {"depth": [1, 2]}, strategy="random", n_trials=2).fit(X, Y)


def test_rows_of_failed_candidates_hold_their_own_parameters() -> None:
    table: dict[str, Any] = {"mean_test_score": np.array([1.0]), "params": [{"a": 1}], "param_a": np.ma.array([1])}

    insert_failures(table, [{"b": 0.5}, {"a": 1}], {0}, np.nan)

    assert table["params"] == [{"b": 0.5}, {"a": 1}]
    assert table["param_a"].tolist() == [None, 1]
    assert table["param_b"].tolist() == [0.5, None]


def test_every_candidate_meets_the_same_splits_even_shuffled_ones() -> None:
    splitter = KFold(3, shuffle=True, random_state=np.random.RandomState(0))
    tree = DecisionTreeClassifier(random_state=0)
    search = SearchCV(tree, {"max_depth": [3]}, strategy="random", n_trials=4, cv=splitter).fit(X, Y)

    assert len(set(scores(search))) == 1


def test_with_several_metrics_the_one_that_refit_names_is_searched() -> None:
    told: list[tuple[float, ...]] = []

    def propose(history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator) -> Any:
        told[:] = [result.losses for result in history]
        return [space.sample(rng)]

    search = tree_search(strategy=propose, scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss", n_trials=4)
    search.fit(X, Y)

    table = search.cv_results_
    assert told == [(-score,) for score in table["mean_test_neg_log_loss"][:3]]
    assert search.best_score_ == table["mean_test_neg_log_loss"].max()
    assert "mean_test_accuracy" in table


def test_without_a_name_in_refit_all_metrics_are_objectives() -> None:
    metrics = ["accuracy", "roc_auc"]

    assert len(tree_search(scoring=metrics, refit=False, strategy="tpe").fit(X, Y).cv_results_["params"]) == 6
    with pytest.raises(UnsupportedProblem, match="does not support multiobjective"):
        tree_search(scoring=metrics, refit=False, strategy="skopt-gp").fit(X, Y)


def test_a_scorer_that_gives_several_metrics_needs_a_name() -> None:
    def scorer(estimator: object, data: object, labels: object) -> dict[str, float]:
        return {"a": 1.0, "b": 2.0}

    assert tree_search(scoring=scorer, refit="b").fit(X, Y).best_score_ == 2.0
    with pytest.raises(ValueError, match="scoring gives the metrics a, b: refit must name the one to search by"):
        tree_search(scoring=scorer, refit=False).fit(X, Y)


def test_a_strategy_may_end_before_the_trials_do() -> None:
    search = SearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}, strategy="grid", n_trials=10).fit(X, Y)

    assert sorted(params["max_depth"] for params in search.cv_results_["params"]) == [1, 2, 3]


def test_parameters_that_are_not_active_are_left_as_they_are() -> None:
    space = SearchSpace(
        {"strategy": Categorical(("prior", "constant")), "constant": Integer(0, 1)},
        (Condition("constant", "strategy", ("constant",)),),
    )
    search = SearchCV(DummyClassifier(), space, strategy="grid", n_trials=10, random_state=0).fit(X, Y)

    column = search.cv_results_["param_constant"]
    assert sorted(column.mask.tolist()) == [False, False, True]


def test_it_can_be_cloned_pickled_and_changed() -> None:
    search = tree_search().fit(X, Y)

    assert clone(search).get_params()["space"].keys() == TREE.keys()
    assert not hasattr(clone(search), "best_params_")
    assert (pickle.loads(pickle.dumps(search)).predict(X) == search.predict(X)).all()
    assert search.set_params(n_trials=3, estimator__max_features=2).estimator.max_features == 2


def test_groups_and_weights_are_routed_as_in_other_searches() -> None:
    groups = np.arange(60) % 4
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = DecisionTreeClassifier(random_state=0).set_fit_request(sample_weight=True)
        estimator.set_score_request(sample_weight=True)
        search = SearchCV(estimator, TREE, strategy="random", n_trials=3, cv=GroupKFold(4), random_state=0)
        weighted = search.fit(X, Y, sample_weight=1.0 + groups, groups=groups)
        with pytest.raises(TypeError, match="unexpected"):
            search.fit(X, Y, nonsense=1)

    assert weighted.n_splits_ == 4


@pytest.mark.parametrize(
    ("entry", "parameter"),
    [
        (uniform(2, 3), Float(2, 5)),
        (uniform(), Float(0, 1)),
        (loguniform(1e-3, 1e2), Float(1e-3, 1e2, log=True)),
        (loguniform(1, 10, scale=2), Float(2, 20, log=True)),
        (randint(1, 5), Integer(1, 4)),
        (randint(0, 3, loc=10), Integer(10, 12)),
        (randint(3, 4), Categorical((3,))),
        (["a", "b"], Categorical(("a", "b"))),
        ((1, 2.5), Categorical((1, 2.5))),
        (Integer(1, 3), Integer(1, 3)),
    ],
)
def test_an_entry_of_a_space_becomes_a_parameter(entry: object, parameter: object) -> None:
    assert CandidateSpace.of({"a": entry}).space == SearchSpace({"a": parameter})  # type: ignore[dict-item]  # any kind


@pytest.mark.parametrize(
    "entries", [[None, 3], [(5,), (5, 5)], [1, 1.0], np.logspace(0, 1, 2), [np.float64(1), 2], [np.inf, 1.0]]
)
def test_choices_that_no_configuration_can_hold_reach_the_estimator_as_they_are(entries: Sequence[object]) -> None:
    space = CandidateSpace.of({"a": entries})

    reached = [space.candidate(configuration)["a"] for configuration in space.space.grid(9)]
    assert [(type(value), value) for value in reached] == [(type(value), value) for value in entries]


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (3, "3"),
        ("abc", "'abc'"),
        (norm(), r"a distribution 'norm' \(perhaps shifted\)"),
        (expon(), "a distribution 'expon'"),
        (loguniform(1, 10, loc=5), r"a distribution 'loguniform' \(perhaps shifted\)"),
    ],
)
def test_an_entry_that_cannot_be_searched_is_told_with_what_can(entry: object, shown: str) -> None:
    with pytest.raises(InvalidSpace, match=f"'a' is {shown}.*, not a Float, Integer or Categorical, a list of choices"):
        SearchCV(DecisionTreeClassifier(), {"a": entry}).fit(X, Y)


def test_an_empty_list_is_told_with_its_name() -> None:
    with pytest.raises(InvalidSpace, match="'a' has no choices"):
        CandidateSpace.of({"a": []})


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"strategy": "randum"}, UnknownPlugin, "no strategy called 'randum'; did you mean 'random'"),
        (
            {"strategy": int},
            InvalidOption,
            "strategy is a name, a SearchStrategy class or a function, not <class 'int'>",
        ),
        ({"strategy_options": {"steps": 1}}, InvalidOption, "strategy RandomSearch has no option 'steps'"),
        ({"n_trials": 0}, ValueError, "The 'n_trials' parameter of SearchCV must be an int in the range"),
        ({"strategy": lambda history, space, count, rng: []}, StrategyMisbehaved, "<lambda> proposed nothing"),
        (
            {"strategy": lambda history, space, count, rng: [{}]},
            StrategyMisbehaved,
            "is active but has no value|outside",
        ),
    ],
)
def test_what_cannot_be_searched_with_is_told_in_one_line(
    changes: dict[str, object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        tree_search(**changes).fit(X, Y)
