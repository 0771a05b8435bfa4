"""The search estimator passes scikit-learn's own checks, as its grid and random searches do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

from sklearn.base import BaseEstimator, is_regressor
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from tuner import Float
from tuner.adapters.sklearn import SearchCV


def expected_failures(search: SearchCV) -> dict[str, str]:
    """The check that scikit-learn leaves out for its own searches as well."""
    return {"check_supervised_y_2d": "DataConversionWarning not caught"} if is_regressor(search) else {}


def search(estimator: BaseEstimator, space: Mapping[str, object]) -> SearchCV:
    return SearchCV(estimator, space, strategy="random", n_trials=2, cv=2, error_score="raise", random_state=0)


ESTIMATORS = [
    search(Ridge(), {"alpha": [0.1, 1.0]}),
    search(LogisticRegression(), {"C": Float(0.1, 1.0)}),
    search(Pipeline([("pca", PCA()), ("ridge", Ridge())]), {"ridge__alpha": [0.1, 1.0]}),
    search(Pipeline([("pca", PCA()), ("model", LogisticRegression())]), {"model__C": Float(0.1, 1.0)}),
]


@parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn has no types
    ESTIMATORS, expected_failed_checks=expected_failures, xfail_strict=True
)
def test_a_check_of_scikit_learn_passes(estimator: SearchCV, check: Callable[[SearchCV], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)
