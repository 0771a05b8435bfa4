"""`tuner report`, and what `tuner run` shows of a report."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_paths import place

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from results.report import Report
    from results.store import Store

    from .report_parts import Asked

_STANDING = ("verdict", "leaderboard")


class Format(StrEnum):
    """How a report can be written."""

    HTML = "html"
    MD = "md"
    TERMINAL = "terminal"
    CSV = "csv"
    LATEX = "latex"
    JSON = "json"
    PARQUET = "parquet"
    SVG = "svg"
    PDF = "pdf"
    PNG = "png"


IN_ONE_FILE = (Format.HTML, Format.MD, Format.TERMINAL, Format.CSV, Format.LATEX, Format.JSON)
"""What a report can be written as where it is not taken apart into charts or tables."""


_TABLES = typer.Option(
    metavar="DIR", callback=place, help="Write each table as a file: csv, parquet, json, latex or md."
)
_EXPLAIN = typer.Option(
    metavar="NAME|NUMBER",
    help="Say how the numbers of this section, or this number of the page, are made, and from which trials.",
)


def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN", help="Folders of runs, or their names under runs/.")],
    file_format: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="How to write it; default: html, svg for --figures, csv for --tables."),
    ] = None,
    section: Annotated[
        str | None, typer.Option(metavar="NAME", help="This section only, such as verdict or exhibits.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            callback=place,
            help="File to write; default: RUN/report.html, comparison.html for several runs, "
            "SECTION.html for a section, else stdout.",
        ),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", callback=place, help="Write each chart as a file: svg, pdf or png.")
    ] = None,
    tables: Annotated[Path | None, _TABLES] = None,
    explain: Annotated[str | None, _EXPLAIN] = None,
) -> None:
    """Write the report of a run, or the comparison of several."""
    from .report_parts import Asked

    asked = Asked(file_format, section, out, figures, tables, explain)
    asked.check()
    if out is not None:
        check_place(out)
    _answer(runs, asked)


def write_page(store: Store, path: Path) -> Path:
    """Write the report as one HTML file; returns its path."""
    from results.render import render
    from results.report import build_report

    _write(render(build_report(store), Format.HTML.value), path)
    return path


def print_standing(store: Store) -> None:
    """Print the verdict and the leaderboard."""
    from results.render.terminal import render_terminal
    from results.report import Report
    from results.sections import load_section, section_targets

    from .console import open_console
    from .narrowing import fit_report

    targets = section_targets()
    built = [load_section(name, targets[name])(store) for name in _STANDING]
    standing = Report(f"Suite {store.runs[0].suite}", tuple(section for section in built if section))
    console = open_console()
    render_terminal(fit_report(standing, console.width), console)


def _answer(runs: Sequence[str], asked: Asked) -> None:
    """Open the runs, and write or print what is asked for."""
    from results.report import build_report
    from results.store import open_store

    from .report_parts import explained, write_parts
    from .run_paths import find_run

    store = open_store(*(find_run(run) for run in runs))
    if asked.explain is not None:
        show(explained(store, asked.explain), asked.file_format or Format.TERMINAL, asked.out)
    elif asked.folder is not None:
        write_parts(build_report(store), asked)
    else:
        _write_report(store, asked)


def _write_report(store: Store, asked: Asked) -> None:
    """The whole report, or one section of it, as one file or printed."""
    from results.report import build_report

    built, section = build_report(store), asked.section
    if section is not None:
        built = replace(built, sections=(built.section(section),))
    chosen, out = asked.file_format or Format.HTML, asked.out
    if chosen is Format.HTML and out is None:
        out = _page_of(store, section)
    show(built, chosen, out, section=section, shown=_shown(section))


def _page_of(store: Store, section: str | None) -> Path:
    """Where a page goes that is given no place."""
    if len(store.paths) == 1:
        return store.paths[0] / f"{section or 'report'}.html"
    return Path(f"{section or 'comparison'}.html")


def _shown(section: str | None) -> Collection[str] | None:
    """What a terminal shows: a section that is asked for as a whole, else those that fit."""
    from results.render.terminal import SHOWN

    return SHOWN if section is None else None


def show(
    built: Report,
    file_format: Format,
    out: Path | None,
    *,
    section: str | None = None,
    shown: Collection[str] | None = None,
) -> None:
    """Write the report to its file, or print it; of `csv`, the first table of the section, or the leaderboard.

    `shown` are the sections that a terminal shows; None means all.
    """
    is_drawn = file_format is Format.TERMINAL and out is None
    deliver(built, None if is_drawn else _text(built, file_format, section, shown), out, shown=shown)


def _text(built: Report, file_format: Format, section: str | None, shown: Collection[str] | None) -> str:
    from results.render import render
    from results.render.spreadsheet import render_csv

    if file_format is Format.TERMINAL:
        return _terminal_text(built, shown)
    if file_format is Format.CSV and section is not None:
        return render_csv(built, section)
    return render(built, file_format.value)


def _terminal_text(built: Report, shown: Collection[str] | None) -> str:
    from io import StringIO

    from rich.console import Console

    from results.render.terminal import render_terminal

    file = StringIO()
    render_terminal(built, Console(file=file, width=120, highlight=False, emoji=False), shown=shown)
    return file.getvalue()


def deliver(built: Report, text: str | None, out: Path | None, *, shown: Collection[str] | None = None) -> None:
    """Write the text to its file, or print it; a report without text is drawn in the terminal.

    `shown` are the sections that the terminal shows; None means all.
    """
    if text is None:
        from results.render.terminal import render_terminal

        from .console import open_console
        from .narrowing import fit_report

        console = open_console()
        render_terminal(fit_report(built, console.width), console, shown=shown)
    elif out is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        _write(text, out)
        typer.echo(out)


def _write(text: str, path: Path) -> None:
    """Write the file whole: a reader of an older one is not disturbed."""
    from results.sealing import write_text

    check_place(path)
    try:
        write_text(text, Path(os.path.realpath(path)))  # through a link, not in its place
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_place(path: Path) -> None:
    """Raise OSError unless a file can be there."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file to write", str(path))
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "is no ordinary file, and is not replaced", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
