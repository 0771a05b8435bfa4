"""What `tuner show` says of a suite or a run."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from results.run_info import read_run_info

from ..deciding import most_seeds
from ..suite import Suite
from ..suite_entries import BudgetEntry
from .console import print_heading, print_table, say_count
from .run_facts import describe_run


def print_suite(suite: Suite, origin: str, console: Console) -> None:
    """Print what meets what, how often, and what that comes to."""
    print_heading(console, f"suite {suite.name}")
    console.print(Text(origin, style="dim"))
    if suite.description:
        console.print(Text(suite.description))
    console.print()
    rows = [
        ("strategies", ", ".join(suite.strategy_labels)),
        ("tasks", ", ".join(suite.task_labels)),
        ("seeds", _seeds(suite)),
        ("budget", describe_budget(suite.budget)),
        _at_once(suite),
        ("limits of a trial", _limits(suite)),
        ("size", _size(suite)),
    ]
    print_table(console, ("suite", ""), rows)


def print_run(folder: Path, console: Console) -> None:
    """Print what is known of a run."""
    info, facts = read_run_info(folder), describe_run(folder)
    print_heading(console, f"run {info.name}")
    console.print(Text(str(folder), style="dim"))
    console.print()
    machine = info.machine
    rows = [
        ("state", facts.state),
        ("suite", info.suite),
        ("trials", facts.trials),
        ("created", facts.created),
        ("took", f"{info.wall_seconds:,.1f} s with {say_count(info.workers, 'worker')}"),
        ("machine", f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:g} GB, {machine.system}"),
        ("plug-ins", ", ".join(f"{plugin.kind} {plugin.name}" for plugin in info.plugins)),
        ("versions", ", ".join([f"Python {info.python}", *(f"{n} {v}" for n, v in info.versions.items())])),
    ]
    print_table(console, ("run", ""), rows)


def describe_budget(budget: BudgetEntry) -> str:
    """What a study may spend."""
    limits = [(budget.trials, "trials"), (budget.work, "full evaluations"), (budget.seconds, "seconds of evaluation")]
    return " or ".join(f"{limit:g} {unit}" for limit, unit in limits if limit is not None) + " a study"


def _seeds(suite: Suite) -> str:
    more = f", more until the strategies are told apart, at most {most_seeds(suite)}" if suite.stop else ""
    return f"{len(suite.seeds)}, from the root {suite.seed}{more}"


def _limits(suite: Suite) -> str:
    seconds = f"{suite.trial_seconds:g} s" if suite.trial_seconds else ""
    memory = f"{suite.trial_memory_mb:g} MB" if suite.trial_memory_mb else ""
    return ", ".join(filter(None, [seconds, memory])) or "none"


def _size(suite: Suite) -> str:
    """Number of studies, and of trials where the budgets tell."""
    per_task = len(suite.strategies) * (most_seeds(suite) if suite.stop else len(suite.seeds))
    limits = [(task.budget or suite.budget).trials for task in suite.tasks]
    studies = f"{'at most ' if suite.stop else ''}{per_task * len(suite.tasks):,} studies"
    if None in limits:
        return studies
    return f"{studies}, at most {per_task * sum(limit or 0 for limit in limits):,} trials"


def _at_once(suite: Suite) -> tuple[str, str]:
    """How many trials of a study run at once, by which clock."""
    if suite.clock == "wall":
        return "parallelism", f"{suite.parallelism}"
    return "clock", f"simulated, workers: {suite.workers or 1}"
