"""The contract of an evaluator: where the shards of a plan run."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from results.journal import Wave

from .plan import Shard

if TYPE_CHECKING:
    from .explaining import Explanation


@dataclass(frozen=True)
class ShardWork:
    """A shard that is not over, and what an earlier process journaled of it."""

    shard: Shard
    waves: tuple[Wave, ...] = ()


def _ignore(_shard: int, _reason: str) -> None:
    pass


@dataclass(frozen=True)
class Signals:
    """What the driver of a run and its evaluator say to one another while it runs."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Set: start no further wave; what is in flight is finished."""
    lost: Callable[[int, str], None] = field(default_factory=lambda: _ignore)
    """Called with a shard's number and a reason when its worker died."""


class Evaluator(ABC):
    """Runs shards and yields their waves, encoded, as they come. Must not change what is in them."""

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many processes evaluate at once."""

    @abstractmethod
    def run(self, work: Sequence[ShardWork], signals: Signals) -> Iterator[list[bytes]]:
        """Waves of all the shards, each shard's in order. What has been yielded may be stored at leisure."""

    def explain(self, explanations: Sequence[Explanation], signals: Signals) -> Iterator[tuple[Explanation, str]]:
        """Each of them with its text (see `Explanation.make`), as they come; here, one after the other."""
        for one in explanations:
            if signals.stop.is_set():
                return
            yield one, one.make()

    def close(self) -> None:  # noqa: B027  most evaluators hold nothing
        """Let go of processes; called once, also after an error."""
