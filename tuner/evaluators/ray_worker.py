"""The process that Ray keeps for us: runs one shard after the other."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ray

from .threads import pin_threads

if TYPE_CHECKING:
    from results.journal import Wave

    from ..evaluator import ShardWork
    from ..explaining import Explanation
    from ..plan import Shard
    from ..shard import ShardRunner
    from ..study import Evaluation
    from ..trial import Trial


class ShardWorker:
    """Holds one shard at a time; every method may be the last one that this process lives to run."""

    def __init__(self) -> None:
        pin_threads()
        self._runner: ShardRunner | None = None
        self._is_prepared = False

    def where(self) -> str:
        """The id of the node it runs on."""
        node: str = ray.get_runtime_context().get_node_id()
        return node

    def open(self, work: ShardWork) -> bool:
        """Take up a shard, as far as its waves went; returns whether it is over."""
        runner = self._take_up(work.shard)
        runner.replay(work.waves)
        return runner.is_over

    def advance(self, seconds: float) -> tuple[list[bytes], bool]:
        """Waves for about so long, at least one; and whether the shard is over."""
        runner = self._current()
        self._prepare(runner)
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

    def be_ready(self, shard: Shard) -> None:
        """Prepare for trials of a shard that another worker may hold."""
        held = self._runner is not None and self._runner.shard.number == shard.number
        self._prepare(self._current() if held else self._take_up(shard))

    def evaluate(self, shard: Shard, trials: Sequence[Trial]) -> list[Evaluation]:
        """Evaluate some trials of a shard that another worker may hold."""
        self.be_ready(shard)
        return self._current().evaluator.evaluate(trials)

    def record(self, evaluations: Sequence[Evaluation]) -> tuple[Wave, bool]:
        """Take the evaluations of the proposed wave; returns what is to be journaled, and whether that was all."""
        runner = self._current()
        return runner.record(evaluations), runner.is_over

    def record_study(self, study: int, evaluations: Sequence[Evaluation], failure: str | None) -> None:
        """Take the evaluations of one study's part of the wave; with a failure, its strategy is not told of them."""
        self._current().record_study(study, evaluations, failure)

    def close_wave(self) -> tuple[Wave, bool]:
        """What is to be journaled of the wave, once all its studies' parts are taken, and whether that was all."""
        runner = self._current()
        return runner.close_wave(), runner.is_over

    def explain(self, explanation: Explanation) -> str:
        """What a trial teaches, as text to be stored."""
        return explanation.make(is_expendable=True)

    def _take_up(self, shard: Shard) -> ShardRunner:
        from ..shard import ShardRunner

        self._is_prepared = False
        worker = f"{socket.gethostname()}:{os.getpid()}"
        self._runner = ShardRunner(shard, worker=worker, is_expendable=True)
        return self._runner

    def _current(self) -> ShardRunner:
        if self._runner is None:
            raise RuntimeError("no shard is open")
        return self._runner

    def _prepare(self, runner: ShardRunner) -> None:
        """Load what the task needs, once, in a call that evaluates: if it kills the process, trials have failed."""
        if not self._is_prepared:
            self._is_prepared = True
            runner.evaluator.prepare()
