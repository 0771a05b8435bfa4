"""NSGA-II, the elitist genetic algorithm for several objectives, of Optuna."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final

from optuna.samplers import NSGAIISampler
from optuna.samplers.nsgaii import (
    BaseCrossover,
    BLXAlphaCrossover,
    PolynomialMutation,
    SBXCrossover,
    UniformCrossover,
    VSBXCrossover,
)
from optuna.trial import TrialState

from ..configuration import Configuration
from ..errors import InvalidOption
from ..problem import Budget, Feature, Problem
from .option_checks import not_negative, one_of, whole
from .optuna_sampler import OptunaSampler, encode

CROSSOVERS: Final[Mapping[str, type[BaseCrossover]]] = MappingProxyType(
    {"uniform": UniformCrossover, "sbx": SBXCrossover, "vsbx": VSBXCrossover, "blxalpha": BLXAlphaCrossover}
)
"""How the numbers of two parents make those of a child; choices are always exchanged as in "uniform"."""


class NSGA2(OptunaSampler):
    """Breeds generations from the trials that are dominated least and lie in the least crowded places.

    Deb et al., A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II (2002), doi:10.1109/4235.996017; its
    operators are `crossover` "sbx" and `mutation` "polynomial".

    The first generation is random. Proposals of a batch are independent children of the same parents; a batch that
    goes past the end of a generation makes this generation larger. Failed trials count for no generation. With one
    objective it is an elitist genetic algorithm. Conditional spaces are refused: Optuna would draw every conditional
    parameter at random.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.MULTIOBJECTIVE

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        population_size: int = 50,
        mutation: str = "random",
        mutation_prob: float | None = None,
        crossover: str = "uniform",
        crossover_prob: float = 0.9,
        swapping_prob: float = 0.5,
    ) -> None:
        """Take up a problem; `mutation_prob` None means one parameter of a child on average."""
        sampler = partial(
            _make_sampler,
            population_size=whole("population_size", population_size, 2),
            mutation=one_of("mutation", mutation, ("random", "polynomial")),
            mutation_prob=None if mutation_prob is None else _probability("mutation_prob", mutation_prob),
            crossover=one_of("crossover", crossover, tuple(CROSSOVERS)),
            crossover_prob=_probability("crossover_prob", crossover_prob),
            swapping_prob=_probability("swapping_prob", swapping_prob),
        )
        super().__init__(problem, seed=seed, budget=budget, make_sampler=sampler)

    def _add(self, configuration: Configuration, values: list[float]) -> None:
        """Add a trial that this strategy did not propose as if it had: only so does it belong to a generation."""
        parameters = self.space.parameters
        self._study.enqueue_trial({name: encode(parameters[name], value) for name, value in configuration.items()})
        trial = self._study.ask(self._distributions)
        _ = trial.relative_params  # reading them gives the trial its generation
        if values:
            self._study.tell(trial, values)
        else:
            self._study.tell(trial, state=TrialState.FAIL)


def _make_sampler(
    *,
    seed: int,
    population_size: int,
    mutation: str,
    mutation_prob: float | None,
    crossover: str,
    crossover_prob: float,
    swapping_prob: float,
) -> NSGAIISampler:
    return NSGAIISampler(
        population_size=population_size,
        mutation=PolynomialMutation() if mutation == "polynomial" else None,
        mutation_prob=mutation_prob,
        crossover=UniformCrossover(swapping_prob) if crossover == "uniform" else CROSSOVERS[crossover](),
        crossover_prob=crossover_prob,
        swapping_prob=swapping_prob,
        seed=seed,
    )


def _probability(name: str, value: object) -> float:
    found = not_negative(name, value)
    if found > 1:
        raise InvalidOption(f"{name} is a number from 0 to 1, not {value!r}")
    return found
