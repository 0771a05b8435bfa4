"""How it was run, and how to run it again."""

from __future__ import annotations

from collections.abc import Sequence

from ..items import Column, Item, Listing, Table, Text
from ..report import Section
from ..run_info import ImportInfo, PluginInfo, RunInfo
from ..store import Store

TITLE = "How it was run"


def section(store: Store) -> Section | None:
    """For each run: machine, versions, plug-ins and the suite as it was run."""
    items = tuple(item for run in store.runs for item in _run(run))
    return Section("setup", TITLE, items) if items else None


def _run(run: RunInfo) -> list[Item]:
    if run.imported is not None:
        return [Text(_imported(run.name, run.imported))]
    items: list[Item] = [
        Text(_sentence(run)),
        Table(f"Versions in run {run.name}", (Column("Distribution"), Column("Version")), _versions(run)),
    ]
    own = [plugin for plugin in run.plugins if plugin.sha256]
    if own:
        items.append(_plugins(run, own))
    if run.suite_text:
        items.append(Listing(f"suite.toml, as it was run (sha256 {run.suite_sha256[:16]}…)", run.suite_text))
        beside = " and the source files where it says" if own else ""
        items.append(Listing(f"To run it again, with this file as suite.toml{beside}", "tuner run suite.toml"))
    return items


def _sentence(run: RunInfo) -> str:
    machine = run.machine
    workers = "1 worker" if run.workers == 1 else f"{run.workers} workers"
    return (
        f"Run {run.name} of suite {run.suite}, created {run.created:%Y-%m-%d %H:%M %Z}, "
        f"{run.state}: {run.wall_seconds:,.1f} seconds on {workers}. "
        f"Machine: {machine.cpu}, {machine.cores} cores, {machine.memory_gb:.1f} GB of memory, {machine.system}."
    )


def _imported(name: str, source: ImportInfo) -> str:
    what = "Its values are the best found by each step" if source.is_accumulated else "Its values are those of trials"
    return (
        f"Run {name} was imported from {source.file} (sha256 {source.sha256[:16]}\u2026), and not run here. {what}. "
        "Machine, versions, search space and budget are not known. Times are those of the table; where it has none "
        "they stand as 0, and say nothing."
    )


def _versions(run: RunInfo) -> tuple[tuple[str, str], ...]:
    return (("Python", run.python), *sorted(run.versions.items()))


def _plugins(run: RunInfo, plugins: Sequence[PluginInfo]) -> Table:
    columns = (Column("Kind"), Column("Name"), Column("Found at"), Column("Hash of its source"))
    rows = tuple((plugin.kind, plugin.name, plugin.reference, (plugin.sha256 or "")[:12]) for plugin in plugins)
    return Table(f"Strategies and tasks of run {run.name} that came from source files", columns, rows)
