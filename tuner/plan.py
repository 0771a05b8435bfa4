"""From a suite to studies and shards: everything that decides results, fixed before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from .configuration import Configuration
from .deciding import rounds_of
from .errors import BrokenPlugin, MissingExtra, TunerError, UnsupportedProblem, describe
from .extras import lacks
from .planned import PlannedModifier, PlannedStrategy, PlannedTask
from .problem import Budget
from .registry import Reference, find, load_strategy, load_task
from .seeds import derive_seed
from .starting_points import starting_points
from .suite import Suite
from .suite_entries import ModifierEntry, StrategyEntry, TaskEntry
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


NO_COSTS = (
    "a simulated clock needs the cost of each trial, and the task reports none: "
    "add the modifier 'delayed', or set clock = 'wall'"
)
"""Why a study on a simulated clock is skipped."""


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """Time that passes as the tasks' reported costs say, and for nobody else."""

    workers: int = 1
    """How many trials of a study run at once."""
    thinking: float | Literal["measured"] = 0.0
    """What a proposal costs beside its evaluation: so many seconds, or the strategy's own time as measured."""


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
    clock: SimulatedClock | None = None
    """None for the wall's."""
    starting_points: tuple[Configuration, ...] = ()
    """The first trials, whatever the strategy."""
    round: int = 0
    """In which round of seeds it runs; later ones run only while pairs of strategies are open."""

    def seed_for(self, purpose: str) -> int:
        """The seed for a purpose: the same for every strategy, so that all meet the same data and luck.

        A modified task meets the same data as the task itself, and other luck.
        """
        content = self.task.data_content if purpose == "data" else self.task.content
        return derive_seed(self.root_seed, content, self.seed_index, purpose)


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
    """The tasks by label, built; without those that cannot be made for want of a package, whose studies are skipped."""
    versions: Mapping[str, str]
    """What the strategies' versions are, by label."""
    studies: tuple[StudyPlan, ...]
    """All of them, skipped ones included, in the order of their numbers."""

    @property
    def rounds(self) -> int:
        """How many rounds of seeds there are at most; one, unless the suite stops once its pairs are decided."""
        return 1 + max((study.round for study in self.studies), default=0)

    def of_rounds(self, first: int, last: int) -> Plan:
        """The part of the plan that belongs to these rounds, both included; numbers stay as they are."""
        studies = tuple(study for study in self.studies if first <= study.round <= last)
        mine = {study.number for study in studies}
        shards = tuple(shard for shard in self.shards if shard.studies[0].number in mine)
        skipped = {number: reason for number, reason in self.skipped.items() if number in mine}
        return replace(self, studies=studies, shards=shards, skipped=skipped)

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every plug-in that the suite names."""
        found = [s.strategy.reference for s in self.studies] + [s.task.reference for s in self.studies]
        found += [modifier.reference for s in self.studies for modifier in s.task.modifiers]
        return tuple(dict.fromkeys(found))

    @property
    def contents(self) -> Mapping[str, str]:
        """What each task that is run is, by label: the digests that its seeds come from."""
        tasks = {shard.task.label: shard.task for shard in self.shards}
        return {label: task.content for label, task in tasks.items()}

    def changed_tasks(self, before: Mapping[str, str]) -> dict[str, str]:
        """The tasks that are something else than these digests, by label, say; each described with its options."""
        tasks = {shard.task.label: shard.task for shard in self.shards}
        return {
            label: task.described for label, task in tasks.items() if before.get(label, task.content) != task.content
        }

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that the tasks need and not every installation has."""
        return tuple(sorted({name for task in self.tasks.values() for name in task.card.modules}))

    @property
    def distributions(self) -> tuple[str, ...]:
        """The distributions that do the strategies' thinking."""
        references = dict.fromkeys(study.strategy.reference for study in self.studies)
        return tuple(sorted({name for reference in references for name in load_strategy(reference).packages}))


def make_plan(suite: Suite, folder: Path | None = None, known: Mapping[str, Reference] | None = None) -> Plan:
    """The plan of a suite. `folder` is where paths of plug-in files start; `known` has references found before.

    Raises where the suite names what cannot be found, loaded or set up. A strategy that cannot work on a task, a task
    whose packages are not installed, and on the simulated clock a task that says that it reports no cost, are no
    errors: their studies are skipped, with the reason.
    """
    known = known or {}
    tasks = [
        _planned_task(entry, label, folder, known) for entry, label in zip(suite.tasks, suite.task_labels, strict=True)
    ]
    strategies = [
        _planned_strategy(entry, label, folder, known)
        for entry, label in zip(suite.strategies, suite.strategy_labels, strict=True)
    ]
    built: dict[str, Task] = {}
    lacking = {task.label: _take(task, built) or _clash(suite, built[task.label]) for task in tasks}
    studies = tuple(_studies(suite, tasks, strategies, built))
    refused = {
        (s.task.label, s.strategy.label): lacking[s.task.label] or _refusal(s, built[s.task.label])
        for s in studies
        if s.is_probed
    }
    skipped = {s.number: reason for s in studies if (reason := refused[s.task.label, s.strategy.label])}
    versions = {strategy.label: strategy.version() for strategy in strategies}
    return Plan(suite, tuple(_shards(suite, studies, skipped)), skipped, built, versions, studies)


def _planned_task(entry: TaskEntry, label: str, folder: Path | None, known: Mapping[str, Reference]) -> PlannedTask:
    reference = known.get(f"task {entry.name}") or find("task", entry.name, folder)
    modifiers = tuple([_planned_modifier(modifier, folder, known) for modifier in entry.modifiers])
    return PlannedTask(label, reference, entry.options, modifiers)


def _planned_modifier(entry: ModifierEntry, folder: Path | None, known: Mapping[str, Reference]) -> PlannedModifier:
    reference = known.get(f"modifier {entry.name}") or find("modifier", entry.name, folder)
    return PlannedModifier(reference, entry.options)


def _planned_strategy(
    entry: StrategyEntry, label: str, folder: Path | None, known: Mapping[str, Reference]
) -> PlannedStrategy:
    reference = known.get(f"strategy {entry.name}") or find("strategy", entry.name, folder)
    return PlannedStrategy(label, reference, entry.options)


def _studies(
    suite: Suite, tasks: list[PlannedTask], strategies: list[PlannedStrategy], built: Mapping[str, Task]
) -> Iterator[StudyPlan]:
    number = 0
    clock = SimulatedClock(suite.workers or 1, suite.thinking) if suite.clock == "simulated" else None
    starts = {task.label: _starts(entry, task, built) for task, entry in zip(tasks, suite.tasks, strict=True)}
    for round_number, seeds in enumerate(rounds_of(suite)):
        for task, entry in zip(tasks, suite.tasks, strict=True):
            for index, strategy in product(seeds, strategies):
                yield StudyPlan(
                    number=number,
                    task=task,
                    strategy=strategy,
                    seed_index=index,
                    root_seed=suite.seed,
                    budget=(entry.budget or suite.budget).to_budget(),
                    parallelism=suite.parallelism if clock is None else clock.workers,
                    is_probed=index == suite.seeds[0],
                    clock=clock,
                    starting_points=starts[task.label],
                    round=round_number,
                )
                number += 1


def _starts(entry: TaskEntry, task: PlannedTask, built: Mapping[str, Task]) -> tuple[Configuration, ...]:
    if not entry.starting_points or task.label not in built:
        return ()
    return starting_points(entry.starting_points, built[task.label].problem.space, task.label)


def _shards(suite: Suite, studies: tuple[StudyPlan, ...], skipped: Mapping[int, str]) -> Iterator[Shard]:
    number = 0
    memory = None if suite.trial_memory_mb is None else int(suite.trial_memory_mb * 2**20)
    rounds = range(len(rounds_of(suite)))
    for round_number, (entry, label) in product(rounds, zip(suite.tasks, suite.task_labels, strict=True)):
        mine = [s for s in studies if s.round == round_number and s.task.label == label and s.number not in skipped]
        limits = Limits(entry.trial_seconds or suite.trial_seconds, memory)
        for start in range(0, len(mine), suite.shard_size):
            part = tuple(mine[start : start + suite.shard_size])
            yield Shard(number, part[0].task, part, limits)
            number += 1


def _take(planned: PlannedTask, built: dict[str, Task]) -> str | None:
    """Add the task, if it can be made, to those that are built; returns why it cannot be evaluated here, if so."""
    reason = lacks(load_task(planned.reference).card)
    try:
        built[planned.label] = _examined(planned)
    except MissingExtra as error:
        return reason or str(error)
    except BrokenPlugin:
        if reason is None:
            raise
    return reason


def _clash(suite: Suite, task: Task) -> str | None:
    """Why this task cannot be studied on the suite's clock; None where it can, or where only a trial will tell."""
    return NO_COSTS if suite.clock == "simulated" and task.reports_cost() is False else None


def _examined(planned: PlannedTask) -> Task:
    """The task, built, and asked once for all that is stored of it; raises `BrokenPlugin` where it cannot say it."""
    task = planned.build()
    try:
        problem, best_known = task.problem, task.best_known
        problem.space.to_json()
        task.reports_cost()
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
