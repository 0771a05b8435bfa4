"""Drives one shard on Ray workers: in long strides while all is well, trial by trial when a worker has died."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import ray
from ray.exceptions import (
    ActorUnschedulableError,
    NodeDiedError,
    OutOfMemoryError,
    RayActorError,
    RayTaskError,
    WorkerCrashedError,
)

from results.journal import Wave

from ..errors import ClusterUnavailable
from ..evaluation import GRACE_SECONDS
from ..evaluator import ShardWork
from ..proposals import describe_difference
from ..study import Evaluation
from ..trial import Failure, FailureKind, Proposal, Trial
from .ray_cluster import check_alive
from .ray_worker import ShardWorker

_DEATHS = (RayActorError, WorkerCrashedError, NodeDiedError, OutOfMemoryError)
_GUILTY_AFTER = 2
"""How often a step, run alone, may take its process down before it is held guilty: once can be the machine's fault."""
_NOBODY = -1
"""Stands for a study's number where no strategy was at work."""


class WorkerDied(Exception):
    """A worker process died during a call."""

    def __init__(self, cause: Exception, seconds: float) -> None:
        super().__init__(str(cause))
        self.seconds = seconds
        self.is_memory = isinstance(cause, OutOfMemoryError)


class WorkerSlot:
    """A place for one worker process; a new one is started when the last has died."""

    def __init__(self) -> None:
        self._actor: Any = None

    def call(self, method: str, *arguments: object) -> Any:
        """Call the worker and wait; raises `WorkerDied` where its process ended."""
        return self.wait(self.send(method, *arguments))

    def send(self, method: str, *arguments: object) -> tuple[Any, float]:
        """Call the worker and do not wait."""
        if self._actor is None:
            check_alive()
            kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(ShardWorker)
            self._actor = kind.remote()
        return getattr(self._actor, method).remote(*arguments), time.monotonic()

    def wait(self, sent: tuple[Any, float]) -> Any:
        """The answer to a call."""
        reference, began = sent
        try:
            return ray.get(reference)
        except _DEATHS as error:
            check_alive()  # else it was no fault of what the worker did
            self.discard()
            raise WorkerDied(error, time.monotonic() - began) from error
        except RayTaskError as error:
            raise error.as_instanceof_cause() from error
        except ActorUnschedulableError as error:
            raise ClusterUnavailable(f"Ray has no room for a worker: {error}") from error

    def discard(self) -> None:
        """End the process, if there is one."""
        if self._actor is not None:
            with suppress(Exception):  # the process, or Ray itself, is gone already
                ray.kill(self._actor)
            self._actor = None


class Conductor:
    """One shard's way through its waves."""

    def __init__(
        self,
        work: ShardWork,
        slot: WorkerSlot,
        helpers: Sequence[WorkerSlot],
        stop: threading.Event,
        lost: Callable[[int, str], None],
    ) -> None:
        self._shard = work.shard
        self._waves = list(work.waves)
        self._slot = slot
        self._helpers = list(helpers)
        self._stop = stop
        self._lost = lost
        self._is_open = False
        self._is_over = False

    def run(self, slice_seconds: float) -> Iterator[list[bytes]]:
        """The shard's waves, encoded, until it is over or a stop is asked for."""
        while not self._is_over and not self._stop.is_set():
            if self._helpers:
                yield [self._spread_wave()]
                continue
            try:
                blocks = self._stride(slice_seconds)
            except WorkerDied as death:
                self._mourn(death)
                blocks = [self._careful_wave()]
            if blocks:
                yield blocks

    def _stride(self, seconds: float) -> list[bytes]:
        self._open()
        if self._is_over:
            return []
        blocks, self._is_over = self._slot.call("advance", seconds)
        self._waves.extend(Wave.decode(block) for block in blocks)
        return blocks  # type: ignore[no-any-return]  # Ray's answers are untyped

    def _open(self) -> None:
        if not self._is_open:
            self._is_over = self._slot.call("open", ShardWork(self._shard, tuple(self._waves)))
            self._is_open = True

    def _mourn(self, death: WorkerDied) -> None:
        self._is_open = False
        self._lost(self._shard.number, str(death).partition("\n")[0])

    def _careful_wave(self) -> bytes:
        """One wave with a call for each step, so that a step that kills its process is known by name."""
        return self._conduct(lambda trials: [self._evaluate_alone(trial, self._slot) for trial in trials])

    def _spread_wave(self) -> bytes:
        """One wave, its trials spread over all workers of this lane."""
        return self._conduct(self._evaluate_spread)

    def _conduct(self, evaluate: Callable[[list[Trial]], list[Evaluation]]) -> bytes:
        condemned: dict[int, str] = {}
        found: dict[Trial, Evaluation] = {}
        deaths: Counter[int] = Counter()
        while True:
            trials = self._propose(condemned)
            if not found:
                found = dict(zip(trials, evaluate(trials), strict=True))
                if not self._is_open:
                    continue
            changed = _changed(trials, [trial for trial in found if trial.study not in condemned])
            condemned |= changed
            wave = None if changed else self._record(trials, found, deaths)
            if wave is not None:
                self._waves.append(wave)
                return wave.encode()

    def _propose(self, condemned: dict[int, str]) -> list[Trial]:
        """What all studies want next; a strategy that takes its process down again and again ends its study."""
        deaths: dict[int, int] = {}
        while True:
            asked = _NOBODY
            try:
                self._open()
                for study, message in condemned.items():
                    self._slot.call("fail_study", study, message)
                trials: list[Trial] = []
                for asked in self._slot.call("live"):
                    trials.extend([] if asked in condemned else self._slot.call("propose", asked))
                return trials
            except WorkerDied as death:
                self._mourn(death)
                deaths[asked] = deaths.get(asked, 0) + 1
                if deaths[asked] >= _GUILTY_AFTER:
                    if asked == _NOBODY:
                        raise ClusterUnavailable(f"workers die before they have done anything: {death}") from death
                    condemned[asked] = "the strategy's process died in ask"

    def _record(self, trials: list[Trial], found: Mapping[Trial, Evaluation], deaths: Counter[int]) -> Wave | None:
        """The wave, or None where the process died: from the second time on, study by study, to know who did it."""
        told = _NOBODY
        try:
            if deaths:
                for told, part in groupby(trials, key=lambda trial: trial.study):
                    guilt = "the strategy's process died in tell" if deaths[told] >= _GUILTY_AFTER else None
                    self._slot.call("record_study", told, [found[trial] for trial in part], guilt)
                told = _NOBODY
                wave, self._is_over = self._slot.call("close_wave")
            else:
                wave, self._is_over = self._slot.call("record", [found[trial] for trial in trials])
        except WorkerDied as death:
            self._mourn(death)
            deaths[told] += 1
            if deaths[_NOBODY] > _GUILTY_AFTER:
                raise ClusterUnavailable(f"workers die though no strategy is at fault: {death}") from death
            return None
        found_wave: Wave = wave
        return found_wave

    def _evaluate_spread(self, trials: list[Trial]) -> list[Evaluation]:
        slots = [self._slot, *self._helpers][: max(1, len(trials))]
        size = -(-len(trials) // len(slots)) if trials else 1
        chunks = [trials[start : start + size] for start in range(0, len(trials), size)]
        sent = [slot.send("evaluate", self._shard, chunk) for slot, chunk in zip(slots, chunks, strict=False)]
        found: list[Evaluation] = []
        for slot, chunk, call in zip(slots, chunks, sent, strict=False):
            try:
                found.extend(slot.wait(call))
            except WorkerDied as death:
                self._note_death(death, slot)
                found.extend(self._evaluate_alone(trial, slot) for trial in chunk)
        return found

    def _evaluate_alone(self, trial: Trial, slot: WorkerSlot) -> Evaluation:
        deaths: list[WorkerDied] = []
        while True:
            began, limit = time.time(), None
            try:
                slot.call("be_ready", self._shard)
                began, limit = time.time(), self._shard.limits.seconds  # the start of a process is not the trial's time
                (evaluation,) = slot.call("evaluate", self._shard, [trial])
            except WorkerDied as death:
                self._note_death(death, slot)
                deaths.append(death)
                failure = _guilt(deaths, limit)
                if failure is not None:
                    return Evaluation(failure, began, began + death.seconds, "died")
            else:
                found: Evaluation = evaluation
                return found

    def _note_death(self, death: WorkerDied, slot: WorkerSlot) -> None:
        if slot is self._slot:
            self._mourn(death)
        else:
            self._lost(self._shard.number, str(death).partition("\n")[0])


def _guilt(deaths: Sequence[WorkerDied], limit: float | None) -> Failure | None:
    """The failure of a trial that, alone in its process, took it down so often; None while it has a chance."""
    if limit is not None and deaths[-1].seconds >= limit + GRACE_SECONDS:  # when a worker ends itself
        return Failure(FailureKind.TIMEOUT, f"took longer than {limit:g} s, and could not be interrupted")
    if len(deaths) < _GUILTY_AFTER:
        return None
    if deaths[-1].is_memory:
        return Failure(FailureKind.MEMORY, "took more memory than the machine had, and its process was ended")
    return Failure(FailureKind.CRASH, "the process that ran the trial died")


def _changed(again: Sequence[Trial], before: Sequence[Trial]) -> dict[int, str]:
    """The studies that want other trials than they wanted before their process was lost, with where they differ."""
    parts: dict[int, tuple[list[Trial], list[Trial]]] = {trial.study: ([], []) for trial in (*again, *before)}
    for place, trials in enumerate((before, again)):
        for trial in trials:
            parts[trial.study][place].append(trial)
    return {
        study: describe_difference(first[0].id if first else second[0].id, _proposals(first), _proposals(second))
        for study, (first, second) in parts.items()
        if first != second
    }


def _proposals(trials: Sequence[Trial]) -> list[Proposal]:
    return [trial.proposal for trial in trials]
