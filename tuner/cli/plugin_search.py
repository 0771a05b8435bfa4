"""Finding a plug-in whose kind the user did not say."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from ..errors import BrokenPlugin, TunerError, UnknownPlugin, suggest
from ..modifier import Modifier
from ..registry import Kind, Reference, WrongKind, entry_points, find, load_any
from ..strategy import SearchStrategy
from ..task import Task

KINDS: tuple[Kind, ...] = ("strategy", "task", "modifier")


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """A plug-in's reference and its class, or why it has none."""

    reference: Reference
    found: type[SearchStrategy | Task] | None
    error: TunerError | None = None
    """Where it cannot be loaded."""

    @property
    def summary(self) -> str:
        """One line on what it is."""
        if self.found is None:
            return f"broken: {self.error}"
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
        return FoundPlugin(reference, None, error)


def installed_plugins(kind: Kind) -> list[FoundPlugin]:
    """Every installed plug-in of a kind, by name."""
    return [load_plugin(kind, name) for name in entry_points(kind)]


def find_any(name: str) -> list[FoundPlugin]:
    """The plug-ins, of whatever kind, that a name or `FILE.py:Class` stands for; none where there is none of the name.

    Of a name also those that are broken. Raises `UnknownPlugin` for a file or module that cannot be read or has no such
    class, and `BrokenPlugin` for one that cannot be loaded.
    """
    if ":" not in name:
        return [load_plugin(kind, name) for kind in KINDS if name in entry_points(kind)]
    tried = [load_plugin(kind, name) for kind in KINDS]
    if not any(plugin.found for plugin in tried):
        raise _most_telling(name, [plugin.error for plugin in tried if plugin.error])
    return [plugin for plugin in tried if plugin.found]


def find_one(name: str) -> type[SearchStrategy | Task]:
    """The class that a name or `FILE.py:Class` stands for; raises where there is none, or it cannot be loaded."""
    if name.endswith(".py"):
        raise UnknownPlugin(f"{name!r} names a file but no class in it: write {name}:Class")
    plugins = find_any(name)
    if not plugins:
        raise UnknownPlugin(f"no strategy, task or modifier called {name!r}{suggest(name, known_names())}")
    return plugins[0].found or load_any(plugins[0].reference)


def known_names() -> list[str]:
    """The names of all installed strategies, tasks and modifiers."""
    return [name for kind in KINDS for name in entry_points(kind)]


def _most_telling(name: str, errors: list[TunerError]) -> TunerError:
    """Of the ways in which a class could not be loaded as this or that kind, the one that says most."""
    telling = [error for error in errors if not isinstance(error, WrongKind)]
    if telling:
        return telling[0]
    known = {one for error in errors if isinstance(error, WrongKind) for one in error.known}
    return BrokenPlugin(f"{name!r} names no SearchStrategy, Task or Modifier{suggest(name.rpartition(':')[2], known)}")
