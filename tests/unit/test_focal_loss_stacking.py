"""A stack of nets for a rare class gives what plain PyTorch gives, and no net's result depends on its company."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from stacking_laws import (
    check_any_company,
    check_float32,
    check_float64,
    check_that_a_wrong_rate_is_found_out,
    random_trials,
)

from benchmarks.focal_loss import FocalLossClassifier
from tuner.trial import Trial

torch = pytest.importorskip("torch")

from bench.opponents.focal_loss import train_plainly  # noqa: E402  needs torch

EXACT = FocalLossClassifier(precision="float64", epochs=2)
QUICK = FocalLossClassifier(epochs=2)


def plain(trial: Trial, rate_factor: float) -> Mapping[str, float]:
    """Plain PyTorch in float64."""
    return train_plainly(EXACT, trial, rate_factor)


def plain32(trial: Trial, rate_factor: float) -> Mapping[str, float]:
    """Plain PyTorch in float32."""
    return train_plainly(QUICK, trial, rate_factor)


def test_float64_agrees_with_plain_pytorch_to_a_billionth() -> None:
    check_float64(EXACT, plain, random_trials(EXACT, 24, seed=5), chaotic=3)


def test_a_learning_rate_that_is_a_millionth_off_is_found_out() -> None:
    check_that_a_wrong_rate_is_found_out(EXACT, plain, random_trials(EXACT, 24, seed=5))


def test_float32_agrees_as_far_as_rounding_allows() -> None:
    """Recall is over 16 positive rows."""
    check_float32(QUICK, plain32, random_trials(QUICK, 40, seed=6), loss="log_loss", rate="recall", rows=16)


def test_a_trial_gets_the_same_bits_in_any_company() -> None:
    check_any_company(QUICK, random_trials(QUICK, 24, seed=7))
