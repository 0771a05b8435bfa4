from __future__ import annotations

import dataclasses
import math
import pickle

import pytest

from tuner import Configuration, Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

TRIAL = Trial(4, Proposal(Configuration({"x": 1.0}), fidelity=3.0), seed=9)


def test_a_trial_shows_its_proposals_configuration() -> None:
    assert TRIAL.configuration == {"x": 1.0}


def test_a_measured_trial_has_its_first_loss_and_is_no_failure() -> None:
    result = TrialResult(TRIAL, Measurement({"auc": 0.8, "size": 2.0}), (-0.8, 2.0))
    assert result.loss == -0.8
    assert not result.is_failure


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failed_trial_has_an_infinite_loss(kind: FailureKind) -> None:
    result = TrialResult(TRIAL, Failure(kind, "why"))
    assert result.loss == math.inf
    assert result.is_failure


def test_kinds_of_failure_are_stored_as_their_names() -> None:
    assert [str(kind) for kind in FailureKind] == ["error", "timeout", "memory", "crash", "invalid"]


def test_results_survive_pickling() -> None:
    result = TrialResult(TRIAL, Measurement({"loss": 0.5}, held_out={"loss": 0.6}, seconds=2.0), (0.5,))
    assert pickle.loads(pickle.dumps(result)) == result


def test_trials_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TRIAL.id = 5  # type: ignore[misc]  # the mistake that is tested
