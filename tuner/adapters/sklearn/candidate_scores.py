"""Scores of candidates as scikit-learn measures them, those included that fail on every split."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection._search import _yield_masked_array_for_each_param

Candidate = Mapping[str, object]
Table = dict[str, NDArray[np.float64]]
"""What becomes `cv_results_`: a column [candidates] for each key."""

_TIMES = ("mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time")


class Splitter(Protocol):
    """A cross-validation splitter."""

    def split(self, *data: object, **more: object) -> Iterator[object]:
        """Pairs of training and test indices."""


class Evaluate(Protocol):
    """scikit-learn's own function that fits and scores candidates; adds to the table, and returns all of it."""

    def __call__(self, candidates: Sequence[Candidate], cv: Splitter) -> Table: ...


class SameSplits:
    """A splitter that gives every batch of candidates the splits that the first one met, shuffled ones as well."""

    def __init__(self, splitter: Splitter) -> None:
        self._splitter = splitter
        self._splits: list[object] = []

    def split(self, *data: object, **more: object) -> Iterator[object]:
        """Pairs of training and test indices."""
        if not self._splits:
            self._splits = list(self._splitter.split(*data, **more))
        return iter(self._splits)


class CandidateScores:
    """Evaluates batches of candidates.

    scikit-learn gives up where every fit of a batch fails, since it knows one batch only; here the search goes on, and
    such candidates get their rows when the search is over.
    """

    def __init__(self, evaluate: Evaluate, splitter: Splitter, error_score: float | Literal["raise"]) -> None:
        self._evaluate = evaluate
        self._splits = SameSplits(splitter)
        self._error_score = error_score
        self._candidates: list[Candidate] = []
        self._failed: set[int] = set()
        self._failure: ValueError | None = None
        self._table: Table = {}

    def measure(self, candidates: Sequence[Candidate], metrics: Sequence[str]) -> NDArray[np.float64]:
        """The mean test scores [candidates, metrics]; not a number, or the `error_score`, where all fits failed."""
        first = len(self._candidates)
        self._candidates += candidates
        try:
            self._table = self._evaluate(candidates, cv=self._splits)
        except ValueError as error:
            if self._error_score == "raise" or not str(error).lstrip().startswith("All the "):
                raise
            self._failure = error
            self._failed.update(range(first, len(self._candidates)))
            warnings.warn(str(error), FitFailedWarning, stacklevel=2)
            return np.full((len(candidates), len(metrics)), self._error_score)
        columns = [self._table[f"mean_test_{self._name(metric)}"][-len(candidates) :] for metric in metrics]
        return np.stack(columns, axis=1)

    def complete(self) -> None:
        """Add the failed candidates' rows to the table in its place; raises as scikit-learn where there is no other."""
        if self._failure is None:
            return
        if not self._table:
            raise self._failure
        assert self._error_score != "raise"
        insert_failures(self._table, self._candidates, self._failed, self._error_score)

    def _name(self, metric: str) -> str:
        """What the table calls a metric: `refit` may say anything where there is only one."""
        measured = [key.removeprefix("mean_test_") for key in self._table if key.startswith("mean_test_")]
        if metric in measured or measured == ["score"]:
            return metric if metric in measured else "score"
        raise ValueError(f"scoring gives the metrics {', '.join(measured)}: refit must name the one to search by")


def insert_failures(table: Table, candidates: Sequence[Candidate], failed: set[int], error_score: float) -> None:
    """Give each failed candidate (by position) a row with the error score, without times; ranks are counted anew."""
    kept = [index for index in range(len(candidates)) if index not in failed]
    parameters = {**dict(_yield_masked_array_for_each_param(candidates)), "params": list(candidates)}
    for key, column in table.items():
        if key not in parameters and not key.startswith("rank_"):
            table[key] = np.full(len(candidates), _filling(key, error_score))
            table[key][kept] = column
    table.update(parameters)
    for key in [key for key in table if key.startswith("rank_test_")]:
        table[key] = _ranks(table[f"mean_test_{key.removeprefix('rank_test_')}"])


def _filling(key: str, error_score: float) -> float:
    if key in _TIMES:
        return np.nan
    return 0.0 * error_score if key.startswith("std_") else error_score


def _ranks(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best is 1; candidates without a score share the last place."""
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    known = np.nan_to_num(means, nan=float(np.nanmin(means)) - 1)
    return rankdata(-known, method="min").astype(np.int32)
