"""What every stacked evaluation has to keep, whatever it trains; used by the tests of the tasks that stack."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from tuner.task import Task
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

Plain: TypeAlias = Callable[[Trial, float], Mapping[str, float]]
"""What plain training gives for a trial, its learning rate times a factor."""

CHAOS = 1e4
"""Training with large steps is chaotic: rounding grows until nothing agrees, in plain training as well. Where a stack
differs, it may differ by so many times what the last digit of the learning rate changes in plain training."""


def random_trials(task: Task, count: int, seed: int) -> list[Trial]:
    """Random configurations, with three splits of the data."""
    rng = np.random.default_rng(seed)
    space = task.problem.space
    return [Trial(place, Proposal(space.sample(rng)), 100 + place, place % 3) for place in range(count)]


def difference(outcome: Outcome, plain: Mapping[str, float]) -> float:
    """The largest relative difference of any value; a failure agrees with what is not a number."""
    if isinstance(outcome, Failure):
        return 0.0 if any(math.isnan(value) for value in plain.values()) else math.inf
    found = {**outcome.values, **{f"held_out {name}": value for name, value in outcome.held_out.items()}}
    return max(abs(found[name] - value) / (1 + abs(value)) for name, value in plain.items())


def check_float64(task: Task, plain: Plain, trials: Sequence[Trial], *, chaotic: int) -> None:
    """All values agree to 1e-9; but for at most so many trials, whose training is chaotic without stacks too."""
    unlike = []
    for trial, outcome in zip(trials, task.evaluate_batch(trials), strict=True):
        expected = plain(trial, 1.0)
        apart = difference(outcome, expected)
        if apart > 1e-9:
            unlike.append(trial)
            assert apart < CHAOS * _sensitivity(plain, trial, expected), (dict(trial.configuration), apart)
    assert len(unlike) <= chaotic


def check_that_a_wrong_rate_is_found_out(task: Task, plain: Plain, trials: Sequence[Trial]) -> None:
    """A learning rate that is a millionth off breaks what `check_float64` says, for a quarter of those that are calm.

    The others hardly learn in the time that a test has: nothing comes of their learning rate.
    """
    found = []
    for trial, outcome in zip(trials, task.evaluate_batch(trials), strict=True):
        expected = plain(trial, 1.0)
        if _sensitivity(plain, trial, expected) < 1e-12:
            found.append(difference(outcome, plain(trial, 1 + 1e-6)))
    assert len(found) >= len(trials) / 4
    assert np.mean(np.array(found) > 1e-9) > 0.25


def check_float32(task: Task, plain: Plain, trials: Sequence[Trial], *, loss: str, rate: str, rows: float) -> None:
    """Losses within 0.001 for 19 in 20 trials; a rate over so many rows within two of them, for all."""
    losses, rates = [], []
    for trial, outcome in zip(trials, task.evaluate_batch(trials), strict=True):
        expected = plain(trial, 1.0)
        if isinstance(outcome, Measurement):
            losses.append(abs(outcome.values[loss] / expected[loss] - 1))
            rates.append(abs(outcome.values[rate] - expected[rate]))
    assert len(losses) > len(trials) / 2
    assert np.mean(np.array(losses) < 1e-3) >= 0.95
    assert max(rates) < 2.5 / rows


def check_any_company(task: Task, trials: Sequence[Trial]) -> None:
    """Shuffled, in halves and alone, every trial gets the same bits."""
    together = list(task.evaluate_batch(trials))
    order = np.random.default_rng(0).permutation(len(trials))
    shuffled = task.evaluate_batch([trials[place] for place in order])
    assert [shuffled[place] for place in np.argsort(order)] == together
    middle = len(trials) // 2
    assert [*task.evaluate_batch(trials[:middle]), *task.evaluate_batch(trials[middle:])] == together
    assert [outcome for trial in trials for outcome in task.evaluate_batch([trial])] == together


def _sensitivity(plain: Plain, trial: Trial, expected: Mapping[str, float]) -> float:
    """How far plain training moves when the learning rate changes in its last digit."""
    moved = plain(trial, 1 + 2**-52)
    return max(abs(moved[name] - value) / (1 + abs(value)) for name, value in expected.items())
