"""Small problems on which every strategy is tried: one for each thing that a problem can demand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..configuration import Configuration
from ..errors import InvalidConfiguration
from ..parameter import Categorical, Float, Integer
from ..problem import Fidelity, Objective, Problem
from ..space import Condition, SearchSpace

_OUTSIDE = 2.0


@dataclass(frozen=True)
class ExampleProblem:
    """A problem with values to go with it: a smooth bowl for each objective, each with another lowest point."""

    name: str
    problem: Problem

    def losses(self, configuration: Configuration, fidelity: float | None = None) -> tuple[float, ...]:
        """One loss in [0, 1] for each objective, a little more below full fidelity; 2 outside the space."""
        space = self.problem.space
        try:
            space.check(configuration)
        except InvalidConfiguration:
            return (_OUTSIDE,) * len(self.problem.objectives)
        units = space.to_unit(configuration)
        offered = self.problem.fidelity
        missing = 0.0 if offered is None or fidelity is None else 0.1 * (1.0 - fidelity / offered.high)
        lowest = np.linspace(0.3, 0.7, len(self.problem.objectives)).tolist()
        return tuple([float(np.mean((units - point) ** 2)) + missing for point in lowest])

    def flipped(self) -> ExampleProblem:
        """The same losses under the opposite goals: what was minimized is maximized, negated."""
        goals = [replace(o, goal="maximize" if o.goal == "minimize" else "minimize") for o in self.problem.objectives]
        return ExampleProblem(f"{self.name} flipped", replace(self.problem, objectives=tuple(goals)))


def continuous() -> ExampleProblem:
    """Three floats."""
    space = SearchSpace({"x": Float(-5.0, 10.0), "y": Float(0.0, 15.0), "z": Float(0.0, 1.0)})
    return _example("continuous", space)


def mixed() -> ExampleProblem:
    """Every kind of parameter, on every kind of scale."""
    space = SearchSpace(
        {
            "rate": Float(1e-5, 1.0, log=True),
            "momentum": Float(0.0, 0.99),
            "layers": Integer(1, 8),
            "width": Integer(4, 1024, log=True),
            "activation": Categorical(("relu", "tanh", "gelu")),
            "bias": Categorical((True, False)),
        }
    )
    return _example("mixed", space)


def conditional() -> ExampleProblem:
    """A choice that decides which parameters there are, two levels deep."""
    space = SearchSpace(
        {
            "model": Categorical(("forest", "svm")),
            "trees": Integer(10, 500, log=True),
            "kernel": Categorical(("linear", "rbf")),
            "gamma": Float(1e-4, 10.0, log=True),
            "seed_fraction": Float(0.1, 1.0),
        },
        (
            Condition("trees", "model", ("forest",)),
            Condition("kernel", "model", ("svm",)),
            Condition("gamma", "kernel", ("rbf",)),
        ),
    )
    return _example("conditional", space)


def integer_only() -> ExampleProblem:
    """Whole numbers, one of them on a logarithmic scale."""
    space = SearchSpace({"depth": Integer(1, 40), "leaves": Integer(2, 512, log=True), "offset": Integer(-20, 20)})
    return _example("integer_only", space)


def categorical_only() -> ExampleProblem:
    """Choices of strings, numbers and bools."""
    space = SearchSpace(
        {
            "optimizer": Categorical(("sgd", "adam", "rmsprop", "lion")),
            "batch": Categorical((16, 32, 64, 128, 256), ordered=True),
            "dropout": Categorical((0.0, 0.1, 0.3, 0.5), ordered=True),
            "nesterov": Categorical((False, True)),
        }
    )
    return _example("categorical_only", space)


def two_objectives() -> ExampleProblem:
    """A trade-off between two losses."""
    return _example("two_objectives", continuous().problem.space, (Objective("error"), Objective("latency")))


def with_fidelity() -> ExampleProblem:
    """Three floats, and a fidelity from 1 to 27."""
    return _example("with_fidelity", continuous().problem.space, fidelity=Fidelity("epochs", 1.0, 27.0))


def maximise() -> ExampleProblem:
    """An objective whose larger values are better."""
    return _example("maximise", continuous().problem.space, (Objective("accuracy", "maximize"),))


def example_problems() -> tuple[ExampleProblem, ...]:
    """All of them."""
    makers = (continuous, mixed, conditional, integer_only, categorical_only, two_objectives, with_fidelity, maximise)
    return tuple([make() for make in makers])


def _example(
    name: str,
    space: SearchSpace,
    objectives: tuple[Objective, ...] = (Objective("loss"),),
    *,
    fidelity: Fidelity | None = None,
) -> ExampleProblem:
    return ExampleProblem(name, Problem(space, objectives, fidelity))
