"""Watches a run and notes when it had how many trials, and what processor time they took."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tuner.events import Event, RunSealed, WaveStored

from .harness import Speed

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Mark:
    """What had been done at one moment."""

    clock: float
    cpu: float
    trials: int


class Meter:
    """A watcher of one run. The first wave is the start of the clock: by then every process is warm."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._trials = 0
        self._by_worker: Counter[int] = Counter()
        self._driver: list[_Mark] = []
        self._workers: dict[int, list[_Mark]] = {}

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, WaveStored):
            self._trials += event.wave.rows.num_rows
            self._mark_worker(event)
        if isinstance(event, WaveStored | RunSealed):
            self._driver.append(_Mark(time.perf_counter(), time.process_time(), self._trials))

    @property
    def whole(self) -> Speed:
        """From the making of this meter to the sealed tables, starting the workers included."""
        end = self._driver[-1]
        return Speed(end.trials, end.clock - self._began)

    @property
    def stored(self) -> Speed:
        """From the first wave on disk to the last."""
        return self._between(self._driver[0], self._driver[-2])

    @property
    def sealed(self) -> Speed:
        """From the first wave on disk to the sealed tables."""
        return self._between(self._driver[0], self._driver[-1])

    def _between(self, start: _Mark, end: _Mark) -> Speed:
        trials = end.trials - start.trials
        cpu = end.cpu - start.cpu + trials * self._worker_cost()
        return Speed(trials, end.clock - start.clock, cpu)

    def _worker_cost(self) -> float:
        """Processor seconds of one trial in the worker processes; none where the driver is the worker."""
        marks = [(marks[0], marks[-1]) for marks in self._workers.values()]
        trials = sum(end.trials - start.trials for start, end in marks)
        return sum(end.cpu - start.cpu for start, end in marks) / trials if trials else 0.0

    def _mark_worker(self, event: WaveStored) -> None:
        rows = event.wave.rows
        if not rows.num_rows:
            return
        process = int(rows["worker"][0].as_py().rpartition(":")[2])
        self._by_worker[process] += rows.num_rows
        cpu = None if process == os.getpid() else cpu_of(process)
        if cpu is not None:
            marks = self._workers.setdefault(process, [])
            marks[1:] = [_Mark(time.perf_counter(), cpu, self._by_worker[process])]


def cpu_of(process: int) -> float | None:
    """Processor seconds, user and system, of a running process; None where it has ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICK
