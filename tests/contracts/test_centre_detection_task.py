"""The laws of tasks, kept by the detector."""

from __future__ import annotations

import pytest

from benchmarks.centre_detection import CentreDetection
from tuner.testing.task_contract import TaskContract

pytest.importorskip("torch")


class TestCentreDetection(TaskContract):
    """Six configurations of six shapes."""

    task = CentreDetection(epochs=2, scenes=32)
    trials = 6
