"""Any strategy as a sampler of Optuna."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import TypeAlias

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from ...configuration import Value
from ...errors import UnsupportedProblem
from ...problem import Budget, Feature, Objective, Problem
from ...seeds import derive_seed
from ...space import SearchSpace
from ...strategy import SearchStrategy
from ..given_strategy import GivenStrategy, checked_seed
from .asking import identity_of, is_partly_given, trials_of
from .conversation import Conversation
from .study_space import StudySpace, searched_by

_DEFAULT_TRIALS = 100
_Distributions: TypeAlias = dict[str, BaseDistribution]


class UnsupportedStudy(UnsupportedProblem, ValueError):
    """A study with several objectives, for a strategy of one; a `ValueError` too, as Optuna's samplers raise."""


class StrategySampler(BaseSampler):
    """Suggests to a study of Optuna what a strategy proposes.

    `strategy` is a name as in a suite, or a class; `options` are its own; `n_trials` is for how many trials it plans
    (100 where not said). The space is `space`, or else what all completed trials have in common, as for Optuna's own
    samplers. Parameters outside, those that the strategy cannot search, and every parameter until there is a space
    are drawn at random, which depends on the seed, the trial's number and the parameter's name alone.

    Failed and pruned trials are told as failures, trials of other origin as trials that it did not propose. Each ask
    is kept with its trial: a copy, a pickle or a new sampler of the same arguments takes up the study where this one
    stands, by asking and telling a fresh strategy all of it again. A strategy that has nothing more to propose ends
    `study.optimize` after a trial drawn at random; while it waits for trials that are running, such are drawn too.
    """

    def __init__(
        self,
        strategy: str | type[SearchStrategy],
        *,
        seed: int | None = None,
        n_trials: int | None = None,
        space: SearchSpace | None = None,
        **options: Value | None,
    ) -> None:
        """Find the strategy; raises `UnknownPlugin`, `InvalidOption` or `UnsupportedProblem` at once.

        `seed` None draws one: give each process that works at a study its own, or None.
        """
        self._strategy = GivenStrategy.of(strategy, options)
        self._options = options
        self._budget = Budget(trials=_DEFAULT_TRIALS if n_trials is None else n_trials)
        self._seed = _fresh_seed() if seed is None else checked_seed(seed)
        self._independent_seed = self._seed
        self._given = None if space is None else StudySpace.of_space(space)
        self._lock = Lock()
        self._live: tuple[object, Conversation] | None = None
        self._common: tuple[object, IntersectionSearchSpace] | None = None
        self._check()

    def reseed_rng(self) -> None:
        """Draw at random with another seed; the strategy, which all threads of the study share, goes on."""
        self._independent_seed = _fresh_seed()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> _Distributions:  # noqa: ARG002  Optuna's
        self._check_objectives(study)
        if self._given is not None:
            return self._given.distributions
        with self._lock:
            identity = identity_of(study)
            if self._common is None or self._common[0] != identity:
                self._common = identity, IntersectionSearchSpace()
            return searched_by(self._strategy.load().supports, self._common[1].calculate(study))

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: _Distributions) -> dict[str, object]:
        self._check_objectives(study)
        if not search_space or is_partly_given(trial, search_space):
            return {}
        with self._lock:
            trials = trials_of(study)
            conversation = self._take_up(study, search_space, trials)
            conversation.tell(trials)
            asking = conversation.ask(trial.number)
            asking.write(study, trial)
            is_finished = asking.configuration is None and not conversation.has_pending
        if is_finished:
            with suppress(RuntimeError):  # nobody to stop: the study is asked and told by hand
                study.stop()
        return conversation.space.decode(asking.configuration or {})

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> object:
        self._check_objectives(study)
        seed = derive_seed(self._independent_seed, "independent", trial.number, param_name) % 2**32
        return RandomSampler(seed).sample_independent(study, trial, param_name, param_distribution)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in {"_lock", "_live", "_common"}}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        self.__dict__.update(state, _lock=Lock(), _live=None, _common=None)

    def _take_up(self, study: Study, search_space: _Distributions, trials: Sequence[FrozenTrial]) -> Conversation:
        """The conversation about this space, brought to where it was if it is not going on."""
        key = (identity_of(study), search_space)
        if self._live is None or self._live[0] != key:
            self._live = key, self._bring_back(study, search_space, trials)
        return self._live[1]

    def _bring_back(self, study: Study, search_space: _Distributions, trials: Sequence[FrozenTrial]) -> Conversation:
        """With a strategy that proposes what was proposed before, or else one of a seed under which nothing was."""
        space = StudySpace.of_distributions(search_space) if self._given is None else self._given.only(search_space)
        problem = Problem(space.space, _objectives_of(study))
        tries = (self._begin(problem, space, attempt) for attempt in itertools.count())
        return next(conversation for conversation in tries if conversation.replay(trials))

    def _begin(self, problem: Problem, space: StudySpace, attempt: int) -> Conversation:
        seed = derive_seed(self._seed, "again", attempt) if attempt else self._seed
        strategy = self._strategy.load()(problem, seed=seed, budget=self._budget, **self._options)
        made_from = (self._strategy.name, self._options, seed, self._budget, space.space, problem.objectives)
        return Conversation(strategy, space, made_from)

    def _check(self) -> None:
        kind = self._strategy.load()
        if kind.needs_fidelity:
            raise UnsupportedProblem(
                f"{kind.__name__} needs a problem with a fidelity, which a study of Optuna has not"
            )
        if self._given is not None:
            missing = Problem(self._given.space, (Objective("value"),)).needs & ~kind.supports
            if missing:
                raise UnsupportedProblem(f"{kind.__name__} does not support {', '.join(missing.names())} problems")

    def _check_objectives(self, study: Study) -> None:
        kind = self._strategy.load()
        if len(study.directions) > 1 and not kind.supports & Feature.MULTIOBJECTIVE:
            raise UnsupportedStudy(f"{kind.__name__} does not support multiobjective problems")


def _objectives_of(study: Study) -> tuple[Objective, ...]:
    names = ["value"] if len(study.directions) == 1 else [f"value {index}" for index in range(len(study.directions))]
    is_maximized = [direction == StudyDirection.MAXIMIZE for direction in study.directions]
    pairs = zip(names, is_maximized, strict=True)
    return tuple([Objective(name, "maximize" if flipped else "minimize") for name, flipped in pairs])


def _fresh_seed() -> int:
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0]) >> 1
