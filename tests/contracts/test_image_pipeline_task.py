"""The laws of tasks, kept by the image pipeline."""

from __future__ import annotations

import pytest

from benchmarks.image_pipeline import ImagePipeline
from tuner.testing.task_contract import TaskContract

pytest.importorskip("skimage")


class TestDigits(TaskContract):
    """Ten classes."""

    task = ImagePipeline(images=100)


class TestFaces(TaskContract):
    """Two classes."""

    task = ImagePipeline(data="faces", images=100)
