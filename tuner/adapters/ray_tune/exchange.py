"""All that a strategy was asked and told under names of trials: enough to bring another one to where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

from ...configuration import Configuration, Value
from ...errors import StrategyMisbehaved
from ...problem import Problem
from ...proposals import check_proposals, describe_difference
from ...seeds import derive_seed
from ...strategy import SearchStrategy
from ...trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult


@dataclass(frozen=True, slots=True)
class Asked:
    """The strategy was asked for one proposal."""

    trial: str
    """For which trial."""
    configuration: Mapping[str, Value] | None
    """What it proposed; None where it had nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """The strategy was told how a trial ended."""

    trial: str
    values: Mapping[str, float] | None
    """The objectives' values; None for a failure."""
    failure: str | None = None
    message: str = ""


Event: TypeAlias = Asked | Told
"""One step of the exchange."""


class Exchange:
    """Asks a strategy for one proposal at a time and tells it of trials in the order in which they end."""

    def __init__(self, strategy: SearchStrategy, problem: Problem, seed: int) -> None:
        self.events: list[Event] = []
        self.count = 0
        """How many trials were proposed."""
        self._strategy = strategy
        self._problem = problem
        self._seed = seed
        self._pending: dict[str, Trial] = {}
        self._is_waiting = False

    @property
    def has_pending(self) -> bool:
        """Whether a trial was proposed of which the strategy was not told yet."""
        return bool(self._pending)

    def is_pending(self, name: str) -> bool:
        """Whether the strategy waits to be told of this trial."""
        return name in self._pending

    def ask(self, name: str) -> Configuration | None:
        """What to try in the trial of this name; None where the strategy has nothing before it is told more."""
        if name in self._pending:
            return self._pending[name].configuration
        if self._is_waiting:
            return None
        proposals = self._strategy.ask(1)
        check_proposals(proposals, 1, self._problem)
        if not proposals:
            self._is_waiting = True
            self.events.append(Asked(name, None))
            return None
        proposal = proposals[0]
        self._pending[name] = Trial(self.count, proposal, derive_seed(self._seed, "trial", self.count))
        self.count += 1
        self.events.append(Asked(name, dict(proposal.configuration)))
        return proposal.configuration

    def tell(self, name: str, outcome: Measurement | Failure) -> None:
        """Tell the strategy how a pending trial ended."""
        trial = self._pending.pop(name)
        self._is_waiting = False
        if isinstance(outcome, Failure):
            self.events.append(Told(name, None, str(outcome.kind), outcome.message))
            self._strategy.tell(TrialResult(trial, outcome))
        else:
            self.events.append(Told(name, dict(outcome.values)))
            self._strategy.tell(TrialResult(trial, outcome, self._problem.losses(outcome.values)))

    def replay(self, events: Iterable[Event]) -> None:
        """Ask and tell as another exchange did; raises `StrategyMisbehaved` where the strategy proposes otherwise."""
        for event in events:
            if isinstance(event, Told):
                self.tell(event.trial, _outcome(event))
                continue
            number = self.count
            again = self.ask(event.trial)
            if event.configuration != again:
                before = [] if event.configuration is None else [Proposal(Configuration(event.configuration))]
                now = [] if again is None else [Proposal(again)]
                raise StrategyMisbehaved(describe_difference(number, before, now))


def _outcome(event: Told) -> Measurement | Failure:
    if event.values is None:
        return Failure(FailureKind(event.failure or "error"), event.message)
    return Measurement(event.values)


def events_to_json(events: Iterable[Event]) -> list[dict[str, object]]:
    """The events as what JSON can hold."""
    return [asdict(event) for event in events]


def events_from_json(rows: Iterable[dict[str, object]]) -> list[Event]:
    """The events whose `events_to_json` is this; raises `TypeError` for anything else."""
    return [Asked(**row) if "configuration" in row else Told(**row) for row in rows]  # type: ignore[arg-type]  # as written
