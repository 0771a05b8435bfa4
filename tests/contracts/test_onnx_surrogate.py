"""The laws of tasks, kept by surrogates."""

from __future__ import annotations

import pytest

from benchmarks.onnx_surrogate import OnnxSurrogate
from tuner.testing.task_contract import TaskContract

pytest.importorskip("onnxruntime")


class TestShippedModel(TaskContract):
    """The default."""

    task = OnnxSurrogate
    trials = 20
