"""A strategy asked and told by hand, on one number and a fidelity from 1 to 81."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuner import (
    Budget,
    Configuration,
    Failure,
    FailureKind,
    Fidelity,
    Float,
    Measurement,
    Objective,
    Problem,
    Proposal,
    SearchSpace,
    SearchStrategy,
    TrialResult,
)
from tuner.trial import Trial

SPACE = SearchSpace({"x": Float(0, 1)})
FAILED = Failure(FailureKind.ERROR, "no luck")
BUDGET = Budget(trials=1000)


def problem_up_to(high: float, low: float = 1) -> Problem:
    return Problem(SPACE, (Objective("loss"),), Fidelity("epochs", low, high))


def result_of(number: int, proposal: Proposal, loss: float | None) -> TrialResult:
    """How a trial ended; a loss of None is a failure."""
    trial = Trial(number, proposal, seed=0)
    return TrialResult(trial, FAILED) if loss is None else TrialResult(trial, Measurement({"loss": loss}), (loss,))


@dataclass
class Talk:
    """Numbers the proposals of a strategy in order, and tells it their results by number."""

    strategy: SearchStrategy
    proposals: list[Proposal] = field(default_factory=list)

    def ask(self, count: int) -> list[Proposal]:
        answer = list(self.strategy.ask(count))
        self.proposals += answer
        return answer

    def tell(self, losses: Mapping[int, float | None]) -> None:
        for number, loss in losses.items():
            self.strategy.tell(result_of(number, self.proposals[number], loss))

    def complete(self, count: int, losses: Sequence[float | None] | None = None) -> list[Proposal]:
        """Ask for `count` trials and tell them all; without losses, the later the worse."""
        first = len(self.proposals)
        answer = self.ask(count)
        told = losses or [float(first + index) for index in range(len(answer))]
        self.tell(dict(enumerate(told, first)))
        return answer


def wanted(proposals: Sequence[Proposal]) -> list[tuple[float | None, int | None]]:
    """At which fidelity each proposal is, and which trial it continues."""
    return [(proposal.fidelity, proposal.resume) for proposal in proposals]


def at(x: float, fidelity: float | None = None) -> Proposal:
    return Proposal(Configuration({"x": x}), fidelity)
