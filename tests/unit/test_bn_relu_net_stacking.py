"""A stack of nets gives what plain PyTorch gives, net by net, and no net's result depends on its company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from stacking_laws import (
    check_any_company,
    check_float32,
    check_float64,
    check_that_a_wrong_rate_is_found_out,
    random_trials,
)

from benchmarks.bn_relu_net import BatchNormReluNet
from benchmarks.stacking import in_stacks
from tuner.configuration import Configuration, Value
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

torch = pytest.importorskip("torch")

from bench.opponents.bn_relu_net import train_plainly  # noqa: E402  needs torch

EXACT = BatchNormReluNet(precision="float64", epochs=1)
QUICK = BatchNormReluNet(epochs=2, device="cpu")


def plain(trial: Trial, rate_factor: float) -> Mapping[str, float]:
    """Plain PyTorch in float64."""
    return train_plainly(EXACT, trial, rate_factor)


def plain32(trial: Trial, rate_factor: float) -> Mapping[str, float]:
    """Plain PyTorch in float32."""
    return train_plainly(QUICK, trial, rate_factor)


def test_float64_agrees_with_plain_pytorch_to_a_billionth() -> None:
    check_float64(EXACT, plain, random_trials(EXACT, 16, seed=5), chaotic=6)


def test_a_learning_rate_that_is_a_millionth_off_is_found_out() -> None:
    check_that_a_wrong_rate_is_found_out(EXACT, plain, random_trials(EXACT, 16, seed=5))


def test_float32_agrees_as_far_as_rounding_allows() -> None:
    """Errors are over 337 rows; up to 8 layers, since deeper nets are chaotic. Both are computed on the processor."""
    shallow = [trial for trial in random_trials(QUICK, 60, seed=6) if trial.configuration.integer("depth") <= 8]
    check_float32(QUICK, plain32, shallow, loss="log_loss", rate="error", rows=337)


def test_a_trial_gets_the_same_bits_in_any_company() -> None:
    check_any_company(QUICK, random_trials(QUICK, 16, seed=7))


def test_a_net_that_diverges_leaves_the_others_alone() -> None:
    shape: dict[str, Value] = {
        "batch_norm": "off",
        "activation": "relu",
        "depth": 8,
        "initialisation": "he",
        "width": 64,
    }
    base: dict[str, Value] = {**QUICK.problem.space.default(), **shape}
    calm = Trial(0, Proposal(Configuration({**base, "learning_rate": 0.001, "momentum": 0.0})), 1, 0)
    wild = Trial(1, Proposal(Configuration({**base, "learning_rate": 1.0, "momentum": 0.99})), 1, 0)
    first, second = QUICK.evaluate_batch([calm, wild])
    assert first == QUICK.evaluate(calm)
    assert isinstance(second, Failure)
    assert "training diverged" in second.message


def test_trials_come_back_in_their_order_however_they_are_stacked() -> None:
    chosen = random_trials(QUICK, 7, seed=9)
    found = in_stacks(
        chosen,
        key_of=lambda trial: trial.id % 3,
        bytes_of=lambda _: 2**29,
        evaluate=lambda key, members: [Measurement({"id": float(trial.id), "key": float(key)}) for trial in members],
    )
    assert [dict(one.values) for one in found if isinstance(one, Measurement)] == [
        {"id": float(place), "key": float(place % 3)} for place in range(7)
    ]


def test_a_stack_takes_no_more_memory_than_it_may() -> None:
    sizes: list[int] = []

    def evaluate(_key: int, members: Sequence[Trial]) -> list[Outcome]:
        sizes.append(len(members))
        return [Measurement({}) for _ in members]

    in_stacks(random_trials(QUICK, 7, seed=9), key_of=lambda _: 0, bytes_of=lambda _: 2**28, evaluate=evaluate)
    assert sizes == [2, 2, 2, 1]
