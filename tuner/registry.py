"""Finding strategies, tasks and modifiers: by entry point, by `package.module:Class`, or by `./file.py:Class`.

A strategy may also be a function in the place of a class, or another library's, as in `optuna:TPESampler`, where there
is an adapter for it.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import inspect
import linecache
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal

from .errors import BrokenPlugin, TunerError, UnknownPlugin, describe, suggest
from .home import expand_home
from .modifier import Modifier
from .strategy import SearchStrategy
from .task import Task

Kind = Literal["strategy", "task", "modifier"]
_GROUPS: dict[Kind, str] = {"strategy": "tuner.strategies", "task": "tuner.tasks", "modifier": "tuner.modifiers"}
_BASES: dict[Kind, type] = {"strategy": SearchStrategy, "task": Task, "modifier": Modifier}


class WrongKind(BrokenPlugin):
    """Something that is there, but no plug-in of the kind that was asked for."""

    def __init__(self, text: str, known: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.known: tuple[str, ...] = tuple(known)
        """The plug-ins of that kind beside it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a plug-in comes from; enough to load it in another process, on another machine."""

    kind: Kind
    name: str
    """What the user wrote: a known name, `package.module:Class` or `./file.py:Class`."""
    target: str
    """`module:Class`, or `Class` where `source` holds the module's text."""
    source: str | None = None
    """The text of the user's file."""
    provider: str = ""
    """The distribution that provides it, with version; empty for a file."""

    @property
    def short_name(self) -> str:
        """The name to show: a known name as it is, otherwise the class."""
        return self.target.rpartition(":")[2] if ":" in self.name else self.name

    @property
    def sha256(self) -> str | None:
        """The digest of the user's file; None where an installed package provides the plug-in."""
        return None if self.source is None else hashlib.sha256(self.source.encode()).hexdigest()


def find(kind: Kind, name: str, folder: Path | None = None) -> Reference:
    """The reference that a name stands for; a file's path is relative to `folder` (default: where we are)."""
    place, colon, class_name = name.rpartition(":")
    if colon and not class_name:
        raise UnknownPlugin(f"{name!r} says no class: write {name + 'Class'!r}")
    if colon and (place.endswith(".py") or "/" in place):
        return Reference(kind, name, class_name, source=_read((folder or Path()) / expand_home(place)))
    if colon:
        return Reference(kind, name, name, provider=_provider(place))
    if name.endswith(".py"):
        raise UnknownPlugin(f"{name!r} says no class of the file: write {name + ':Class'!r}")
    entry = entry_points(kind).get(name)
    if entry is None:
        raise UnknownPlugin(f"no {kind} called {name!r}{suggest(name, entry_points(kind))}")
    version = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    return Reference(kind, name, entry.value, provider=version)


def load_strategy(reference: Reference) -> type[SearchStrategy]:
    """The strategy's class; raises `BrokenPlugin` with its own error where it cannot be imported."""
    found: type[SearchStrategy] = _load(reference)
    return found


def load_task(reference: Reference) -> type[Task]:
    """The task's class; raises `BrokenPlugin` with its own error where it cannot be imported."""
    found: type[Task] = _load(reference)
    if issubclass(found, Modifier):
        raise BrokenPlugin(f"{reference.name!r} is a modifier: name it among a task's modifiers")
    return found


def load_modifier(reference: Reference) -> type[Modifier]:
    """The modifier's class; raises `BrokenPlugin` with its own error where it cannot be imported."""
    found: type[Modifier] = _load(reference)
    return found


def load_any(reference: Reference) -> type[SearchStrategy | Task]:
    """The class of a plug-in of whatever kind."""
    if reference.kind == "strategy":
        return load_strategy(reference)
    return load_task(reference) if reference.kind == "task" else load_modifier(reference)


@cache
def entry_points(kind: Kind) -> dict[str, importlib.metadata.EntryPoint]:
    """The installed plug-ins of a kind, by name, in alphabetical order."""
    found = importlib.metadata.entry_points(group=_GROUPS[kind])
    return {entry.name: entry for entry in sorted(found, key=lambda entry: entry.name)}


@cache
def _adapters() -> dict[str, importlib.metadata.EntryPoint]:
    """What makes strategies of other libraries' classes, by the word that stands before the colon."""
    return {entry.name: entry for entry in importlib.metadata.entry_points(group="tuner.adapters")}


def _adapted(reference: Reference, adapter: importlib.metadata.EntryPoint, name: str) -> type[SearchStrategy]:
    try:
        made: type[SearchStrategy] = adapter.load()(name)
    except TunerError:
        raise
    except (Exception, SystemExit) as error:
        raise BrokenPlugin(f"strategy {reference.name!r} cannot be made: {describe(error)}") from error
    return made


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnknownPlugin(f"cannot read {path}: it is not text in UTF-8") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnknownPlugin(f"cannot read {path}: {reason}") from None


def _load(reference: Reference) -> type:
    module_name, _, class_name = reference.target.rpartition(":")
    adapter = _adapters().get(module_name) if reference.kind == "strategy" and reference.source is None else None
    if adapter is not None:
        return _adapted(reference, adapter, class_name)
    try:
        module = importlib.import_module(module_name) if reference.source is None else _module_of(reference)
    except (Exception, SystemExit) as error:
        told = f"{describe(error)}{_line_of(error, reference)}"
        raise BrokenPlugin(f"{reference.kind} {reference.name!r} cannot be imported: {told}") from error
    if not hasattr(module, class_name):
        place = reference.name.rpartition(":")[0] or module_name or "its file"
        raise UnknownPlugin(f"{place} has no {class_name!r}{suggest(class_name, _names_in(module))}")
    base = _BASES[reference.kind]
    found = getattr(module, class_name)
    if base is SearchStrategy and inspect.isroutine(found):
        return _strategy_of(found)
    if not (isinstance(found, type) and issubclass(found, base)):
        known = [name for name, value in vars(module).items() if _is_plugin(value, base)]
        told = f"{reference.name!r} names no {base.__name__} class{suggest(class_name, known)}"
        raise WrongKind(told, known)
    abstract = sorted(getattr(found, "__abstractmethods__", ()))
    if abstract:
        owner = Modifier if issubclass(found, Modifier) else base
        raise BrokenPlugin(f"{reference.name!r} lacks {', '.join(abstract)}, which every {owner.__name__} has")
    return found


@cache
def _strategy_of(function: Callable[..., Iterable[Mapping[str, object]]]) -> type[SearchStrategy]:
    from .strategies.function_strategy import strategy_of

    return strategy_of(function)


def _module_of(reference: Reference) -> ModuleType:
    """The user's file as a module of a name that depends on its text, so that it unpickles in any process."""
    name = _module_name(reference)
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = path = _file_of(reference)  # a module with a source has a file, for whoever asks
    sys.modules[name] = module
    source = reference.source or ""
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    try:
        exec(compile(source, path, "exec"), vars(module))  # noqa: S102  the user's own file, named by the user
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _module_name(reference: Reference) -> str:
    return f"tuner_plugin_{(reference.sha256 or '')[:16]}"


def _file_of(reference: Reference) -> str:
    return reference.name.rpartition(":")[0] or f"{_module_name(reference)}.py"


def _line_of(error: BaseException, reference: Reference) -> str:
    """Where in the user's file it was raised; a syntax error says so itself."""
    if reference.source is None:
        return ""
    file = _file_of(reference)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" ({file}, line {lines[-1]})" if lines else ""


def _names_in(module: ModuleType) -> list[str]:
    """The classes and functions that somebody can have meant: the module's own, and the plug-ins that it imports."""
    return [name for name, value in vars(module).items() if name[:1] != "_" and _is_meant(value, module)]


def _is_meant(value: object, module: ModuleType) -> bool:
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return False
    return value.__module__ == module.__name__ or any(_is_plugin(value, base) for base in _BASES.values())


def _provider(module: str) -> str:
    top = module.partition(".")[0]
    names = importlib.metadata.packages_distributions().get(top, [])
    return f"{names[0]} {importlib.metadata.version(names[0])}" if names else ""


def _is_plugin(value: object, base: type) -> bool:
    return isinstance(value, type) and issubclass(value, base) and value not in _BASES.values()
