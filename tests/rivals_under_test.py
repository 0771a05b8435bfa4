"""Strategies whose standing is known: one that is as good as random search, and one that learns nothing."""

from __future__ import annotations

from pathlib import Path

STRATEGIES = """
from tuner import Proposal, SearchStrategy

class Again(SearchStrategy):
    \"\"\"Random search with other luck.\"\"\"
    def __init__(self, problem, *, seed, budget):
        super().__init__(problem, seed=seed, budget=budget)
        self.space.sample(self.rng)

    def ask(self, count):
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

class Stuck(SearchStrategy):
    \"\"\"One corner, for ever.\"\"\"
    def ask(self, count):
        return [Proposal(self.space.from_unit([1.0] * len(self.space.parameters))) for _ in range(count)]
"""


def write_rivals(folder: Path) -> Path:
    """The file that `FILE:Again` and `FILE:Stuck` are in."""
    path = folder / "rivals.py"
    path.write_text(STRATEGIES)
    return path
