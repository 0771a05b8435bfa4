"""The contract test of search strategies: subclass it, name the strategy, and run pytest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from ..strategy import SearchStrategy
from .law import Law
from .strategy_laws import LAWS, Examination
from .strategy_under_test import StrategyUnderTest


class StrategyContract:
    """One test for each law of search strategies.

    For example, in a test file of a plug-in::

        class TestMyStrategy(StrategyContract):
            strategy = MyStrategy
            options = {"width": 3}
    """

    strategy: ClassVar[type[SearchStrategy]]
    """The strategy to test."""
    options: ClassVar[Mapping[str, object]] = {}
    """Its own options."""
    trials: ClassVar[int] = 20
    """Length of the studies; fewer for a strategy that takes long to think, but past its start-up phase."""

    _examination: ClassVar[Examination]

    @classmethod
    def setup_class(cls) -> None:
        """Called by pytest before the first test: studies are shared by all laws."""
        cls._examination = Examination(cls.strategy, cls.options, trials=cls.trials)

    @pytest.mark.parametrize("law", LAWS, ids=[law.text.replace(" ", "-") for law in LAWS])
    def test_law(self, law: Law[StrategyUnderTest]) -> None:
        """The strategy keeps the law."""
        verdict = self._examination.judge(law)
        if verdict.status == "skipped":
            pytest.skip(verdict.message)
        assert verdict.status == "kept", f"not true: {law.text}; {verdict.message}"
