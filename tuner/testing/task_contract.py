"""The contract of tasks as a pytest class: inherit from it, name the task, and each law is a test."""

from __future__ import annotations

from typing import ClassVar

import pytest

from ..task import Task
from .task_laws import LAWS, check_task
from .verdict import Verdict


class TaskContract:
    """One test for each law of tasks.

    For example, in a test file of a plug-in::

        class TestMyTask(TaskContract):
            task = MyTask(rows=100)
    """

    task: ClassVar[Task | type[Task]]
    """The task to test, with options that make it cheap, or its class for the defaults."""
    trials: ClassVar[int] = 3
    """How many configurations the laws are checked on, with about eight evaluations of each."""

    _verdicts: ClassVar[dict[str, Verdict]]

    @classmethod
    def setup_class(cls) -> None:
        """Called by pytest before the first test: evaluations are shared by all laws."""
        cls._verdicts = {verdict.law: verdict for verdict in check_task(cls.task, trials=cls.trials)}

    @pytest.mark.parametrize("law", LAWS, ids=[law.replace(" ", "-") for law in LAWS])
    def test_law(self, law: str) -> None:
        """The task keeps the law."""
        verdict = self._verdicts[law]
        if verdict.status == "skipped":
            pytest.skip(verdict.message)
        assert verdict.status == "kept", f"not true: {law}; {verdict.message}"
