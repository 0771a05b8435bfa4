"""A stack of detectors gives what each detector gives alone, and what plain PyTorch gives."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from benchmarks.centre_detection import CentreDetection
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

pytest.importorskip("torch")

from bench.opponents.centre_detection import train_plainly

DOUBLE = CentreDetection(epochs=2, scenes=32, precision="float64")
SINGLE = CentreDetection(epochs=2, scenes=32)


def draw(count: int, *, shapes: int = 6) -> list[Trial]:
    """Random configurations on three data seeds; those of every `shapes`-th trial have one shape."""
    rng = np.random.default_rng(12)
    space = DOUBLE.problem.space
    leaders = [space.sample(rng) for _ in range(shapes)]
    shaping = ("grid", "window", "anchors", "width", "batch_size")
    trials = []
    for number, leader in zip(range(count), itertools.cycle(leaders), strict=False):
        own = {**space.sample(rng), **{name: leader[name] for name in shaping}}
        whole = space.restrict({"anchor_spread": 1.5, **own})
        trials.append(Trial(number, Proposal(whole, 1 + number % 2), seed=number, data_seed=number % 3))
    return trials


def named(outcome: Outcome) -> dict[str, float]:
    """All values by the names that the plain training gives them; NaN for a failure."""
    if isinstance(outcome, Failure):
        return {}
    return {**outcome.values, **{f"held_out {name}": value for name, value in outcome.held_out.items()}}


def pairs_of(task: CentreDetection, trials: list[Trial]) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Stacked and plain values of the trials, once it is clear that both diverge where one does."""
    stacked = [named(outcome) for outcome in task.evaluate_batch(trials)]
    plain = [train_plainly(task, trial) for trial in trials]
    assert [not own for own in stacked] == [math.isnan(own["log_loss"]) for own in plain]
    return [(own, other) for own, other in zip(stacked, plain, strict=True) if own]


def test_a_stack_agrees_with_plain_pytorch_in_double_precision() -> None:
    pairs = pairs_of(DOUBLE, draw(18))
    assert len(pairs) >= 14
    for stacked, plain in pairs:
        assert stacked == pytest.approx(plain, rel=1e-9, abs=1e-9)


def test_a_stack_agrees_with_plain_pytorch_in_single_precision() -> None:
    pairs = pairs_of(SINGLE, draw(20))
    close = [stacked["log_loss"] == pytest.approx(plain["log_loss"], rel=1e-3) for stacked, plain in pairs]
    digits = 250  # about, in the scenes of either judgement
    assert np.mean(close) >= 0.95
    assert all(abs(stacked["recall"] - plain["recall"]) <= 2 / digits for stacked, plain in pairs)
    assert all(abs(own["average_precision"] - other["average_precision"]) < 0.01 for own, other in pairs)


def test_a_learning_rate_off_by_a_millionth_would_be_noticed() -> None:
    trials = [trial for trial in draw(40) if trial.configuration.number("learning_rate") > 3e-3][:8]
    stacked = [named(outcome) for outcome in DOUBLE.evaluate_batch(trials)]
    others = [train_plainly(DOUBLE, trial, 1 + 1e-6) for trial in trials]
    both = [(own, other) for own, other in zip(stacked, others, strict=True) if own]
    assert len(both) > 4
    assert not any(own == pytest.approx(other, rel=1e-9, abs=1e-9) for own, other in both)


@pytest.mark.parametrize("task", [SINGLE, DOUBLE], ids=["float32", "float64"])
def test_company_and_order_change_no_bit(task: CentreDetection) -> None:
    trials = draw(14, shapes=4)
    together = task.evaluate_batch(trials)
    order = np.random.default_rng(3).permutation(len(trials)).tolist()
    shuffled = task.evaluate_batch([trials[place] for place in order])
    halves = [*task.evaluate_batch(trials[:5]), *task.evaluate_batch(trials[5:])]
    assert [shuffled[order.index(place)] for place in range(len(trials))] == together
    assert halves == together
    assert [task.evaluate_batch([trial])[0] for trial in trials] == together


def test_who_diverges_leaves_the_others_as_they_were() -> None:
    calm = [trial for trial in draw(12, shapes=1) if isinstance(SINGLE.evaluate_batch([trial])[0], Measurement)]
    wild = Trial(
        99,
        Proposal(
            SINGLE.problem.space.restrict(
                {**calm[0].configuration, "learning_rate": 0.05, "position_weight": 10.0, "anchor_size": 32.0}
            ),
            calm[0].proposal.fidelity,
        ),
        seed=5,
    )
    alone = SINGLE.evaluate_batch(calm)
    first, *others = SINGLE.evaluate_batch([wild, *calm])
    assert isinstance(first, Failure)
    assert first.message.startswith("FloatingPointError: training diverged: the loss is ")
    assert others == alone
