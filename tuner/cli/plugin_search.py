"""Finding a plug-in whose kind the user did not say."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from ..errors import BrokenPlugin, TunerError, UnknownPlugin, suggest
from ..modifier import Modifier
from ..registry import Kind, Reference, entry_points, find, load_any
from ..strategy import SearchStrategy
from ..task import Task

KINDS: tuple[Kind, ...] = ("strategy", "task", "modifier")


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """A plug-in's reference and its class, or why it has none."""

    reference: Reference
    found: type[SearchStrategy | Task] | None
    problem: str = ""
    """Its own error, where it cannot be loaded."""

    @property
    def summary(self) -> str:
        """One line on what it is."""
        if self.found is None:
            return f"broken: {self.problem}"
        if issubclass(self.found, Task) and not issubclass(self.found, Modifier) and self.found.card.summary:
            return self.found.card.summary
        return describe_plugin(self.found).partition("\n")[0]


def describe_plugin(kind: type[SearchStrategy | Task]) -> str:
    """Its docstring; empty where it has none but the contract's, or the signature that dataclasses write for one."""
    text = inspect.getdoc(kind) or ""
    is_own = text not in {inspect.getdoc(SearchStrategy), inspect.getdoc(Task), inspect.getdoc(Modifier)}
    return text if is_own and not text.startswith(f"{kind.__name__}(") else ""


def load_plugin(kind: Kind, name: str) -> FoundPlugin:
    """The plug-in of this kind and name, broken or not; raises `UnknownPlugin` where there is none."""
    reference = find(kind, name)
    try:
        return FoundPlugin(reference, load_any(reference))
    except TunerError as error:
        return FoundPlugin(reference, None, str(error))


def installed_plugins(kind: Kind) -> list[FoundPlugin]:
    """Every installed plug-in of a kind, by name."""
    return [load_plugin(kind, name) for name in entry_points(kind)]


def find_any(name: str) -> list[FoundPlugin]:
    """The plug-ins, of whatever kind, that a name or `FILE.py:Class` stands for; none where there is none.

    Raises `UnknownPlugin` for a file that cannot be read and `BrokenPlugin` for one without any such class.
    """
    if ":" not in name:
        return [load_plugin(kind, name) for kind in KINDS if name in entry_points(kind)]
    tried = [load_plugin(kind, name) for kind in KINDS]
    if any(plugin.found for plugin in tried):
        return [plugin for plugin in tried if plugin.found]
    return [_least_wrong(name, tried)]


def find_one(name: str) -> type[SearchStrategy | Task]:
    """The class that a name or `FILE.py:Class` stands for; raises where there is none, or it cannot be loaded."""
    if name.endswith(".py"):
        raise UnknownPlugin(f"{name!r} names a file but no class in it: write {name}:Class")
    plugins = find_any(name)
    if not plugins:
        raise UnknownPlugin(f"no strategy, task or modifier called {name!r}{suggest(name, known_names())}")
    if plugins[0].found is None:
        raise BrokenPlugin(plugins[0].problem)
    return plugins[0].found


def known_names() -> list[str]:
    """The names of all installed strategies, tasks and modifiers."""
    return [name for kind in KINDS for name in entry_points(kind)]


def _least_wrong(name: str, tried: list[FoundPlugin]) -> FoundPlugin:
    """Of the ways in which a class could not be loaded, the one that says most; kind decides nothing here."""
    for plugin in tried:
        if "names no " not in plugin.problem:  # it cannot be imported, or its class lacks a method
            return plugin
    for plugin in tried:
        if not plugin.problem.endswith("known: none"):  # it lists the classes of its kind in the module
            return plugin
    raise BrokenPlugin(f"{name!r} names no SearchStrategy, Task or Modifier, and there is none beside it")
