"""Counting what a run has done, from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..events import Event, RoundBegun, RunSealed, RunStarted, StopRequested, WaveStored, WorkerLost
from .outlook import Outlook

if TYPE_CHECKING:
    import pyarrow as pa

    from results.journal import Wave

    from ..plan import Plan


@dataclass
class TaskTally:
    """How far the studies of one task are."""

    studies: int = 0
    studies_done: int = 0
    trials: int = 0
    failures: int = 0
    expected: int | None = 0
    """Trials that the studies' budgets allow; None where only work or seconds are limited."""

    @property
    def share(self) -> float | None:
        """How much is done, between 0 and 1; None where nobody knows."""
        if self.studies_done == self.studies:
            return 1.0
        return None if not self.expected else min(1.0, self.trials / self.expected)


@dataclass
class RunTally:
    """Counts of a whole run; `watch` is called with its events."""

    clock: Callable[[], float]
    """Monotonic seconds."""
    folder: Path | None = None
    workers: int = 0
    skipped: int = 0
    """Studies that are not run."""
    why_skipped: tuple[str, ...] = ()
    """The different reasons: what a strategy cannot do, what is not installed."""
    failed_studies: int = 0
    workers_lost: int = 0
    is_stopping: bool = False
    is_finished: bool = False
    tasks: dict[str, TaskTally] = field(default_factory=dict)
    trials_before: int = 0
    outlook: Outlook = field(init=False)
    _began: float = 0.0
    _task_of: dict[int, str] = field(default_factory=dict)
    _limits: dict[int, int | None] = field(default_factory=dict)
    _trials_of: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Reckon the time left by the same clock."""
        self.outlook = Outlook(self.clock)

    def watch(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case RunStarted():
                self._start(event)
            case RoundBegun(plan):
                self._plan(plan)
            case WaveStored(wave):
                self._count(wave)
            case WorkerLost():
                self.workers_lost += 1
            case StopRequested():
                self.is_stopping = True
            case RunSealed():
                self.is_finished = event.is_finished

    @property
    def total(self) -> TaskTally:
        """The counts of all tasks together."""
        parts = list(self.tasks.values())
        limits = [part.expected for part in parts]
        return TaskTally(
            sum(part.studies for part in parts),
            sum(part.studies_done for part in parts),
            sum(part.trials for part in parts),
            sum(part.failures for part in parts),
            None if None in limits else sum(limit or 0 for limit in limits),
        )

    @property
    def seconds(self) -> float:
        """Since the run started or went on."""
        return self.clock() - self._began

    @property
    def rate(self) -> float:
        """Trials a second, those of an earlier process left out."""
        return (self.total.trials - self.trials_before) / max(self.seconds, 1e-9)

    def _start(self, event: RunStarted) -> None:
        self.folder, self.workers = event.folder, event.workers
        self._plan(event.plan)
        if event.trials_before:
            from ..run_folder import RunFolder

            for wave in RunFolder(event.folder).read_waves():
                self._count(wave)
            self.outlook.restart()
        self.trials_before = event.trials_before
        self._began = self.clock()

    def _plan(self, plan: Plan) -> None:
        self.skipped += len(plan.skipped)
        self.why_skipped = tuple(dict.fromkeys((*self.why_skipped, *plan.skipped.values())))
        for study in plan.studies:
            if study.number in plan.skipped:
                continue
            task = self.tasks.setdefault(study.task.label, TaskTally())
            task.studies += 1
            limit = self._limits[study.number] = study.budget.trials
            task.expected = None if limit is None or task.expected is None else task.expected + limit
            self._task_of[study.number] = study.task.label
            self.outlook.expect(study.number, (study.task.label, study.strategy.label), limit)

    def _count(self, wave: Wave) -> None:
        studies = wave.rows["study"].to_pylist()
        self.outlook.count(studies, _seconds_taken(wave.rows))
        for number, status in zip(studies, wave.rows["status"].to_pylist(), strict=True):
            task = self.tasks[self._task_of[number]]
            task.trials += 1
            task.failures += status != "ok"
            self._trials_of[number] += 1
        for end in wave.ended:
            self._end(end.study, is_failed=end.status == "failed")

    def _end(self, number: int, *, is_failed: bool) -> None:
        """A study that ends before its limit makes the whole smaller."""
        task = self.tasks[self._task_of[number]]
        task.studies_done += 1
        self.failed_studies += is_failed
        self.outlook.end(number)
        limit = self._limits[number]
        if task.expected is not None and limit is not None:
            task.expected -= limit - self._trials_of[number]


def _seconds_taken(rows: pa.RecordBatch) -> list[float]:
    """What each trial took: its evaluation, and the strategy's own time."""
    started, finished = (rows[name].to_numpy(zero_copy_only=False) for name in ("started", "finished"))
    evaluation = (finished - started).astype("timedelta64[us]").astype(float) / 1e6
    own = (rows[name].to_numpy(zero_copy_only=False) for name in ("ask_seconds", "tell_seconds"))
    seconds: list[float] = sum(own, evaluation).tolist()
    return seconds
