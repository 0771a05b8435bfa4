"""Small tasks on which every modifier is tried: one for each thing that a task can offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import InvalidOption, suggest
from ..problem import Problem
from ..seeds import derive_seed
from ..task import Task, TaskCard, failure_of
from ..trial import Measurement, Outcome, Trial
from .problems import ExampleProblem, example_problems

_REACHABLE = ("continuous", "with_fidelity", "maximise")
_PROBLEMS: Mapping[str, ExampleProblem] = {example.name: example for example in example_problems()}


@dataclass(frozen=True)
class ExampleTask(Task):
    """One of the example problems, measured with seeded noise; without it on held-out data."""

    example: str = "continuous"
    """Which problem."""
    noise: float = 0.05
    """Standard deviation of what is added to the validation values."""

    card: ClassVar[TaskCard] = TaskCard(summary="a bowl for each objective", cost="20 microseconds")

    def __post_init__(self) -> None:
        if self.example not in _PROBLEMS:
            raise InvalidOption(f"no example problem called {self.example!r}{suggest(self.example, _PROBLEMS)}")

    @property
    def problem(self) -> Problem:
        """The example problem."""
        return _PROBLEMS[self.example].problem

    @property
    def best_known(self) -> Mapping[str, float]:
        """The lowest point of the bowl, where it is one point that a configuration can reach."""
        return {objective.name: 0.0 for objective in self.problem.objectives} if self.example in _REACHABLE else {}

    def evaluate(self, trial: Trial) -> Measurement:
        example = _PROBLEMS[self.example]
        losses = example.losses(trial.configuration, trial.proposal.fidelity)
        exact = {o.name: o.loss(loss) for o, loss in zip(self.problem.objectives, losses, strict=True)}
        noise = np.random.default_rng(derive_seed(trial.seed, "example")).normal(0.0, self.noise, len(exact)).tolist()
        values = {name: value + more for (name, value), more in zip(exact.items(), noise, strict=True)}
        return Measurement(values, held_out=exact)

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        return [self._outcome(trial) for trial in trials]

    def _outcome(self, trial: Trial) -> Outcome:
        try:
            return self.evaluate(trial)
        except Exception as error:  # noqa: BLE001  one trial's error must not cost the others
            return failure_of(error)


def example_tasks() -> tuple[ExampleTask, ...]:
    """Floats only; conditions and all kinds of parameters; two objectives; a fidelity; an objective to maximise."""
    names = ("continuous", "conditional", "two_objectives", "with_fidelity", "maximise")
    return tuple([ExampleTask(name) for name in names])
