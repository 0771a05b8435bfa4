"""The charts and tables of a report, each under a name that says where in the report it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..items import Chart, Key, Panels, Table
from ..report import Report, Section

_Kind = TypeVar("_Kind", Chart, Table)


@dataclass(frozen=True, slots=True)
class Numbered(Generic[_Kind]):
    """A chart or table that can stand alone."""

    name: str
    """Number and name of the section, and number of the chart in it, as in `02-leaderboard-1`; with the task where the
    chart is about one. A table's has `table` before its number."""
    section: Section
    caption: str
    """With that of the charts beside it, where it is one of several."""
    item: _Kind
    key: tuple[str, ...] = ()
    """The strategies whose looks the page explains above a chart; empty where it explains none."""


def numbered_charts(report: Report, section: str | None = None) -> tuple[Numbered[Chart], ...]:
    """Every chart, or those of one section, whose numbers stay as they are; raises ResultsError for an unknown one."""
    return tuple(found for stem, part in _chosen(report, section) for found in _charts_of(stem, part))


def numbered_tables(report: Report, section: str | None = None) -> tuple[Numbered[Table], ...]:
    """Every table, and under the name of each chart the numbers that it shows; all, or those of one section."""
    found: list[Numbered[Table]] = []
    for stem, part in _chosen(report, section):
        tables = enumerate(part.tables, start=1)
        found += [Numbered(f"{stem}-table-{place}", part, table.caption, table) for place, table in tables]
        found += [Numbered(one.name, part, one.caption, one.item.data) for one in _charts_of(stem, part)]
    return tuple(found)


def _chosen(report: Report, name: str | None) -> Iterator[tuple[str, Section]]:
    """Sections and how the names of their parts begin."""
    wanted = None if name is None else report.section(name)
    for place, section in enumerate(report.sections, start=1):
        if wanted is None or section is wanted:
            yield f"{place:02}-{section.id}", section


def _charts_of(stem: str, section: Section) -> Iterator[Numbered[Chart]]:
    key: tuple[str, ...] = ()
    place = 0
    for item in section.items:
        if isinstance(item, Key):
            key = item.strategies
        charts = item.charts if isinstance(item, Panels) else (item,) if isinstance(item, Chart) else ()
        for chart in charts:
            place += 1
            beside = f": {item.caption}" if isinstance(item, Panels) else ""
            yield Numbered(f"{stem}-{place}{_of_task(chart)}", section, chart.caption + beside, chart, key)


def _of_task(chart: Chart) -> str:
    """The end of a chart's name: its task, as far as a file's name can hold it."""
    words = re.findall(r"[a-z0-9]+", (chart.task or "").lower())
    return f"-{'-'.join(words)[:40]}" if words else ""
