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

from ..problem import Budget, Feature, Problem
from .option_checks import one_of, probability, whole
from .optuna_sampler import OptunaSampler

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
            mutation_prob=None if mutation_prob is None else probability("mutation_prob", mutation_prob),
            crossover=one_of("crossover", crossover, tuple(CROSSOVERS)),
            crossover_prob=probability("crossover_prob", crossover_prob),
            swapping_prob=probability("swapping_prob", swapping_prob),
        )
        super().__init__(problem, seed=seed, budget=budget, make_sampler=sampler)


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
