"""The law about fidelities finds the strategies that continue trials which cannot be continued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tuner import Proposal, SearchStrategy, TrialResult
from tuner.testing.strategy_laws import LAWS, check_strategy
from tuner.testing.verdict import Verdict

LAW = next(law for law in LAWS if law.text.startswith("fidelities lie"))


class Continuing(SearchStrategy):
    """Continues each trial that succeeded at the lowest fidelity, once."""

    last: TrialResult | None = None

    def ask(self, count: int) -> Sequence[Proposal]:
        fidelity = self.problem.fidelity
        if fidelity is None:
            return [Proposal(self.space.sample(self.rng)) for _ in range(count)]
        if self.last is not None and self.may_continue(self.last):
            trial, self.last = self.last.trial, None
            return [Proposal(trial.configuration, fidelity.high, trial.id)]
        return [Proposal(self.space.sample(self.rng), fidelity.low) for _ in range(count)]

    def may_continue(self, result: TrialResult) -> bool:
        return not result.is_failure

    def tell(self, result: TrialResult) -> None:
        if result.trial.proposal.resume is None:
            self.last = result


class ContinuesFailures(Continuing):
    def may_continue(self, result: TrialResult) -> bool:
        return True


class ContinuesOthers(Continuing):
    def ask(self, count: int) -> Sequence[Proposal]:
        return [
            p if p.resume is None else replace(p, configuration=self.space.sample(self.rng)) for p in super().ask(count)
        ]


class StandsStill(Continuing):
    def ask(self, count: int) -> Sequence[Proposal]:
        fidelity = self.problem.fidelity
        return [replace(p, fidelity=fidelity.low if fidelity else None) for p in super().ask(count)]


class ContinuesWithoutFidelity(Continuing):
    def ask(self, count: int) -> Sequence[Proposal]:
        resume = self.last.trial.id if self.last and self.problem.fidelity is None else None
        return super().ask(count) if resume is None else [Proposal(self.space.default(), resume=resume)]


def verdict_on(kind: type[SearchStrategy]) -> Verdict:
    return next(verdict for verdict in check_strategy(kind) if verdict.law == LAW.text)


def test_a_strategy_that_continues_what_it_may_keeps_all_laws() -> None:
    assert {verdict.status for verdict in check_strategy(Continuing)} <= {"kept", "skipped"}
    assert verdict_on(Continuing).status == "kept"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (ContinuesFailures, "resume trial 0, which failed"),
        (ContinuesOthers, "resume trial 0 with another configuration"),
        (StandsStill, "resume trial 0 at epochs = 1, which has reached 1 before"),
        (ContinuesWithoutFidelity, "proposal 1 resumes trial 0, but the problem offers no fidelity"),
    ],
)
def test_a_strategy_that_does_not_is_found(kind: type[SearchStrategy], message: str) -> None:
    verdict = verdict_on(kind)
    assert verdict.status == "broken"
    assert message in verdict.message
