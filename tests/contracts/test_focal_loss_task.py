"""The laws of tasks, kept by the focal-loss classifier on both of its data sets."""

from __future__ import annotations

import pytest

from benchmarks.focal_loss import FocalLossClassifier
from tuner.testing.task_contract import TaskContract

pytest.importorskip("torch")


class TestFocalLossOnDigits(TaskContract):
    """The default data."""

    task = FocalLossClassifier()


class TestFocalLossOnBreastCancer(TaskContract):
    """So few positive rows that a single one weighs much."""

    task = FocalLossClassifier(data="breast_cancer")
