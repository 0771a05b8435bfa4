"""`tuner list`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_paths import RUNS

if TYPE_CHECKING:
    from rich.console import Console

    from ..strategy import SearchStrategy


class Listed(StrEnum):
    """What can be listed."""

    STRATEGIES = "strategies"
    TASKS = "tasks"
    MODIFIERS = "modifiers"
    SUITES = "suites"
    RUNS = "runs"


def list_known(
    what: Annotated[Listed, typer.Argument(metavar="WHAT", help="Which kind of thing.")],
    root: Annotated[Path, typer.Option(metavar="DIR", help="Where runs lie.")] = RUNS,
) -> None:
    """List the strategies, tasks, modifiers or suites that are installed, or the runs that are stored."""
    from .console import open_console

    console = open_console()
    if what is Listed.STRATEGIES:
        _list_strategies(console)
    elif what is Listed.TASKS:
        _list_tasks(console)
    elif what is Listed.MODIFIERS:
        _list_modifiers(console)
    elif what is Listed.SUITES:
        _list_suites(console)
    else:
        _list_runs(console, root)


def _list_strategies(console: Console) -> None:
    from ..strategy import SearchStrategy
    from .console import print_table
    from .plugin_search import installed_plugins

    rows = []
    for plugin in installed_plugins("strategy"):
        kind = plugin.found
        supported = _supported(kind) if kind is not None and issubclass(kind, SearchStrategy) else "-"
        rows.append((plugin.reference.name, supported, plugin.summary))
    print_table(console, ("strategy", "supports", "what it does"), rows)


def _supported(kind: type[SearchStrategy]) -> str:
    """The kinds of parameters, "mixed" where it takes all, and what else a problem may have."""
    from ..problem import Feature

    names = kind.supports.names()
    if kind.supports & Feature.MIXED == Feature.MIXED:
        names = ["mixed", *(kind.supports & ~Feature.MIXED).names()]
    return ", ".join(names) + ("; needs a fidelity" if kind.needs_fidelity else "")


def _list_tasks(console: Console) -> None:
    from ..extras import lacks
    from ..task import Task, TaskCard
    from .console import print_table
    from .plugin_search import installed_plugins

    rows = []
    for plugin in installed_plugins("task"):
        card = plugin.found.card if plugin.found is not None and issubclass(plugin.found, Task) else TaskCard("")
        reason = lacks(card)
        summary = f"{reason}; {plugin.summary}" if reason else plugin.summary
        rows.append((plugin.reference.name, card.cost.partition(",")[0] or "-", summary))
    print_table(console, ("task", "one evaluation", "what it measures"), rows)


def _list_modifiers(console: Console) -> None:
    from ..modifier import Modifier, option_fields
    from .console import print_table
    from .plugin_search import installed_plugins

    rows = []
    for plugin in installed_plugins("modifier"):
        kind = plugin.found
        options = option_fields(kind) if kind is not None and issubclass(kind, Modifier) else []
        shown = ", ".join(f"{option.name}={option.default}" for option in options)
        rows.append((plugin.reference.name, shown or "-", plugin.summary))
    print_table(console, ("modifier", "options", "what it does to a task"), rows)


def _list_suites(console: Console) -> None:
    from ..errors import TunerError
    from ..suite import load_suite, shipped_suites
    from .console import print_table

    rows = []
    for name in shipped_suites():
        try:
            suite = load_suite(name)
            size = f"{len(suite.strategies)} x {len(suite.tasks)} x {len(suite.seeds)}"
            rows.append((name, size, suite.description))
        except TunerError as error:
            rows.append((name, "-", f"broken: {error}"))
    print_table(console, ("suite", "strategies x tasks x seeds", "what it is for"), rows)


def _list_runs(console: Console, root: Path) -> None:
    from .console import print_table
    from .run_facts import describe_runs

    rows = describe_runs(root)
    if not rows:
        typer.echo(f"no runs in {root}; start one with: tuner run quick")
        return
    headings = ("run", "state", "suite", "trials", "created")
    print_table(console, headings, [(r.name, r.state, r.suite, r.trials, r.created) for r in rows])
