"""Small recorded studies of a strategy: what it was asked, what it answered, what it was told."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..problem import Budget
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Failure, Measurement, Proposal, Trial, TrialResult
from .problems import ExampleProblem

Respond: TypeAlias = Callable[[ExampleProblem, Trial], Failure | tuple[float, ...]]
"""How a trial ends: in a failure, or with one loss for each objective."""


def respond_honestly(example: ExampleProblem, trial: Trial) -> tuple[float, ...]:
    """The losses that the example problem gives."""
    return example.losses(trial.configuration, trial.proposal.fidelity)


@dataclass(frozen=True)
class Answer:
    """What one ask gave."""

    count: int
    """How many proposals were asked for."""
    proposals: tuple[Proposal, ...]


@dataclass
class Record:
    """The course of one study."""

    answers: list[Answer] = field(default_factory=list)
    results: list[TrialResult] = field(default_factory=list)
    told: list[TrialResult] = field(default_factory=list)
    """Copies of the results, made before the strategy saw them."""
    touched: tuple[str, ...] = ()
    """The global generators whose state the strategy changed."""

    @property
    def proposals(self) -> list[Proposal]:
        """All proposals, in order."""
        return [proposal for answer in self.answers for proposal in answer.proposals]


@dataclass(frozen=True)
class Maker:
    """Makes instances of a strategy with its options."""

    kind: type[SearchStrategy]
    options: Mapping[str, object]

    def declares(self, example: ExampleProblem) -> bool:
        """Whether the strategy says that it supports the example problem."""
        if self.kind.needs_fidelity and example.problem.fidelity is None:
            return False
        return not example.problem.needs & ~self.kind.supports

    def make(self, example: ExampleProblem, *, seed: int, trials: int) -> SearchStrategy:
        """A fresh instance for the example problem."""
        budget = Budget(trials=trials)
        return self.kind(example.problem, seed=derive_seed(seed, "strategy laws"), budget=budget, **self.options)


def run_study(
    strategy: SearchStrategy,
    example: ExampleProblem,
    *,
    trials: int,
    size: int = 1,
    respond: Respond = respond_honestly,
) -> Record:
    """Ask for `size` proposals, tell what came of them, and again, until `trials` are told or none is proposed."""
    record = Record()
    while len(record.results) < trials and ask_once(strategy, record, min(size, trials - len(record.results))):
        tell_pending(strategy, example, record, respond)
    return record


def ask_once(strategy: SearchStrategy, record: Record, count: int) -> bool:
    """Ask for `count` proposals and record the answer; whether there were any."""
    proposals = tuple(strategy.ask(count))
    for proposal in proposals:
        if not isinstance(proposal, Proposal):
            raise TypeError(f"ask({count}) returned {proposal!r}, which is not a Proposal")
    record.answers.append(Answer(count, proposals))
    return bool(proposals)


def tell_pending(strategy: SearchStrategy, example: ExampleProblem, record: Record, respond: Respond) -> None:
    """Tell the results of all proposals that were asked for and are not told yet, in order."""
    # Proposals beyond the count are a fault of one law only; a study does not take them up.
    accepted = [proposal for answer in record.answers for proposal in answer.proposals[: answer.count]]
    for proposal in accepted[len(record.results) :]:
        identifier = len(record.results)
        trial = Trial(identifier, proposal, seed=derive_seed(0, "trial", identifier))
        result = result_of(example, trial, respond(example, trial))
        record.results.append(result)
        record.told.append(copy.deepcopy(result))
        strategy.tell(result)


def replay_study(strategy: SearchStrategy, past: Record) -> Record:
    """Ask as often as in a past study, and tell its results instead of evaluating."""
    record = Record()
    results = iter(past.told)
    for answer in past.answers:
        ask_once(strategy, record, answer.count)
        for result in [copy.deepcopy(next(results)) for _ in answer.proposals[: answer.count]]:
            strategy.tell(result)
    return record


def result_of(example: ExampleProblem, trial: Trial, ending: Failure | Sequence[float]) -> TrialResult:
    """What a strategy is told of a trial that failed, or ended with these losses."""
    if isinstance(ending, Failure):
        return TrialResult(trial, ending)
    objectives = example.problem.objectives
    values = {o.name: o.loss(loss) for o, loss in zip(objectives, ending, strict=True)}
    return TrialResult(trial, Measurement(values, seconds=1.0), tuple(ending))
