"""What a strategy is asked to solve: a space, objectives, perhaps a fidelity, and a budget."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .errors import InvalidProblem, one_line
from .parameter import Categorical, Integer
from .space import SearchSpace

if TYPE_CHECKING:
    from collections.abc import Mapping


class Feature(enum.Flag):
    """What a problem can demand of a strategy."""

    NONE = 0
    CONTINUOUS = enum.auto()
    """Float parameters."""
    INTEGER = enum.auto()
    """Integer parameters."""
    CATEGORICAL = enum.auto()
    """Categorical parameters."""
    CONDITIONAL = enum.auto()
    """Parameters that are active only under conditions."""
    MULTIOBJECTIVE = enum.auto()
    """More than one objective."""

    MIXED = CONTINUOUS | INTEGER | CATEGORICAL
    """Every kind of parameter."""

    def names(self) -> list[str]:
        """The single features in this flag, in lower case."""
        return [str(feature.name).lower() for feature in self]


@dataclass(frozen=True, slots=True)
class Objective:
    """A value that a task measures and a study optimises."""

    name: str
    goal: Literal["minimize", "maximize"] = "minimize"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or one_line(self.name) != self.name:
            raise InvalidProblem(f"an objective's name is one short line without double spaces, not {self.name!r:.80}")
        if self.goal not in {"minimize", "maximize"}:
            raise InvalidProblem(f"the goal of {self.name!r} is 'minimize' or 'maximize', not {self.goal!r}")

    def loss(self, value: float) -> float:
        """The value as a loss: lower is better. The one place where the sign flips."""
        return value if self.goal == "minimize" else -value


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How much of the real thing an evaluation does; `high` is the real thing. Strategies may ignore it."""

    name: str
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (0 < self.low <= self.high < math.inf):
            raise InvalidProblem(f"a fidelity needs 0 < low <= high < infinity, not [{self.low}, {self.high}]")


@dataclass(frozen=True, slots=True)
class Budget:
    """What one study may spend; None means no such limit. The first one spent ends the study."""

    trials: int | None = None
    """Number of trials, failed ones included."""
    work: float | None = None
    """Full evaluations: each trial counts its fidelity / high."""
    seconds: float | None = None
    """Seconds of evaluation, as the task reports them or as measured."""

    def __post_init__(self) -> None:
        limits = {"trials": self.trials, "work": self.work, "seconds": self.seconds}
        if all(limit is None for limit in limits.values()):
            raise InvalidProblem("a budget needs at least one of trials, work, seconds")
        if self.trials is not None and (isinstance(self.trials, bool) or not isinstance(self.trials, int)):
            raise InvalidProblem(f"a budget's trials is a whole number, not {self.trials!r}")
        for name, limit in limits.items():
            if limit is not None and not 0 < limit < math.inf:
                raise InvalidProblem(f"a budget's {name} is a positive number, not {limit}")

    def is_spent(self, trials: int, work: float, seconds: float) -> bool:
        """Whether this much has used the budget up."""
        return (
            (self.trials is not None and trials >= self.trials)
            or (self.work is not None and work >= self.work * (1 - 1e-12))
            or (self.seconds is not None and seconds >= self.seconds)
        )


@dataclass(frozen=True)
class Problem:
    """All that a strategy knows of a task: no name, no data, no history."""

    space: SearchSpace
    objectives: tuple[Objective, ...]
    fidelity: Fidelity | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "objectives", tuple(self.objectives))
        names = [objective.name for objective in self.objectives]
        if not names:
            raise InvalidProblem("a problem needs at least one objective")
        if len(set(names)) != len(names):
            raise InvalidProblem(f"the objectives {names} are not distinct")

    @property
    def needs(self) -> Feature:
        """The features that a strategy must support, computed from space and objectives."""
        needs = Feature.NONE
        for parameter in self.space.parameters.values():
            if isinstance(parameter, Categorical):
                needs |= Feature.CATEGORICAL
            elif isinstance(parameter, Integer):
                needs |= Feature.INTEGER
            else:
                needs |= Feature.CONTINUOUS
        if self.space.conditions:
            needs |= Feature.CONDITIONAL
        if len(self.objectives) > 1:
            needs |= Feature.MULTIOBJECTIVE
        return needs

    def losses(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """The objectives' values as losses, in the order of the objectives."""
        return tuple([objective.loss(values[objective.name]) for objective in self.objectives])
