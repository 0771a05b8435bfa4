"""Evaluating a wave of trials so that whatever a task does becomes one outcome a trial."""

from __future__ import annotations

import faulthandler
import math
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from .errors import describe, one_line
from .kept_states import KeptStates
from .plan import Limits
from .problem import Problem
from .study import Evaluation
from .task import Task, failure_of
from .trial import Failure, FailureKind, Measurement, Outcome, Trial

if TYPE_CHECKING:
    from types import FrameType

    from results.exhibits import Exhibit

_Answer = TypeVar("_Answer")

GRACE_SECONDS = 1.0
"""How long after its limit a trial that cannot be interrupted takes its whole process down."""


class _OutOfTime(BaseException):
    """Raised inside a task whose trial has run past its limit; not an Exception, so that tasks let it pass."""


@dataclass
class TrialEvaluator:
    """Evaluates trials of one task in this process."""

    task: Task
    limits: Limits
    worker: str
    is_expendable: bool = False
    """Whether this process may be ended to stop a trial that cannot be interrupted, and its memory be limited."""
    _problem: Problem = field(init=False)
    _states: KeptStates = field(init=False)

    def __post_init__(self) -> None:
        self._problem = self.task.problem
        self._states = KeptStates(self._problem)

    def evaluate(self, trials: Sequence[Trial]) -> list[Evaluation]:
        """One evaluation a trial, in order: stacked where the task can, one by one otherwise."""
        if (self.task.stacks() or self.task.continues()) and len(trials) > 1:
            stacked = self._evaluate_stacked(trials)
            if stacked is not None:
                return stacked
        return [self._evaluate_one(trial) for trial in trials]

    def forget(self, study: int) -> None:
        """Drop what was kept to continue trials of a study that is over."""
        self._states.forget(study)

    def prepare(self) -> None:
        """Let the task load what it needs; where that fails, its trials meet the same error and report it."""
        self._guarded(self.task.prepare, Limits())

    def explain(self, trial: Trial) -> tuple[Exhibit, ...] | Failure:
        """What a trial teaches, or why the task could not say."""
        self.prepare()
        return self._guarded(lambda: tuple(self.task.explain(trial)), self.limits)

    def _evaluate_one(self, trial: Trial) -> Evaluation:
        started, began = time.time(), time.perf_counter()
        outcome = self._guarded(lambda: self._measured(trial), self.limits)
        elapsed = time.perf_counter() - began
        return Evaluation(outcome, started, started + elapsed, self.worker)

    def _evaluate_stacked(self, trials: Sequence[Trial]) -> list[Evaluation] | None:
        """The evaluations of the whole wave as one computation; None where it failed as a whole."""
        seconds = None if self.limits.seconds is None else self.limits.seconds * len(trials)
        started, began = time.time(), time.perf_counter()
        outcomes = self._guarded(
            lambda: [checked(outcome, self._problem) for outcome in self._measured_together(trials)],
            replace(self.limits, seconds=seconds),
        )
        share = (time.perf_counter() - began) / len(trials)
        if not isinstance(outcomes, list) or len(outcomes) != len(trials):
            return None
        times = [(started + index * share, started + (index + 1) * share) for index in range(len(trials))]
        return [Evaluation(outcome, *span, self.worker) for outcome, span in zip(outcomes, times, strict=True)]

    def _measured(self, trial: Trial) -> Outcome:
        if not self._states.concern([trial], self.task):
            return checked(self.task.evaluate(trial), self._problem)
        (outcome,) = self._measured_together([trial])
        return checked(outcome, self._problem)

    def _measured_together(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        """The outcomes as the task tells them; trials that may go on, or do, through its `continue_batch`."""
        if not self._states.concern(trials, self.task):
            return self.task.evaluate_batch(trials)
        stages = list(self.task.continue_batch(trials, self._states.of(trials)))
        if len(stages) == len(trials):
            self._states.keep(trials, stages)
        return [stage.outcome for stage in stages]

    def _guarded(self, call: Callable[[], _Answer], limits: Limits) -> _Answer | Failure:
        owner = os.getpid()
        try:
            if limits.is_none:
                return call()
            with self._memory_limit(limits.memory_bytes), self._time_limit(limits.seconds):
                return call()
        except _OutOfTime:
            return Failure(FailureKind.TIMEOUT, f"took longer than {limits.seconds:g} s")
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and not self.is_expendable:
                raise  # the user's; one that ends in a worker process is the task's own
            return failure_of(error)
        finally:
            if os.getpid() != owner:
                os._exit(1)  # a child that the task forked must not go on as if it were this process

    @contextmanager
    def _time_limit(self, seconds: float | None) -> Iterator[None]:
        if seconds is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, _raise_out_of_time)
        try:
            if self.is_expendable:
                faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, exit=True, file=_black_hole())
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                yield
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # reached also by an alarm that goes off just before it is disarmed
            signal.signal(signal.SIGALRM, before)
            if self.is_expendable:
                faulthandler.cancel_dump_traceback_later()

    @contextmanager
    def _memory_limit(self, memory_bytes: int | None) -> Iterator[None]:
        if memory_bytes is None or not self.is_expendable:
            yield
            return
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = _data_bytes() + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def checked(outcome: object, problem: Problem) -> Outcome:
    """The outcome if it is a failure or a measurement with a finite number for each objective, in plain types."""
    try:
        return _checked(outcome, problem)
    except Exception as error:  # noqa: BLE001  a task may return what cannot even be looked at
        return Failure(FailureKind.INVALID, f"evaluate returned what cannot be read: {describe(error)}")


def _checked(outcome: object, problem: Problem) -> Outcome:
    if isinstance(outcome, Failure):
        seconds = _duration(outcome.seconds)
        told = one_line(str(outcome.message))
        return Failure(FailureKind(outcome.kind), told, None if seconds is None or math.isnan(seconds) else seconds)
    if not isinstance(outcome, Measurement):
        return Failure(FailureKind.INVALID, one_line(f"evaluate returned {outcome!r:.80}, not a Measurement"))
    for objective in problem.objectives:
        if objective.name not in outcome.values:
            names = ", ".join(outcome.values) or "none"
            told = f"no value for the objective {objective.name!r}; values: {names}"
            return Failure(FailureKind.INVALID, one_line(told))
        value = outcome.values[objective.name]
        if not _is_number(value) or not math.isfinite(value):
            return Failure(FailureKind.INVALID, one_line(f"{objective.name} = {value!r:.80}, not a finite number"))
    return _plain(outcome)


def _plain(outcome: Measurement) -> Outcome:
    """A copy of the measurement with plain floats only, or the failure that it is.

    A copy, since a task may fill the same mapping again for its next trial.
    """
    try:
        values, held_out, extras = (_floats(group) for group in (outcome.values, outcome.held_out, outcome.extras))
        seconds = _duration(outcome.seconds)
    except (TypeError, ValueError) as error:
        return Failure(FailureKind.INVALID, f"a value is not a number: {error}")
    if seconds is not None and math.isnan(seconds):
        return Failure(FailureKind.INVALID, f"seconds = {outcome.seconds}, not a length of time")
    return Measurement(values, held_out, seconds, extras)


def _duration(seconds: float | None) -> float | None:
    """The length of time as a plain float; not a number where it is none."""
    if seconds is None:
        return None
    return float(seconds) if 0 <= seconds < math.inf else math.nan


def _floats(group: Mapping[str, float]) -> dict[str, float]:
    return {_plain_name(name): float(value) for name, value in group.items()}


def _plain_name(name: object) -> str:
    return _short_line(name) if type(name) is str else one_line(str(name))


@lru_cache
def _short_line(name: str) -> str:
    """The name on one line; a task's measurements have the same few names, trial after trial."""
    return one_line(name)


def _is_number(value: object) -> bool:
    if type(value) is float:
        return True
    return hasattr(value, "__float__") and not isinstance(value, str | bool)


@cache
def _black_hole() -> IO[str]:
    """Where the traceback goes that comes with ending a process; open for as long as the process lives."""
    return Path(os.devnull).open("w", encoding="utf-8")


def _raise_out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise _OutOfTime


def _data_bytes() -> int:
    """Private memory of this process, as RLIMIT_DATA counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()
