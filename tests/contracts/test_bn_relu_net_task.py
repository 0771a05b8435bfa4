"""The laws of tasks, kept by the deep net."""

from __future__ import annotations

import pytest

from benchmarks.bn_relu_net import BatchNormReluNet
from tuner.testing.task_contract import TaskContract

pytest.importorskip("torch")


class TestBatchNormReluNet(TaskContract):
    """Twelve configurations: some learn, some cannot, some diverge."""

    task = BatchNormReluNet(epochs=9)
    trials = 12
