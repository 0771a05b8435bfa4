"""Measures what a wrapped strategy costs beside the bare library: one ask and one tell, at 10, 100, 300 observations.

Run as `python bench/ask_overhead.py`. Strategy and bare library take turns in one process, with the same seeds and
therefore the same work, and processor time is compared. A ratio of at most 1.10 is what we promise.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
import optuna
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, TPESampler
from skopt import Optimizer
from skopt.utils import cook_estimator

from benchmarks.synthetic import Hartmann6
from tuner.configuration import Configuration, Value
from tuner.problem import Budget
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.strategies.cma_es import CMAES
from tuner.strategies.optuna_gp import OptunaGaussianProcess
from tuner.strategies.skopt_forest import SkoptForest
from tuner.strategies.skopt_gp import SkoptGaussianProcess
from tuner.strategies.tree_parzen import TreeParzen
from tuner.strategy import SearchStrategy
from tuner.trial import Measurement, Proposal, Trial, TrialResult

TASK = Hartmann6()
SPACE: SearchSpace = TASK.problem.space
SEED = 7


class Contestant(ABC):
    """Either side of a comparison."""

    @abstractmethod
    def preload(self, points: Mapping[Configuration, float]) -> None:
        """Learn these losses, and fit a model at most once."""

    @abstractmethod
    def ask(self) -> Mapping[str, Value]:
        """Ask for one configuration."""

    @abstractmethod
    def prepare(self, loss: float) -> Callable[[], object]:
        """What tells the loss of the configuration that was asked for last."""


class Wrapped(Contestant):
    """One of our strategies."""

    def __init__(self, kind: type[SearchStrategy]) -> None:
        self._strategy = kind(TASK.problem, seed=SEED, budget=Budget(trials=1000))

    def preload(self, points: Mapping[Configuration, float]) -> None:
        (first,) = self._strategy.ask(1)
        for configuration, loss in points.items():
            self._strategy.tell(result_of(Proposal(configuration), loss))
        self._strategy.tell(result_of(first, loss_at(first.configuration)))

    def ask(self) -> Mapping[str, Value]:
        (self._proposal,) = self._strategy.ask(1)
        return self._proposal.configuration

    def prepare(self, loss: float) -> Callable[[], object]:
        return partial(self._strategy.tell, result_of(self._proposal, loss))


class BareStudy(Contestant):
    """A study of Optuna."""

    def __init__(self, sampler: BaseSampler) -> None:
        self._study = optuna.create_study(sampler=sampler)
        self._distributions: dict[str, optuna.distributions.BaseDistribution] = {
            name: optuna.distributions.FloatDistribution(*bounds)
            for name, bounds in zip(SPACE.names, TASK.bounds, strict=True)
        }

    def preload(self, points: Mapping[Configuration, float]) -> None:
        first = self._study.ask(self._distributions)
        for configuration, loss in points.items():
            self._study.add_trial(
                optuna.trial.create_trial(params=dict(configuration), distributions=self._distributions, value=loss)
            )
        self._study.tell(first, loss_at(first.params))

    def ask(self) -> Mapping[str, Value]:
        self._trial = self._study.ask(self._distributions)
        params: dict[str, Value] = self._trial.params
        return params

    def prepare(self, loss: float) -> Callable[[], object]:
        return partial(self._study.tell, self._trial, loss)


class BareOptimizer(Contestant):
    """An Optimizer of scikit-optimize."""

    def __init__(self, model: str, acq_func: str) -> None:
        dimensions = list(TASK.bounds)
        random_state = derive_seed(SEED, "skopt model") % 2**32
        estimator = cook_estimator(model, space=dimensions, random_state=random_state, n_jobs=1)
        seed = derive_seed(SEED, "skopt") % 2**32
        self._optimizer = Optimizer(dimensions, base_estimator=estimator, acq_func=acq_func, random_state=seed)

    def preload(self, points: Mapping[Configuration, float]) -> None:
        first = self._optimizer.ask()
        for configuration, loss in points.items():
            self._optimizer.tell(list(configuration.values()), loss, fit=False)
        self._optimizer.tell(first, loss_at(dict(zip(SPACE.names, first, strict=True))))

    def ask(self) -> Mapping[str, Value]:
        self._point = self._optimizer.ask()
        return dict(zip(SPACE.names, map(float, self._point), strict=True))

    def prepare(self, loss: float) -> Callable[[], object]:
        return partial(self._optimizer.tell, self._point, loss)


def result_of(proposal: Proposal, loss: float) -> TrialResult:
    """What the engine would tell."""
    return TrialResult(Trial(0, proposal, 0), Measurement({"value": loss}), (loss,))


def loss_at(values: Mapping[str, Value]) -> float:
    """Hartmann's function."""
    return TASK.value([float(value) for value in values.values()])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Median processor seconds of one ask and one tell, over all rounds."""

    bare: float
    wrapped: float
    ratio: float
    """Median of the rounds' ratios: within a round either side meets the same machine."""


def compare(wrapped: Contestant, bare: Contestant, observations: int, rounds: int) -> Comparison:
    """Preload both, then let them take turns; both must propose the same, or the work was not the same."""
    sample = SPACE.sample_many(np.random.default_rng(0), observations)
    points = {configuration: loss_at(configuration) for configuration in sample}
    times: dict[Contestant, list[float]] = {bare: [], wrapped: []}
    for contestant in times:
        contestant.preload(points)
    for number in range(rounds):
        order = list(times) if number % 2 else list(reversed(times))
        proposed = []
        for contestant in order:
            start = time.process_time()
            values = contestant.ask()
            asked = time.process_time()
            tell = contestant.prepare(loss_at(values))
            told = time.process_time()
            tell()
            times[contestant].append(time.process_time() - told + asked - start)
            proposed.append(values)
        if dict(proposed[0]) != dict(proposed[1]):
            raise AssertionError(f"not the same work: {proposed}")
    ratios = [mine / theirs for mine, theirs in zip(times[wrapped], times[bare], strict=True)]
    return Comparison(median(times[bare]), median(times[wrapped]), median(ratios))


def contestants(name: str) -> tuple[Contestant, Contestant]:
    """A strategy and its bare library, freshly made."""
    seed = derive_seed(SEED, "optuna") % 2**32
    if name == "tpe":
        return Wrapped(TreeParzen), BareStudy(TPESampler(seed=seed))
    if name == "optuna-gp":
        return Wrapped(OptunaGaussianProcess), BareStudy(GPSampler(seed=seed))
    if name == "cmaes":
        return Wrapped(CMAES), BareStudy(CmaEsSampler(seed=seed, warn_independent_sampling=False))
    if name == "skopt-gp":
        return Wrapped(SkoptGaussianProcess), BareOptimizer("GP", "gp_hedge")
    return Wrapped(SkoptForest), BareOptimizer("ET", "EI")


def main(sizes: tuple[int, ...] = (10, 100, 300)) -> None:
    """Print the table as Markdown."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print("| strategy | observations | bare, ms | wrapped, ms | ratio |")
    print("|---|---:|---:|---:|---:|")
    for name, rounds in {"tpe": 60, "cmaes": 150, "optuna-gp": 12, "skopt-gp": 6, "skopt-forest": 8}.items():
        for size in sizes:
            found = compare(*contestants(name), size, rounds)
            row = f"{found.bare * 1e3:.2f} | {found.wrapped * 1e3:.2f} | {found.ratio:.3f}"
            print(f"| {name} | {size} | {row} |", flush=True)


if __name__ == "__main__":
    main()
