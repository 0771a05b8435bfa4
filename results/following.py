"""How far a run is: read from its journal while it is written, from its tables once they are sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import CorruptStore
from .journal import Wave, read_blocks_after
from .reading import read_columns, read_numbers
from .run_info import RunInfo, read_run_info

PLANNED = "planned.parquet"
"""In the journal's folder: the studies that a run under way will have, as `records.STUDIES`, status `planned`."""

_STUDY = ("study", "task", "strategy", "seed", "objectives", "goals", "budget_trials", "status", "message")
_FAILURE = ("study", "trial", "status", "message", "value", "configuration")


@dataclass(slots=True)
class StudyProgress:
    """One study, as far as it is stored."""

    number: int
    task: str
    strategy: str
    seed: int
    objective: str
    goal: str
    """`minimize` or `maximize`."""
    budget_trials: int | None
    """None where only work or seconds are limited."""
    status: str
    """planned (nothing of its end is stored), or as in `records.STUDIES`."""
    message: str | None
    trials: int = 0
    failures: int = 0
    improvements: list[tuple[int, float]] = field(default_factory=list)
    """The trials, counted from 1, that were better than all before, each with its value of the first objective."""

    @property
    def best(self) -> float | None:
        """The best value so far of the first objective; None before the first success."""
        return self.improvements[-1][1] if self.improvements else None

    def take(self, value: float | None, trial: int) -> None:
        """Count a trial (its number, from 0) by its value; None for a failure."""
        self.trials += 1
        if value is None:
            self.failures += 1
        elif self.best is None or (value < self.best if self.goal == "minimize" else value > self.best):
            self.improvements.append((trial + 1, value))

    def take_all(self, values: NDArray[np.float64], trials: NDArray[np.int64]) -> None:
        """Count trials [n] in the order of their numbers, all at once; NaN for a failure."""
        losses = values if self.goal == "minimize" else -values
        before = np.fmin.accumulate(np.concatenate([[np.inf], losses[:-1]])) if losses.size else losses
        better = np.flatnonzero(losses < before)
        self.improvements += zip((trials[better] + 1).tolist(), values[better].tolist(), strict=True)
        self.trials += values.size
        self.failures += int(np.isnan(values).sum())

    def best_after(self, trials: int) -> float | None:
        """The best value of the first so many trials."""
        return next((value for trial, value in reversed(self.improvements) if trial <= trials), None)


@dataclass(frozen=True, slots=True)
class StoredFailure:
    """A trial that failed."""

    study: int
    trial: int
    kind: str
    message: str
    configuration: str
    """Canonical JSON."""


_Outcome: TypeAlias = tuple[int, int, float | None, StoredFailure | None]
"""Study, trial, value and failure; of the last two one is None."""


class FollowedRun:
    """A run that is read on from where it was left, at each `refresh`; never more than what is on disk counts."""

    def __init__(self, path: Path) -> None:
        """Raises `NoSuchRun`, `CorruptStore` or `UnreadableVersion`."""
        self.path = path
        self.info: RunInfo = read_run_info(path)
        """As of the last `refresh`."""
        self._stamp: tuple[int, ...] = ()
        self.studies: dict[int, StudyProgress] = {}
        """By number; empty while the plan is not stored yet."""
        self.failures: list[StoredFailure] = []
        """In the order in which they were stored."""
        self.version = 0
        """Another one whenever a `refresh` has found something."""
        self._curves: dict[tuple[str, int], tuple[int, dict[str, list[tuple[int, float]]]]] = {}
        self._places: dict[Path, int] = {}
        self._is_sealed = False
        self.refresh()

    @property
    def trials(self) -> int:
        """How many trials are stored."""
        return sum(study.trials for study in self.studies.values())

    @property
    def expected(self) -> int | None:
        """How many trials there will be at most; None where some budget counts none."""
        budgets = [study.budget_trials for study in self.studies.values() if study.status != "skipped"]
        counted = [budget for budget in budgets if budget is not None]
        return sum(counted) if counted and len(counted) == len(budgets) else None

    def refresh(self) -> bool:
        """Read what has been stored since; whether there was anything."""
        if self._is_sealed:
            return False
        state = self.info.state
        self._read_info()
        if self.info.state == "finished":
            self._read_tables()
            self._is_sealed = has_more = True
        elif self._lacks_plan():
            before = self.trials
            self._read_tables()
            has_more = self.trials != before
        else:
            has_more = self._read_journal()
        has_changed = has_more or self.info.state != state
        self.version += has_changed
        return has_changed

    def _read_info(self) -> None:
        """Anew where the file is another one: it is replaced whole."""
        try:
            status = (self.path / "run.json").stat()
            stamp: tuple[int, ...] = (status.st_ino, status.st_mtime_ns, status.st_size)
        except FileNotFoundError:
            stamp = ()
        if not stamp or stamp != self._stamp:
            self.info, self._stamp = read_run_info(self.path), stamp

    def curves(self, task: str, points: int = 100) -> dict[str, list[tuple[int, float]]]:
        """By strategy, the median over seeds of the best value so far after at most `points` numbers of trials.

        A number of trials counts once every seed has come that far and has had a success. Made anew only when more
        is stored, so not to be changed.
        """
        kept = self._curves.get((task, points))
        if kept is None or kept[0] != self.version:
            kept = self._curves[task, points] = (self.version, self._made_curves(task, points))
        return kept[1]

    def _made_curves(self, task: str, points: int) -> dict[str, list[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for strategy, studies in self._by_strategy(task).items():
            reached = min(study.trials for study in studies)
            steps = np.unique(np.linspace(1, reached, min(points, reached)).astype(int)).tolist()
            rows = [(step, [study.best_after(step) for study in studies]) for step in steps]
            found[strategy] = [
                (step, float(np.median([b for b in best if b is not None]))) for step, best in rows if None not in best
            ]
        return found

    def _by_strategy(self, task: str) -> Mapping[str, Sequence[StudyProgress]]:
        """The studies of a task that have begun, by strategy, in the order of the plan."""
        found: dict[str, list[StudyProgress]] = {}
        for study in self.studies.values():
            if study.task == task and study.trials:
                found.setdefault(study.strategy, []).append(study)
        return found

    def _lacks_plan(self) -> bool:
        """Whether it was stopped by a version that left no plan, and only its tables tell of it."""
        planned, tables = self.path / "journal" / PLANNED, self.path / "studies.parquet"
        return self.info.state == "interrupted" and not planned.is_file() and tables.is_file()

    def _read_journal(self) -> bool:
        """Read on; whether there was anything."""
        before = self.studies
        with _sealed_meanwhile():
            return self._read_plan_and_waves() or self.studies is not before
        return self.studies is not before

    def _read_plan_and_waves(self) -> bool:
        folder = self.path / "journal"
        if not self._places and (folder / PLANNED).is_file():
            planned = _planned(read_columns(folder / PLANNED, _STUDY).to_pylist())
            if planned != self.studies:
                self.studies, self.failures = planned, []
        if not self.studies:
            return False
        places, waves = {}, []
        for file in sorted(folder.glob("*.journal")):
            blocks, places[file] = read_blocks_after(file, self._places.get(file, 0))
            waves += [Wave.decode(block) for block in blocks]
        self._require_planned(waves)
        read = [self._outcomes_of(wave) for wave in waves]
        for wave, outcomes in zip(waves, read, strict=True):  # only now: what cannot be read is met again the next time
            self._take(outcomes)
            for end in wave.ended:
                self.studies[end.study].status, self.studies[end.study].message = end.status, end.message
        self._places |= places
        return bool(waves)

    def _require_planned(self, waves: Sequence[Wave]) -> None:
        for wave in waves:
            numbers = {*wave.rows["study"].unique().to_pylist(), *(end.study for end in wave.ended)}
            if not numbers <= self.studies.keys():
                raise CorruptStore(f"{self.path.name}/journal holds trials of a study that was not planned")

    def _outcomes_of(self, wave: Wave) -> list[_Outcome]:
        try:
            return list(_outcomes(wave.rows.to_pylist(maps_as_pydicts="strict")))
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptStore(f"{self.path.name}/journal holds a trial that cannot be read: {error}") from error

    def _read_tables(self) -> None:
        """Everything anew, since the journal may have gone before all of it was read."""
        studies = _planned(read_columns(self.path / "studies.parquet", _STUDY).to_pylist())
        file = self.path / "trials.parquet"
        table = read_columns(file, ["study", "trial", "status"])
        is_ok = pc.equal(table["status"], "ok").to_numpy()
        values = np.where(is_ok, read_numbers(file, ["value"])["value"], np.nan)
        numbers, trials = (table[name].to_numpy() for name in ("study", "trial"))
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
            studies[int(numbers[start])].take_all(values[start:end], trials[start:end])
        failed = read_columns(file, _FAILURE).filter(pa.array(~is_ok)).to_pylist() if not is_ok.all() else []
        self.studies, self.failures = studies, [failure for *_, failure in _outcomes(failed) if failure is not None]

    def _take(self, rows: Iterable[_Outcome]) -> None:
        for study, trial, value, failure in rows:
            self.studies[study].take(value, trial)
            if failure is not None:
                self.failures.append(failure)


@contextmanager
def _sealed_meanwhile() -> Iterator[None]:
    """Pass over a file that is gone since the run has just been sealed: its tables are read the next time."""
    try:
        yield
    except FileNotFoundError:
        return
    except CorruptStore as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise


def _planned(rows: Sequence[Mapping[str, Any]]) -> dict[int, StudyProgress]:
    """The studies as they are before any trial, by number."""
    return {
        row["study"]: StudyProgress(
            number=row["study"],
            task=row["task"],
            strategy=row["strategy"],
            seed=row["seed"],
            objective=row["objectives"][0],
            goal=row["goals"][0],
            budget_trials=row["budget_trials"],
            status=row["status"],
            message=row["message"],
        )
        for row in rows
    }


def _outcomes(rows: Sequence[Mapping[str, Any]]) -> Iterator[_Outcome]:
    for row in rows:
        if row["status"] == "ok":
            yield row["study"], row["trial"], row["value"], None
        else:
            failure = StoredFailure(
                row["study"], row["trial"], row["status"], row["message"] or "", row["configuration"]
            )
            yield row["study"], row["trial"], None, failure
