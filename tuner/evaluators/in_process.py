"""Runs every shard in this process: for tests, debuggers, and machines without Ray."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import chdir

from ..evaluator import Evaluator, ShardWork, Signals
from ..shard import ShardRunner
from .threads import pin_threads


class InProcessEvaluator(Evaluator):
    """One shard after the other. A trial that kills its process kills the run, which can then be resumed.

    Time limits hold for what Python can interrupt; memory limits do not hold.
    """

    workers = 1

    def run(self, work: Sequence[ShardWork], signals: Signals) -> Iterator[list[bytes]]:
        """Waves, about four times a second or one by one where they take longer."""
        pin_threads()
        worker = f"{socket.gethostname()}:{os.getpid()}"
        for part in work:
            if signals.stop.is_set():
                return
            runner = ShardRunner(part.shard, worker=worker)
            runner.replay(part.waves)
            runner.evaluator.prepare()
            while not runner.is_over and not signals.stop.is_set():
                with chdir(os.curdir):  # a task that goes elsewhere comes back: the run's folder may be a relative path
                    blocks = runner.advance_for(0.25)
                yield blocks
