"""Each law finds the strategy that breaks it, and only that law does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from tuner import Budget, Configuration, Feature, Problem, Proposal, SearchStrategy, TrialResult
from tuner.testing.strategy_laws import LAWS, check_strategy
from tuner.testing.verdict import Verdict


class Good(SearchStrategy):
    """A complete strategy: the best configuration so far, with one parameter drawn anew."""

    best: TrialResult | None = None

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self.vary()) for _ in range(count)]

    def vary(self) -> Configuration:
        fresh = self.space.sample(self.rng)
        if self.best is None or self.rng.random() < 0.5:
            return fresh
        name = self.space.names[int(self.rng.integers(len(self.space)))]
        return Configuration({**self.best.trial.configuration, name: fresh[name]})

    def tell(self, result: TrialResult) -> None:
        if self.best is None or result.loss < self.best.loss:
            self.best = result


class Raising(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        raise ZeroDivisionError("division\nby zero")


class Silent(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        return []


class NotProposing(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        return [self.vary()] * count  # type: ignore[list-item]  # the mistake that is tested


class SingleOnly(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        if count > 1:
            raise NotImplementedError("only one at a time")
        return super().ask(count)


class Impatient(Good):
    pending = 0

    def ask(self, count: int) -> Sequence[Proposal]:
        if self.pending:
            raise RuntimeError(f"{self.pending} trials are pending")
        self.pending = count
        return super().ask(count)

    def tell(self, result: TrialResult) -> None:
        self.pending -= 1
        super().tell(result)


class TooMany(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        return super().ask(count + 1)


class OutOfSpace(Good):
    def vary(self) -> Configuration:
        values = dict(super().vary())
        return Configuration(values | {name: 99.0 for name in ("x", "rate") if name in values})


class NumpyScalars(Good):
    def vary(self) -> Configuration:
        numbers = {name: np.float64(value) for name, value in super().vary().items() if type(value) is float}
        return Configuration({**super().vary(), **numbers})


class BadFidelity(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        fidelity = None if self.problem.fidelity is None else 2 * self.problem.fidelity.high
        return [Proposal(proposal.configuration, fidelity) for proposal in super().ask(count)]


class ResumesTheFuture(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(proposal.configuration, resume=1000) for proposal in super().ask(count)]


class Unseeded(Good):
    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.rng = np.random.default_rng()


class SeedIgnoring(Good):
    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=0, budget=budget)


class ReadsGlobalState(Good):
    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        mixed = seed ^ int(np.random.get_state()[1][5])  # type: ignore[index]  # noqa: NPY002  the mistake that is tested
        super().__init__(problem, seed=mixed, budget=budget)


class ChangesGlobalState(Good):
    def ask(self, count: int) -> Sequence[Proposal]:
        random.seed(self.seed)
        return super().ask(count)


class SharesState(Good):
    alive: ClassVar[list[int]] = []

    def ask(self, count: int) -> Sequence[Proposal]:
        if self.alive and self.alive[-1] != self.seed:
            self.rng.random()
        self.alive[:] = [self.seed]
        return super().ask(count)

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.alive.clear()


class SeesTheGoal(Good):
    def tell(self, result: TrialResult) -> None:
        if self.problem.objectives[0].goal == "minimize":
            super().tell(result)


class Mutating(Good):
    def tell(self, result: TrialResult) -> None:
        super().tell(result)
        getattr(result.outcome, "values", {}).clear()


class ChokesOnFailures(Good):
    def tell(self, result: TrialResult) -> None:
        super().tell(result)
        if result.is_failure:
            raise ValueError(f"no losses in {result.losses}")


class GivesUpOnFailures(Good):
    failed = False

    def ask(self, count: int) -> Sequence[Proposal]:
        return [] if self.failed else super().ask(count)

    def tell(self, result: TrialResult) -> None:
        self.failed = self.failed or result.is_failure


class Scaling(Good):
    """Divides by the spread of the losses."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.losses: list[float] = []

    def tell(self, result: TrialResult) -> None:
        self.losses += result.losses[:1]
        if len(self.losses) > 1:
            assert 1 / (max(self.losses) - min(self.losses)) > 0


class Overflowing(Good):
    def tell(self, result: TrialResult) -> None:
        super().tell(result)
        if not result.is_failure:
            _ = result.loss**2


class NeedsTwoTrials(Good):
    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        if budget.trials is not None and budget.trials < 2:
            raise ValueError("two trials to start with")


class PositionalOption(Good):
    def __init__(self, problem: Problem, width: int = 3, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)


class AcceptsAnything(Good):
    supports: ClassVar[Feature] = Feature.CONTINUOUS

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        self.problem, self.space, self.seed, self.budget = problem, problem.space, seed, budget
        self.rng = np.random.default_rng(seed)


class FixedList(SearchStrategy):
    """Goes through the corners of a small grid, whatever the seed."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.left = list(self.space.grid(2))[:10]

    def ask(self, count: int) -> Sequence[Proposal]:
        taken, self.left = self.left[:count], self.left[count:]
        return [Proposal(configuration) for configuration in taken]


class Possessive(Good):
    """Knows each trial by what it proposed."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.mine: dict[Configuration, int] = {}

    def ask(self, count: int) -> Sequence[Proposal]:
        proposals = super().ask(count)
        self.mine |= {proposal.configuration: place for place, proposal in enumerate(proposals)}
        return proposals

    def tell(self, result: TrialResult) -> None:
        self.mine[result.trial.configuration]


class Orderly(Good):
    """Expects trials to end as they began."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.last = -1

    def tell(self, result: TrialResult) -> None:
        if result.trial.id < self.last:
            raise RuntimeError(f"trial {result.trial.id} after {self.last}")
        self.last = result.trial.id


MISTAKES = [
    (Raising, "a study runs through", "raised ZeroDivisionError: division by zero"),
    (Silent, "a study runs through", "the first ask(1) returned nothing"),
    (NotProposing, "a study runs through", "which is not a Proposal"),
    (SingleOnly, "it can be asked for one proposal and for five", "NotImplementedError: only one at a time"),
    (Impatient, "it can be asked while trials are pending", "RuntimeError: 1 trials are pending"),
    (TooMany, "it proposes at most as many as it is asked for", "ask(1) returned 2 proposals"),
    (OutOfSpace, "every proposal lies in the space", "proposal 0: x = 99.0 is not a number in [-5, 10]"),
    (NumpyScalars, "every value is a plain Python object", "is a numpy.float64, not a plain"),
    (BadFidelity, "fidelities lie in the offered range and only earlier trials are resumed", "asks for fidelity 54"),
    (ResumesTheFuture, "fidelities lie in the offered range and only earlier trials are resumed", "resumes trial 1000"),
    (Unseeded, "the same seed gives the same proposals", "in a second study with the same seed it is {'x':"),
    (SeedIgnoring, "another seed gives other proposals", "seeds 0 and 1 give the same 20 proposals"),
    (
        ReadsGlobalState,
        "the global random state is neither read nor changed",
        "when random and numpy.random are seeded",
    ),
    (ChangesGlobalState, "the global random state is neither read nor changed", "changed the global state of random"),
    (SharesState, "two instances do not disturb one another", "next to another instance"),
    (SeesTheGoal, "the same losses give the same proposals under either goal", "under the opposite goal"),
    (Mutating, "it does not change what it is told", "it changed the result of trial 0"),
    (ChokesOnFailures, "it copes with failed trials", "when all trials fail, it raises ValueError: no losses in ()"),
    (GivesUpOnFailures, "it copes with failed trials", "it ends after 1 trials instead of 20"),
    (Scaling, "it copes with losses that are all the same", "when all losses are 0, it raises ZeroDivisionError"),
    (Overflowing, "it copes with very large and very small losses", "1e+300, it raises OverflowError"),
    (Possessive, "it copes with results of trials that it did not propose", "it raises KeyError"),
    (
        Orderly,
        "it copes with results that come out of order, and proposes the same again",
        "it raises RuntimeError: trial 1 after 19",
    ),
    (NeedsTwoTrials, "it copes with budgets of one, two and three trials", "budget of 1 trials, it raises ValueError"),
    (PositionalOption, "its own options are keyword arguments with defaults", "option 'width' is not keyword-only"),
    (AcceptsAnything, "problems that it does not support are refused at construction", "needs continuous, integer"),
]


def _broken(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.status == "broken"]


@pytest.mark.parametrize(("kind", "law", "message"), MISTAKES, ids=[kind.__name__ for kind, _, _ in MISTAKES])
def test_a_mistake_breaks_exactly_the_law_about_it(kind: type[SearchStrategy], law: str, message: str) -> None:
    broken = _broken(check_strategy(kind))
    assert [verdict.law for verdict in broken] == [law], broken
    assert message in broken[0].message
    assert "\n" not in broken[0].message


def test_a_good_strategy_keeps_every_law() -> None:
    verdicts = check_strategy(Good)
    assert [verdict.law for verdict in verdicts] == [law.text for law in LAWS]
    assert {verdict.status for verdict in verdicts} == {"kept"}


def test_a_fixed_list_is_excused_from_giving_other_proposals_for_another_seed() -> None:
    verdicts = {verdict.law: verdict for verdict in check_strategy(FixedList)}
    assert _broken(list(verdicts.values())) == []
    assert verdicts["another seed gives other proposals"].status == "skipped"
    assert "fixed set" in verdicts["another seed gives other proposals"].message


def test_a_law_that_cannot_be_told_says_which_other_law_is_broken() -> None:
    verdicts = {verdict.law: verdict for verdict in check_strategy(Unseeded)}
    replay = verdicts["replayed results give the same proposals"]
    assert replay.status == "skipped"
    assert "the same seed gives the same proposals" in replay.message


def test_the_message_names_the_example_problem() -> None:
    assert _broken(check_strategy(BadFidelity))[0].message.startswith("on the problem 'with_fidelity', ")


def test_the_global_state_is_restored_after_a_check() -> None:
    before = random.getstate()
    check_strategy(ChangesGlobalState, trials=3)
    assert random.getstate() == before


def test_options_reach_the_strategy() -> None:
    broken = _broken(check_strategy(Good, {"width": 3}, trials=3))
    assert "unexpected keyword argument 'width'" in broken[0].message


def test_law_sentences_are_unique() -> None:
    assert len({law.text for law in LAWS}) == len(LAWS)
