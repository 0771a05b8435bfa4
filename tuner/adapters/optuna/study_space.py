"""What a study of Optuna searches as a search space, and its configurations as Optuna has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from optuna.distributions import BaseDistribution

from ...configuration import Configuration, Value
from ...problem import Feature, Objective, Problem
from ...space import SearchSpace
from .study_parameter import StudyParameter, distribution_of, parameter_of


@dataclass(frozen=True)
class StudySpace:
    """A search space, and what each of its parameters is to Optuna."""

    space: SearchSpace
    parameters: Mapping[str, StudyParameter]

    @classmethod
    def of_distributions(cls, distributions: Mapping[str, BaseDistribution]) -> StudySpace:
        """The space of distributions of which none has one value only."""
        parameters = {name: parameter_of(name, found) for name, found in distributions.items()}
        return cls(SearchSpace({name: found.parameter for name, found in parameters.items()}), parameters)

    @classmethod
    def of_space(cls, space: SearchSpace) -> StudySpace:
        """The search space as it is, conditions included."""
        parameters = {name: StudyParameter(distribution_of(p), p) for name, p in space.parameters.items()}
        return cls(space, parameters)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What Optuna suggests, by name."""
        return {name: found.distribution for name, found in self.parameters.items()}

    def only(self, names: Iterable[str]) -> StudySpace:
        """The space without the other parameters; a condition on one of those is dropped."""
        kept = set(names)
        if kept == set(self.parameters):
            return self
        parameters = {name: found for name, found in self.parameters.items() if name in kept}
        conditions = tuple(c for c in self.space.conditions if kept >= {c.parameter, c.parent})
        return StudySpace(SearchSpace({name: p.parameter for name, p in parameters.items()}, conditions), parameters)

    def decode(self, configuration: Mapping[str, Value]) -> dict[str, object]:
        """The values as Optuna has them."""
        return {name: self.parameters[name].decode(value) for name, value in configuration.items()}

    def encode(self, params: Mapping[str, object]) -> Configuration | None:
        """The configuration of a trial's parameters, of which there may be more; None where they make none."""
        found = {name: p.encode(params[name]) for name, p in self.parameters.items() if name in params}
        values: dict[str, Value] = {name: value for name, value in found.items() if value is not None}
        return self.space.restrict(values) if self.space.active(values) <= set(values) else None


def distributions_of(space: SearchSpace) -> dict[str, BaseDistribution]:
    """What an objective of Optuna is to suggest for each parameter, as for `study.ask(distributions)`."""
    return StudySpace.of_space(space).distributions


def searched_by(supports: Feature, distributions: Mapping[str, BaseDistribution]) -> dict[str, BaseDistribution]:
    """Those of the distributions that a strategy with these features can search: none of one value is."""
    return {
        name: distribution
        for name, distribution in distributions.items()
        if not distribution.single() and not _needs(name, distribution) & ~supports
    }


def _needs(name: str, distribution: BaseDistribution) -> Feature:
    space = StudySpace.of_distributions({name: distribution}).space
    return Problem(space, (Objective("value"),)).needs
