"""The laws of tasks, kept by feature scaling with both models."""

from __future__ import annotations

import pytest

from benchmarks.feature_scaling import FeatureScaling
from tuner.testing.task_contract import TaskContract

pytest.importorskip("torch")


class TestLogistic(TaskContract):
    """Classes of tumours: 31 weights."""

    task = FeatureScaling(steps=40)
    trials = 12


class TestLinear(TaskContract):
    """A number: some step sizes diverge."""

    task = FeatureScaling(model="linear", data="diabetes", steps=40)
    trials = 12
