"""Hyperparameters of a scikit-learn estimator, searched by cross-validation with any strategy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from numbers import Integral
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from ...configuration import Value
from ...errors import InvalidOption, StrategyMisbehaved, suggest
from ...problem import Budget, Objective, Problem
from ...proposals import check_proposals
from ...registry import find, load_strategy
from ...seeds import derive_seed
from ...space import SearchSpace
from ...strategies.function_strategy import Propose, strategy_of
from ...strategy import SearchStrategy, own_options
from ...trial import Failure, FailureKind, Measurement, Outcome, Trial, TrialResult
from .candidate_scores import CandidateScores, Evaluate, Splitter
from .candidate_space import CandidateSpace


class SearchCV(BaseSearchCV):  # type: ignore[misc]  # scikit-learn has no types
    """A search estimator, as `GridSearchCV`, whose candidates a strategy proposes.

    `space` is a `SearchSpace`, or a mapping from parameters' names to a `Float`, `Integer` or `Categorical`, a list of
    choices, or `uniform`, `loguniform` or `randint` of scipy.stats. `strategy` is a name as in a suite, a class, or a
    function `propose(history, space, count, rng)`; `strategy_options` are its own. `parallelism` candidates are
    proposed at a time, before their scores are known: it changes what is found, and `n_jobs` does not. The strategy
    maximises the mean test score; with several metrics the one that `refit` names, and all of them at once where
    `refit` names none. A candidate without a finite mean score is told as a failure. All candidates meet the same
    splits. The same integer `random_state` gives the same search.

    The other parameters, the methods and the attributes after `fit` are those of `RandomizedSearchCV`.
    """

    _parameter_constraints: ClassVar[dict[str, list[object]]] = {
        **BaseSearchCV._parameter_constraints,  # noqa: SLF001  scikit-learn's way to declare what is allowed
        "space": [SearchSpace, Mapping],
        "strategy": [str, callable],
        "strategy_options": [Mapping, None],
        "n_trials": [Interval(Integral, 1, None, closed="left")],
        "parallelism": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        space: SearchSpace | Mapping[str, object],
        *,
        strategy: str | type[SearchStrategy] | Propose = "bayesian",
        strategy_options: Mapping[str, Value] | None = None,
        n_trials: int = 50,
        parallelism: int = 1,
        scoring: object = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., int] = True,
        cv: object = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: int | np.random.RandomState | None = None,
        error_score: float | Literal["raise"] = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.space = space
        self.strategy = strategy
        self.strategy_options = strategy_options
        self.n_trials = n_trials
        self.parallelism = parallelism
        self.random_state = random_state
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )

    def _run_search(self, evaluate_candidates: Evaluate) -> None:
        """Called by `fit` with scikit-learn's function that fits and scores candidates."""
        space = CandidateSpace.of(self.space)
        metrics = self._metrics()
        problem = Problem(space.space, tuple([Objective(name, "maximize") for name in metrics]))
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        strategy = self._build(problem, seed)
        splitter: Splitter = self._checked_cv_orig
        scores = CandidateScores(evaluate_candidates, splitter, self.error_score)
        for trials in self._batches(strategy, problem, seed):
            measured = scores.measure([space.candidate(trial.configuration) for trial in trials], metrics)
            for trial, row in zip(trials, measured, strict=True):
                strategy.tell(_result(trial, problem, row))
        scores.complete()

    def _batches(self, strategy: SearchStrategy, problem: Problem, seed: int) -> Iterator[list[Trial]]:
        done = 0
        while done < self.n_trials:
            room = min(self.parallelism, self.n_trials - done)
            proposals = strategy.ask(room)
            check_proposals(proposals, room, problem)
            if any(proposal.resume is not None for proposal in proposals):
                raise StrategyMisbehaved("proposed to resume a trial, but the problem has no fidelity")
            if not proposals:
                break
            numbered = enumerate(proposals, start=done)
            yield [Trial(number, proposal, derive_seed(seed, "trial", number)) for number, proposal in numbered]
            done += len(proposals)
        if not done:
            raise StrategyMisbehaved(f"{type(strategy).__name__} proposed nothing")

    def _metrics(self) -> tuple[str, ...]:
        """The names of the scores that are maximised."""
        if isinstance(self.refit, str):
            return (self.refit,)
        return tuple(self.scoring) if isinstance(self.scoring, list | tuple | dict) else ("score",)

    def _build(self, problem: Problem, seed: int) -> SearchStrategy:
        kind = _strategy_class(self.strategy)
        options = self.strategy_options or {}
        known = own_options(kind)
        for name in options:
            if name not in known:
                raise InvalidOption(f"strategy {kind.__name__} has no option {name!r}{suggest(name, known)}")
        return kind(problem, seed=seed, budget=Budget(trials=int(self.n_trials)), **options)


def _strategy_class(strategy: str | type[SearchStrategy] | Propose) -> type[SearchStrategy]:
    if isinstance(strategy, str):
        return load_strategy(find("strategy", strategy))
    if not isinstance(strategy, type):
        return strategy_of(strategy)
    if not issubclass(strategy, SearchStrategy):
        raise InvalidOption(f"strategy is a name, a SearchStrategy class or a function, not {strategy!r}")
    return strategy


def _result(trial: Trial, problem: Problem, scores: NDArray[np.float64]) -> TrialResult:
    values = dict(zip([objective.name for objective in problem.objectives], scores.tolist(), strict=True))
    if not all(math.isfinite(value) for value in values.values()):
        failure: Outcome = Failure(FailureKind.ERROR, "the estimator has no finite mean test score")
        return TrialResult(trial, failure)
    return TrialResult(trial, Measurement(values), problem.losses(values))
