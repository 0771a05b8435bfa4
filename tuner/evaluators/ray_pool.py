"""Runs shards on Ray workers, and goes on when workers die."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ..evaluator import Evaluator, ShardWork, Signals
from .conductor import Conductor, WorkerDied, WorkerSlot
from .ray_cluster import RayCluster, check_alive

if TYPE_CHECKING:
    from ..explaining import Explanation

    _Explained: TypeAlias = tuple[Explanation, str] | None

_SLICE_SECONDS = 0.25
_CHECK_SECONDS = 1.0
"""How often to see whether Ray itself still lives."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Lost:
    """That a shard's worker died; said in the driver's own thread."""

    shard: int
    reason: str


_Item = list[bytes] | _Lost | None


class RayPool(Evaluator):
    """A thread for each worker process: it hands the process shards, and this one their waves.

    With fewer shards than workers, the trials of a wave are spread over the idle workers as well.
    """

    def __init__(self, workers: int | None = None, address: str | None = None) -> None:
        self._cluster = RayCluster(workers, address)
        self._closed = threading.Event()
        self._checked = time.monotonic()

    @property
    def workers(self) -> int:
        """How many processes evaluate at once."""
        return self._cluster.workers

    def run(self, work: Sequence[ShardWork], signals: Signals) -> Iterator[list[bytes]]:
        """Waves of all the shards, as they come."""
        if signals.stop.is_set():
            return
        self._cluster.start()
        waiting = deque(work)
        done: queue.Queue[_Item | BaseException] = queue.Queue(maxsize=4 * self.workers)
        lanes = min(self.workers, len(work))
        spare = self.workers - lanes if work and _is_spread(work[0]) else 0
        helpers = [spare // lanes + (index < spare % lanes) for index in range(lanes)]
        threads = [
            threading.Thread(target=self._serve, args=(waiting, done, signals, extra), daemon=True) for extra in helpers
        ]
        for thread in threads:
            thread.start()
        open_lanes = lanes
        while open_lanes:
            item = self._next(done, signals)
            if item is None:
                open_lanes -= 1
            elif isinstance(item, _Lost):
                signals.lost(item.shard, item.reason)
            else:
                yield _drain(item, done)

    def explain(self, explanations: Sequence[Explanation], signals: Signals) -> Iterator[tuple[Explanation, str]]:
        """Each of them with its text, as they come; one that takes its process down says so."""
        self._cluster.start()
        waiting = deque(explanations)
        done: queue.Queue[_Explained | BaseException] = queue.Queue()
        lanes = min(self.workers, len(explanations))
        for _ in range(lanes):
            threading.Thread(target=self._explain, args=(waiting, done, signals), daemon=True).start()
        while lanes:
            item = self._next(done, signals)
            if item is None:
                lanes -= 1
            else:
                yield item

    def _explain(
        self,
        waiting: deque[Explanation],
        done: queue.Queue[_Explained | BaseException],
        signals: Signals,
    ) -> None:
        slot = WorkerSlot()
        try:
            while not signals.stop.is_set():
                try:
                    one = waiting.popleft()
                except IndexError:
                    break
                try:
                    done.put((one, slot.call("explain", one)))
                except WorkerDied as death:
                    done.put((one, one.failed(f"the process that ran explain died: {_first_line(death)}")))
            done.put(None)
        except BaseException as error:  # noqa: BLE001  handed to the driver's thread, which raises it
            if not self._closed.is_set():
                done.put(error)
        finally:
            slot.discard()

    def close(self) -> None:
        """End the workers."""
        self._closed.set()
        self._cluster.close()

    def _next(self, done: queue.Queue[_T | BaseException], signals: Signals) -> _T:
        """What comes next; raises what a lane has raised, and `ClusterUnavailable` where Ray itself is gone."""
        try:
            return self._wait(done)
        except BaseException:
            signals.stop.set()
            raise

    def _wait(self, done: queue.Queue[_T | BaseException]) -> _T:
        while True:
            if time.monotonic() >= self._checked + _CHECK_SECONDS:
                check_alive()
                self._checked = time.monotonic()
            try:
                item = done.get(timeout=_CHECK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, BaseException):
                check_alive()  # a better reason for whatever it is
                raise item
            return item

    def _serve(
        self, waiting: deque[ShardWork], done: queue.Queue[_Item | BaseException], signals: Signals, extra: int
    ) -> None:
        """One lane: a worker process (and `extra` ones to spread waves over) that takes shard after shard."""
        slot = WorkerSlot()
        helpers = [WorkerSlot() for _ in range(extra)]
        try:
            while not signals.stop.is_set():
                try:
                    work = waiting.popleft()
                except IndexError:
                    break
                conductor = Conductor(work, slot, helpers, signals.stop, lambda *lost: done.put(_Lost(*lost)))
                for blocks in conductor.run(_SLICE_SECONDS):
                    done.put(blocks)
            done.put(None)
        except BaseException as error:  # noqa: BLE001  handed to the driver's thread, which raises it
            if not self._closed.is_set():
                done.put(error)
        finally:
            for one in (slot, *helpers):
                one.discard()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _drain(blocks: list[bytes], done: queue.Queue[_Item | BaseException]) -> list[bytes]:
    """The blocks with all that lies ready behind them, so that one flush to disk serves all."""
    while True:
        try:
            item = done.get_nowait()
        except queue.Empty:
            return blocks
        if isinstance(item, list):
            blocks = blocks + item
        else:
            done.queue.appendleft(item)
            return blocks


def _is_spread(work: ShardWork) -> bool:
    """Whether a shard's waves are worth spreading over workers: those on a simulated clock are many and small."""
    study = work.shard.studies[0]
    return study.parallelism > 1 and study.clock is None
