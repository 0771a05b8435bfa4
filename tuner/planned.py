"""The tasks, modifiers and strategies of a suite, resolved: what they are, and how they are made."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .configuration import Value
from .errors import BrokenPlugin, InvalidOption, TunerError, describe, suggest
from .modifier import Modifier, option_fields
from .problem import Budget, Problem
from .registry import Reference, load_modifier, load_strategy, load_task
from .strategy import SearchStrategy, own_options
from .task import Task

_Made = TypeVar("_Made", bound=Task)


@dataclass(frozen=True, slots=True)
class PlannedModifier:
    """A modifier of a task, resolved."""

    reference: Reference
    options: Mapping[str, Value]

    @property
    def key(self) -> str:
        """What the modifier is: its part of the key of the task's seeds."""
        return _key(self.reference, self.options, load_modifier)

    def build(self, task: Task) -> Modifier:
        """The modifier around a task; raises `InvalidOption` where its options, or the task, do not fit."""
        kind = load_modifier(self.reference)
        return _made(kind, self.options, f"modifier {self.reference.short_name!r}", task)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task of the suite, resolved."""

    label: str
    reference: Reference
    options: Mapping[str, Value]
    modifiers: tuple[PlannedModifier, ...] = ()
    """What changes it; the first one is nearest to the task."""

    @property
    def described(self) -> str:
        """What it is called in a sentence: its label, and its options."""
        options = ", ".join(f"{name} = {value}" for name, value in self.options.items())
        return f"task {self.label!r}" + (f" ({options})" if options else "")

    @property
    def content(self) -> str:
        """What the task is, whatever the suite calls it: the key of its seeds."""
        return _digest([self._key, *[modifier.key for modifier in self.modifiers]])

    @property
    def data_content(self) -> str:
        """What the task is without its modifiers: the key of the data's split, which they leave alone."""
        return _digest([self._key])

    @property
    def described_modifiers(self) -> str:
        """The modifiers as canonical JSON: a list of tables with name and options."""
        found = [{"name": m.reference.short_name, "options": dict(m.options)} for m in self.modifiers]
        return json.dumps(found, sort_keys=True, separators=(",", ":"))

    def build(self) -> Task:
        """The task with its options and modifiers; raises `InvalidOption` where they do not fit."""
        task: Task = _made(load_task(self.reference), self.options, f"task {self.label!r}")
        for modifier in self.modifiers:
            task = modifier.build(task)
        return task

    @property
    def _key(self) -> str:
        return _key(self.reference, self.options, load_task)


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


def canonical(options: Mapping[str, Value]) -> str:
    """Options as canonical JSON."""
    return json.dumps(dict(options), sort_keys=True, separators=(",", ":"))


def _installed(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _key(reference: Reference, options: Mapping[str, Value], load: Callable[[Reference], type[Task]]) -> str:
    """What a task or modifier computes: options that say where it does are no part of it, what they lead to is."""
    if not options:
        return f"{reference.target}\0{{}}"
    kind = load(reference)
    deciding = {name: value for name, value in options.items() if name not in kind.places}
    key = f"{reference.target}\0{canonical(deciding)}"
    try:
        content = kind.content_of(options)
    except TunerError:
        raise
    except Exception as error:
        raise BrokenPlugin(f"{reference.kind} {reference.name!r} cannot say what it is: {describe(error)}") from error
    return f"{key}\0{content}" if content else key


def _digest(keys: list[str]) -> str:
    return hashlib.sha256("\0".join(keys).encode()).hexdigest()


def _made(kind: type[_Made], options: Mapping[str, Value], owner: str, *wrapped: Task) -> _Made:
    """A task or modifier, of whatever class it is; its own errors in one line that names it."""
    _check_names(options, [field.name for field in option_fields(kind)], owner)
    try:
        return kind(*wrapped, **options)
    except (TypeError, ValueError) as error:
        raise InvalidOption(f"{owner}: {error}") from error
    except TunerError:
        raise
    except Exception as error:
        raise BrokenPlugin(f"{owner} cannot be made: {describe(error)}") from error


def _check_names(options: Mapping[str, Value], allowed: Mapping[str, object] | list[str], owner: str) -> None:
    for name in options:
        if name not in allowed:
            raise InvalidOption(f"{owner} has no option {name!r}{suggest(name, allowed)}")
