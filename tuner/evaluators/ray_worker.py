"""The process that Ray keeps for us: runs one shard after the other."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import ray

from .threads import pin_threads

if TYPE_CHECKING:
    from results.journal import Wave

    from ..evaluator import ShardWork
    from ..plan import Shard
    from ..shard import ShardRunner
    from ..study import Evaluation
    from ..trial import Trial


class ShardWorker:
    """Holds one shard at a time; every method may be the last one that this process lives to run."""

    def __init__(self) -> None:
        pin_threads()
        self._runner: ShardRunner | None = None

    def where(self) -> str:
        """The id of the node it runs on."""
        node: str = ray.get_runtime_context().get_node_id()
        return node

    def open(self, work: ShardWork) -> bool:
        """Take up a shard, as far as its waves went; returns whether it is over."""
        from ..shard import ShardRunner

        worker = f"{socket.gethostname()}:{os.getpid()}"
        self._runner = ShardRunner(work.shard, worker=worker, is_expendable=True)
        self._runner.replay(work.waves)
        if not self._runner.is_over:
            self._prepare()
        return self._runner.is_over

    def advance(self, seconds: float) -> tuple[list[bytes], bool]:
        """Waves for about so long, at least one; and whether the shard is over."""
        runner = self._current()
        return runner.advance_for(seconds), runner.is_over

    def live(self) -> list[int]:
        """The numbers of the studies that are not over."""
        return self._current().live

    def propose(self, study: int) -> list[Trial]:
        """One study's part of the next wave."""
        return self._current().propose_study(study)

    def fail_study(self, study: int, message: str) -> None:
        """End a study whose strategy took its process down."""
        self._current().fail_study(study, message)

    def evaluate(self, shard: Shard, trials: Sequence[Trial]) -> list[Evaluation]:
        """Evaluate some trials of a shard that another worker may hold."""
        from ..shard import ShardRunner

        if self._runner is None or self._runner.shard.number != shard.number:
            worker = f"{socket.gethostname()}:{os.getpid()}"
            self._runner = ShardRunner(shard, worker=worker, is_expendable=True)
            self._prepare()
        return self._runner.evaluator.evaluate(trials)

    def record(self, evaluations: Sequence[Evaluation]) -> tuple[Wave, bool]:
        """Take the evaluations of the proposed wave; returns what is to be journaled, and whether that was all."""
        runner = self._current()
        return runner.record(evaluations), runner.is_over

    def _current(self) -> ShardRunner:
        if self._runner is None:
            raise RuntimeError("no shard is open")
        return self._runner

    def _prepare(self) -> None:
        """Load what the task needs; where that fails, each trial will say why."""
        with suppress(Exception):  # evaluate meets the same error and reports it as the trial's failure
            self._current().evaluator.task.prepare()
