"""What `tuner report` takes apart: charts and tables as files, and how a section is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import InvalidOption
from .reporting import IN_ONE_FILE, Format

if TYPE_CHECKING:
    from results.report import Report
    from results.store import Store

_OF_FIGURES = (Format.SVG, Format.PDF, Format.PNG)
_OF_TABLES = (Format.CSV, Format.PARQUET, Format.JSON, Format.LATEX, Format.MD)
_OF_WORDS = (Format.HTML, Format.MD, Format.TERMINAL, Format.JSON)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    file_format: Format | None
    section: str | None = None
    out: Path | None = None
    figures: Path | None = None
    tables: Path | None = None
    explain: str | None = None

    @property
    def folder(self) -> Path | None:
        """Where charts or tables go; None where neither was asked for."""
        return self.figures or self.tables

    def check(self) -> None:
        """Raise `InvalidOption` where the options do not go together."""
        given = [name for name in ("figures", "tables", "explain") if getattr(self, name) is not None]
        if len(given) > 1:
            raise InvalidOption(f"--{given[0]} and --{given[1]} do not go together: ask for one after the other")
        if given and given != ["explain"] and self.out is not None:
            raise InvalidOption(f"--out names a file, and --{given[0]} a folder: give one of them")
        if given == ["explain"] and self.section is not None:
            raise InvalidOption("--explain names its section itself: leave out --section")
        self._check_format(*given)

    def _check_format(self, given: str = "") -> None:
        allowed = {"figures": _OF_FIGURES, "tables": _OF_TABLES, "explain": _OF_WORDS}.get(given, IN_ONE_FILE)
        if self.file_format is not None and self.file_format not in allowed:
            option = f"--{given}" if given else "a whole report"
            hint = "" if given else _hint(self.file_format)
            names = ", ".join(one.value for one in allowed)
            raise InvalidOption(f"{option} cannot be written as {self.file_format.value}; allowed: {names}{hint}")


def write_parts(report: Report, asked: Asked) -> None:
    """Write the charts or the tables; the paths on stdout, what could not be drawn on stderr."""
    from results.render.folder import write_figures, write_tables

    if asked.figures is not None:
        written = write_figures(report, asked.figures, (asked.file_format or Format.SVG).value, asked.section)
    elif asked.tables is not None:
        written = write_tables(report, asked.tables, (asked.file_format or Format.CSV).value, asked.section)
    else:
        return
    for line in written.left_out:
        typer.echo(f"left out: {line}", err=True)
    for path in written.paths:
        typer.echo(path)


def explained(store: Store, asked: str) -> Report:
    """How the numbers of a section are made, or where a number is written and how it is made, as a report."""
    from results.explained_number import explain_number, is_number
    from results.explanation import explain_section
    from results.report import Report
    from results.sections import section_targets

    if asked in section_targets() or not is_number(asked):
        found = explain_section(store, asked)
        return Report(found.title, (found,), store.strategies, store.tasks)
    return Report(f"Where {asked} comes from", explain_number(store, asked), store.strategies, store.tasks)


def _hint(file_format: Format) -> str:
    option = "--figures" if file_format in _OF_FIGURES else "--tables"
    return f"; {option} DIR writes each of its {option.removeprefix('--')} so"
