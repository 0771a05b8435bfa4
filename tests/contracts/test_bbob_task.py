"""The laws of tasks, kept by COCO's functions."""

from __future__ import annotations

import pytest

from benchmarks.bbob import Bbob
from tuner.testing.task_contract import TaskContract

pytest.importorskip("cocoex")


class TestSphere(TaskContract):
    task = Bbob


class TestLargeWeierstrass(TaskContract):
    task = Bbob(function=16, dimension=40, instance=3)
