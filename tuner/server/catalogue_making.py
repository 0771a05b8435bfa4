"""Making the catalogue: every plug-in is loaded, asked what it is, and listed as broken where it cannot say so."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final, TypeVar

from ..cli.plugin_search import FoundPlugin, describe_plugin, installed_plugins
from ..deciding import most_seeds
from ..errors import TunerError, describe, one_line
from ..extras import lacks
from ..problem import Problem
from ..strategy import SearchStrategy
from ..suite import Suite, load_suite, shipped_suites
from ..task import Task
from ..task import TaskCard as Card
from .cards import FidelityCard, ModifierCard, ObjectiveCard, StrategyCard, SuiteCard, TaskCard
from .landscapes import landscape_of
from .option_cards import field_options, strategy_options
from .submissions import REFUSED_STRATEGIES

_KNOWN_CLASSES: Final = {
    "optuna": ("tuner.adapters.optuna.known_samplers", "KNOWN"),
    "tune": ("tuner.adapters.ray_tune.known_searchers", "KNOWN"),
}
_Found = TypeVar("_Found")
_Kind = TypeVar("_Kind")


def make_catalogue() -> dict[str, Any]:
    """What `CatalogueContent` holds, but for `installed`, as JSON."""
    return {
        "strategies": [asdict(_strategy(plugin)) for plugin in installed_plugins("strategy")],
        "tasks": [asdict(_task(plugin)) for plugin in installed_plugins("task")],
        "modifiers": [asdict(_modifier(plugin)) for plugin in installed_plugins("modifier")],
        "suites": [asdict(_suite(name)) for name in shipped_suites()],
        "adapters": {word: _classes(*place) for word, place in _KNOWN_CLASSES.items()},
        "suite_schema": Suite.model_json_schema(),
    }


def _strategy(plugin: FoundPlugin) -> StrategyCard:
    name, kind = plugin.reference.name, plugin.found
    known = kind if kind is not None and issubclass(kind, SearchStrategy) else None
    return StrategyCard(
        name=name,
        summary=_summary(plugin),
        description=_description(plugin),
        supports=known.supports.names() if known else [],
        needs_fidelity=known is not None and known.needs_fidelity,
        options=_told(strategy_options, known, []),
        packages=list(known.packages) if known else [],
        provider=plugin.reference.provider,
        broken=_broken(plugin),
        missing=_missing_packages(known.packages) if known else None,
        refused=REFUSED_STRATEGIES.get(name),
    )


def _task(plugin: FoundPlugin) -> TaskCard:
    known = _task_class(plugin)
    card = known.card if known else Card("")
    problem, best, trouble = _problem_of(known) if known else (None, {}, None)
    missing = lacks(card)
    return TaskCard(
        name=plugin.reference.name,
        summary=_summary(plugin),
        description=_description(plugin),
        data=card.data,
        licence=card.licence,
        source=card.source,
        cost=card.cost,
        options=_told(field_options, known, []),
        provider=plugin.reference.provider,
        space=None if problem is None else json.loads(problem.space.to_json()),
        objectives=[ObjectiveCard(o.name, o.goal, best.get(o.name)) for o in problem.objectives] if problem else [],
        fidelity=_fidelity(problem),
        broken=_broken(plugin) or (None if missing else trouble),
        missing=missing,
        pictures=_pictures(known) if problem is not None and not missing else [],
    )


def _modifier(plugin: FoundPlugin) -> ModifierCard:
    return ModifierCard(
        name=plugin.reference.name,
        summary=_summary(plugin),
        description=_description(plugin),
        options=_told(field_options, _task_class(plugin), []),
        provider=plugin.reference.provider,
        broken=_broken(plugin),
    )


def _task_class(plugin: FoundPlugin) -> type[Task] | None:
    return plugin.found if plugin.found is not None and issubclass(plugin.found, Task) else None


def _suite(name: str) -> SuiteCard:
    try:
        text = shipped_suites()[name].read_text(encoding="utf-8")
        suite = load_suite(name)
    except (TunerError, OSError) as error:
        return SuiteCard(name, "", "", [], [], 0, None, broken=one_line(str(error)))
    limits = [(task.budget or suite.budget).trials for task in suite.tasks]
    return SuiteCard(
        name=name,
        description=suite.description,
        toml=text,
        tasks=suite.task_labels,
        strategies=suite.strategy_labels,
        seeds=most_seeds(suite) if suite.stop else len(suite.seeds),
        trials=None if None in limits else max(limit or 0 for limit in limits),
    )


def _problem_of(kind: type[Task]) -> tuple[Problem | None, dict[str, float], str | None]:
    """What the task with its defaults poses, the best known of it, and what went wrong."""
    try:
        task = kind()
        return task.problem, dict(task.best_known), None
    except Exception as error:  # noqa: BLE001  a plug-in that breaks is listed as broken
        return None, {}, one_line(str(error)) if isinstance(error, TunerError) else describe(error)


def _pictures(kind: type[Task] | None) -> list[Any]:
    """Of the task with its defaults; none of one that breaks as it is evaluated, which is for its runs to tell."""
    try:
        return [] if kind is None else landscape_of(kind())
    except Exception:  # noqa: BLE001  a plug-in may raise anything
        return []


def _fidelity(problem: Problem | None) -> FidelityCard | None:
    found = problem.fidelity if problem else None
    return None if found is None else FidelityCard(found.name, float(found.low), float(found.high))


def _broken(plugin: FoundPlugin) -> str | None:
    return None if plugin.found is not None else one_line(str(plugin.error))


def _summary(plugin: FoundPlugin) -> str:
    return "" if plugin.found is None else " ".join(plugin.summary.split())


def _description(plugin: FoundPlugin) -> str:
    """The docstring, each paragraph on one line."""
    text = "" if plugin.found is None else describe_plugin(plugin.found)
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _missing_packages(packages: Iterable[str]) -> str | None:
    """What a strategy thinks with and is not installed here."""
    missing = [name for name in packages if not _is_installed(name)]
    return f"needs {', '.join(missing)}, not installed here" if missing else None


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _classes(module: str, name: str) -> list[str]:
    """The classes that an adapter knows by name; none where its library is not installed."""
    try:
        return sorted(getattr(importlib.import_module(module), name))
    except Exception:  # noqa: BLE001  another library's own errors
        return []


def _told(ask: Callable[[_Kind], _Found], kind: _Kind | None, otherwise: _Found) -> _Found:
    """What a plug-in says of itself; something else where there is none, or it cannot."""
    try:
        return otherwise if kind is None else ask(kind)
    except Exception:  # noqa: BLE001  a plug-in's signature may be anything
        return otherwise
