"""From a suite to studies and shards: everything that decides results, fixed before anything runs."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .configuration import Value
from .errors import BrokenPlugin, InvalidOption, MissingExtra, TunerError, UnsupportedProblem, describe, suggest
from .problem import Budget, Problem
from .registry import Reference, find, load_strategy, load_task
from .seeds import derive_seed
from .strategy import SearchStrategy, own_options
from .suite import StrategyEntry, Suite, TaskEntry
from .task import Task


@dataclass(frozen=True, slots=True)
class Limits:
    """What one trial may use; None means no limit."""

    seconds: float | None = None
    memory_bytes: int | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is limited."""
        return self.seconds is None and self.memory_bytes is None


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task of the suite, resolved."""

    label: str
    reference: Reference
    options: Mapping[str, Value]

    @property
    def content(self) -> str:
        """What the task is, whatever the suite calls it: the key of its seeds."""
        return hashlib.sha256(f"{self.reference.target}\0{canonical(self.options)}".encode()).hexdigest()

    def build(self) -> Task:
        """The task with its options; raises `InvalidOption` where they do not fit."""
        kind = load_task(self.reference)
        found: Iterable[dataclasses.Field[object]] = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        _check_names(self.options, [field.name for field in found if field.init], f"task {self.label!r}")
        try:
            return kind(**self.options)
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"task {self.label!r}: {error}") from error
        except TunerError:
            raise
        except Exception as error:
            raise BrokenPlugin(f"task {self.label!r} cannot be made: {describe(error)}") from error


@dataclass(frozen=True, slots=True)
class PlannedStrategy:
    """A strategy of the suite, resolved."""

    label: str
    reference: Reference
    options: Mapping[str, Value]

    def build(self, problem: Problem, seed: int, budget: Budget) -> SearchStrategy:
        """The strategy, ready to be asked; raises `InvalidOption` where the options do not fit."""
        kind = load_strategy(self.reference)
        _check_names(self.options, own_options(kind), f"strategy {self.label!r}")
        return kind(problem, seed=seed, budget=budget, **self.options)

    def version(self) -> str:
        """The distributions that do its thinking, with their versions."""
        installed = {name: _installed(name) for name in load_strategy(self.reference).packages}
        found = [f"{name} {version}" for name, version in installed.items() if version]
        return ", ".join(found) or self.reference.provider


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """One strategy on one task with one seed."""

    number: int
    task: PlannedTask
    strategy: PlannedStrategy
    seed_index: int
    root_seed: int
    budget: Budget
    parallelism: int
    is_probed: bool = False
    """Whether the engine checks, when the study ends, that its strategy is deterministic."""

    def seed_for(self, purpose: str) -> int:
        """The seed for a purpose: the same for every strategy, so that all meet the same data and luck."""
        return derive_seed(self.root_seed, self.task.content, self.seed_index, purpose)


@dataclass(frozen=True, slots=True)
class Shard:
    """Studies of one task that run side by side in one process."""

    number: int
    task: PlannedTask
    studies: tuple[StudyPlan, ...]
    limits: Limits


@dataclass(frozen=True)
class Plan:
    """All studies of a suite, cut into shards, and those that cannot be run."""

    suite: Suite
    shards: tuple[Shard, ...]
    skipped: Mapping[int, str]
    """Why a study is not run, by its number."""
    tasks: Mapping[str, Task]
    """The tasks by label, built."""
    versions: Mapping[str, str]
    """What the strategies' versions are, by label."""
    studies: tuple[StudyPlan, ...]
    """All of them, skipped ones included, in the order of their numbers."""

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every plug-in that the suite names."""
        found = [s.strategy.reference for s in self.studies] + [s.task.reference for s in self.studies]
        return tuple(dict.fromkeys(found))


def make_plan(suite: Suite, folder: Path | None = None, known: Mapping[str, Reference] | None = None) -> Plan:
    """The plan of a suite. `folder` is where paths of plug-in files start; `known` has references found before.

    Raises where the suite names what cannot be found, loaded or set up; a strategy that cannot work on a task is
    no error: its studies are skipped, with the reason.
    """
    known = known or {}
    tasks = [
        _planned_task(entry, label, folder, known) for entry, label in zip(suite.tasks, suite.task_labels, strict=True)
    ]
    strategies = [
        _planned_strategy(entry, label, folder, known)
        for entry, label in zip(suite.strategies, suite.strategy_labels, strict=True)
    ]
    studies = tuple(_studies(suite, tasks, strategies))
    built = {task.label: _examined(task) for task in tasks}
    refused = {(s.task.label, s.strategy.label): _refusal(s, built[s.task.label]) for s in studies if s.is_probed}
    skipped = {s.number: reason for s in studies if (reason := refused[s.task.label, s.strategy.label])}
    versions = {strategy.label: strategy.version() for strategy in strategies}
    return Plan(suite, tuple(_shards(suite, studies, skipped)), skipped, built, versions, studies)


def canonical(options: Mapping[str, Value]) -> str:
    """Options as canonical JSON."""
    return json.dumps(dict(options), sort_keys=True, separators=(",", ":"))


def _planned_task(entry: TaskEntry, label: str, folder: Path | None, known: Mapping[str, Reference]) -> PlannedTask:
    return PlannedTask(label, known.get(f"task {entry.name}") or find("task", entry.name, folder), entry.options)


def _planned_strategy(
    entry: StrategyEntry, label: str, folder: Path | None, known: Mapping[str, Reference]
) -> PlannedStrategy:
    reference = known.get(f"strategy {entry.name}") or find("strategy", entry.name, folder)
    return PlannedStrategy(label, reference, entry.options)


def _studies(suite: Suite, tasks: list[PlannedTask], strategies: list[PlannedStrategy]) -> Iterator[StudyPlan]:
    number = 0
    for task, entry in zip(tasks, suite.tasks, strict=True):
        budget = (entry.budget or suite.budget).to_budget()
        for index in suite.seeds:
            for strategy in strategies:
                probed = index == suite.seeds[0]
                yield StudyPlan(number, task, strategy, index, suite.seed, budget, suite.parallelism, probed)
                number += 1


def _shards(suite: Suite, studies: tuple[StudyPlan, ...], skipped: Mapping[int, str]) -> Iterator[Shard]:
    number = 0
    memory = None if suite.trial_memory_mb is None else int(suite.trial_memory_mb * 2**20)
    for entry, label in zip(suite.tasks, suite.task_labels, strict=True):
        mine = [s for s in studies if s.task.label == label and s.number not in skipped]
        limits = Limits(entry.trial_seconds or suite.trial_seconds, memory)
        for start in range(0, len(mine), suite.shard_size):
            part = tuple(mine[start : start + suite.shard_size])
            yield Shard(number, part[0].task, part, limits)
            number += 1


def _examined(planned: PlannedTask) -> Task:
    """The task, built, and asked once for all that is stored of it; raises `BrokenPlugin` where it cannot say it."""
    task = planned.build()
    try:
        problem, best_known = task.problem, task.best_known
        problem.space.to_json()
        wrong = [name for name, value in best_known.items() if not math.isfinite(value)]
    except TunerError:
        raise
    except Exception as error:
        raise BrokenPlugin(f"task {planned.label!r} cannot say what it is: {describe(error)}") from error
    if wrong:
        raise BrokenPlugin(f"task {planned.label!r}: the best known {wrong[0]!r} is not a finite number")
    return task


def _refusal(study: StudyPlan, task: Task) -> str | None:
    """Why this strategy cannot be tried on this task at all; None where it can."""
    try:
        study.strategy.build(task.problem, seed=0, budget=study.budget)
    except (UnsupportedProblem, MissingExtra) as error:
        return str(error)
    except (TunerError, KeyboardInterrupt):
        raise
    except BaseException:  # noqa: BLE001  a strategy that breaks is shown by its studies, which fail
        return None
    return None


def _installed(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _check_names(options: Mapping[str, Value], allowed: Mapping[str, object] | list[str], owner: str) -> None:
    for name in options:
        if name not in allowed:
            raise InvalidOption(f"{owner} has no option {name!r}{suggest(name, allowed)}")
