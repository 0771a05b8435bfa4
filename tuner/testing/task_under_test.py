"""A task together with the trials that its laws are checked on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..configuration import Configuration
from ..seeds import derive_seed
from ..task import Task, failure_of
from ..trial import Failure, Measurement, Outcome, Proposal, Trial
from .global_random_state import seeded_global_state


@dataclass(frozen=True)
class TaskUnderTest:
    """A prepared task, and trials of its default and of random configurations at its lowest fidelity."""

    task: Task
    trials: tuple[Trial, ...]

    @classmethod
    def of(cls, task: Task | type[Task], count: int) -> TaskUnderTest:
        """The task, made from its defaults if it is a class, with `count` trials; raises what the task raises."""
        made = task() if isinstance(task, type) else task
        made.prepare()
        space = made.problem.space
        sampled = space.sample_many(np.random.default_rng(derive_seed(0, "configurations")), max(count - 1, 0))
        return cls(made, tuple([trial_of(made, c, number) for number, c in enumerate([space.default(), *sampled])]))

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """How each trial ends on a task that has evaluated nothing before."""
        return [evaluate(self.fresh(), trial) for trial in self.trials]

    @property
    def measurements(self) -> list[tuple[Trial, Measurement]]:
        """The trials that did not fail, with what was measured."""
        return [(trial, m) for trial, m in zip(self.trials, self.outcomes, strict=True) if isinstance(m, Measurement)]

    def fresh(self) -> Task:
        """A task with the same options that has evaluated nothing."""
        task: Task = replace(self.task)  # type: ignore[type-var]  # a task is a dataclass: the first laws see to it
        task.prepare()
        return task


def trial_of(task: Task, configuration: Configuration, number: int = 0) -> Trial:
    """A trial of this configuration at the lowest fidelity, with seeds of the size that a study gives."""
    fidelity = task.problem.fidelity
    proposal = Proposal(configuration, fidelity.low if fidelity else None)
    return Trial(number, proposal, derive_seed(0, "trial", number), data_seed=derive_seed(0, "data"))


def evaluate(task: Task, trial: Trial) -> Outcome:
    """How the trial ends when the process's random state was seeded just before."""
    with seeded_global_state(0):
        return attempt(task, trial)


def attempt(task: Task, trial: Trial) -> Outcome:
    """How the trial ends: as in a worker, whatever a task raises is its trial's failure."""
    try:
        return task.evaluate(trial)
    except Exception as error:  # noqa: BLE001  the same border as in a worker
        return failure_of(error)


def show(outcome: Outcome) -> str:
    """An outcome in a message."""
    return outcome.message if isinstance(outcome, Failure) else repr(outcome)
