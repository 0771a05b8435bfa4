"""`tuner compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .reporting import Format, check_place, show
from .run_paths import place


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN", help="Folders of runs, or their names under runs/.")],
    a: Annotated[str, typer.Argument(metavar="A", help="Label of a strategy.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Label of the strategy to compare it with.")],
    planned: Annotated[
        bool, typer.Option("--planned", help="Only this pair was to be compared, before anyone saw a result.")
    ] = False,
    file_format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write it: terminal, md, json, html, csv or latex.")
    ] = Format.TERMINAL,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", callback=place, help="File to write; default: stdout.")
    ] = None,
) -> None:
    """Compare two strategies: who is better, by how much, how sure that is, at what cost."""
    from results.analysis.comparison import compare as compared
    from results.report import Report
    from results.sections.comparison import comparison_section
    from results.store import open_store

    from .report_parts import Asked
    from .run_paths import find_run

    Asked(file_format).check()
    if out is not None:
        check_place(out)
    store = open_store(*(find_run(run) for run in runs))
    section = comparison_section(compared(store, a, b, planned=planned))
    built = Report(", ".join(dict.fromkeys(run.suite for run in store.runs)), (section,), store.strategies, store.tasks)
    show(built, file_format, out, section=section.id)
