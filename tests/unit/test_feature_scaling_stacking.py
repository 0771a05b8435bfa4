"""A stack of descents gives what each descent gives alone, and what plain PyTorch gives."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from benchmarks.feature_scaling import FeatureScaling
from tuner.seeds import derive_seed
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

pytest.importorskip("torch")

from bench.opponents.feature_scaling import train_plainly

SUBJECTS = [("logistic", "breast_cancer"), ("linear", "wine"), ("logistic", "diabetes"), ("linear", "synthetic")]


def draw(task: FeatureScaling, count: int) -> list[Trial]:
    """Random configurations on three splits, at one of three fidelities each."""
    rng = np.random.default_rng(11)
    fidelities = itertools.cycle([task.steps, task.steps // 2, task.steps // 4])
    return [
        Trial(i, Proposal(task.problem.space.sample(rng), next(fidelities)), i, derive_seed(1, "data", i % 3))
        for i in range(count)
    ]


def train_alone(task: FeatureScaling, trial: Trial, rate_factor: float = 1.0) -> dict[str, float] | None:
    """The values by plain PyTorch; None where it diverges."""
    try:
        return train_plainly(task, trial, rate_factor)
    except FloatingPointError:
        return None


def loss_of(outcome: Outcome) -> float:
    return outcome.values["loss"] if isinstance(outcome, Measurement) else math.nan


@pytest.mark.parametrize(("model", "data"), SUBJECTS)
def test_a_stack_agrees_with_plain_pytorch_in_double_precision(model: str, data: str) -> None:
    task = FeatureScaling(model=model, data=data, steps=60, precision="float64")
    trials = draw(task, 24)
    for trial, outcome in zip(trials, task.evaluate_batch(trials), strict=True):
        plain = train_alone(task, trial)
        assert isinstance(outcome, Failure) == (plain is None)
        if isinstance(outcome, Measurement):
            assert outcome.values == pytest.approx(plain, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("model", "data"), SUBJECTS)
def test_a_stack_agrees_with_plain_pytorch_in_single_precision(model: str, data: str) -> None:
    task = FeatureScaling(model=model, data=data, steps=60)
    trials = draw(task, 24)
    pairs = [(o, train_alone(task, t)) for t, o in zip(trials, task.evaluate_batch(trials), strict=True)]
    both = [(o.values, plain) for o, plain in pairs if isinstance(o, Measurement) and plain is not None]
    close = [stacked["loss"] == pytest.approx(plain["loss"], rel=1e-3) for stacked, plain in both]
    assert all(isinstance(outcome, Failure) == (plain is None) for outcome, plain in pairs)
    assert np.mean(close) >= 0.95
    if model == "logistic":
        assert all(abs(stacked["error"] - plain["error"]) <= 2.5 / 83 for stacked, plain in both)


def test_a_step_size_off_by_a_millionth_would_be_noticed() -> None:
    task = FeatureScaling(steps=60, precision="float64")
    trials = draw(task, 12)
    stacked = [loss_of(outcome) for outcome in task.evaluate_batch(trials)]
    others = [train_alone(task, trial, 1 + 1e-6) for trial in trials]
    pairs = [(loss, other["loss"]) for loss, other in zip(stacked, others, strict=True) if other is not None]
    assert not any(loss == pytest.approx(other, rel=1e-9, abs=1e-9) for loss, other in pairs)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("model", "data"), SUBJECTS)
def test_company_and_order_change_no_bit(model: str, data: str, precision: str) -> None:
    task = FeatureScaling(model=model, data=data, steps=40, precision=precision)
    trials = draw(task, 23)
    together = task.evaluate_batch(trials)
    order = np.random.default_rng(3).permutation(len(trials)).tolist()
    shuffled = task.evaluate_batch([trials[place] for place in order])
    halves = [
        outcome for start in (0, 9) for outcome in task.evaluate_batch(trials[start : start + 9 + 5 * (start > 0)])
    ]
    assert [shuffled[order.index(place)] for place in range(len(trials))] == together
    assert halves == together
    assert [task.evaluate_batch([trial])[0] for trial in trials] == together


def test_a_stack_larger_than_the_cache_is_the_same_as_its_pieces() -> None:
    task = FeatureScaling(steps=5)
    trials = draw(task, 200)
    pieces = [outcome for start in range(0, 200, 7) for outcome in task.evaluate_batch(trials[start : start + 7])]
    assert task.evaluate_batch(trials) == pieces


def test_a_diverged_trial_does_not_disturb_the_others() -> None:
    task = FeatureScaling(model="linear", data="wine", steps=60)
    trials = draw(task, 40)
    outcomes = task.evaluate_batch(trials)
    survivors = [trial for trial, outcome in zip(trials, outcomes, strict=True) if isinstance(outcome, Measurement)]
    assert 0 < len(survivors) < len(trials)
    assert task.evaluate_batch(survivors) == [outcome for outcome in outcomes if isinstance(outcome, Measurement)]
