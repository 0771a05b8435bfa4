"""The laws of tasks, kept by word vectors, static and contextual."""

from __future__ import annotations

from typing import ClassVar

import pytest

from benchmarks.word_vectors import WordVectors
from benchmarks.word_vectors.packages import MODULES
from tuner.task import Task
from tuner.testing.task_contract import TaskContract

for module in MODULES:
    pytest.importorskip(module)


class TestSenses(TaskContract):
    task: ClassVar[Task] = WordVectors()


@pytest.mark.slow
class TestTopics(TaskContract):
    task: ClassVar[Task] = WordVectors(target="topics")
