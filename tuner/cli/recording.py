"""`tuner record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .run_paths import place


def record(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a run, or its name under runs/.")],
    task: Annotated[str | None, typer.Option(metavar="LABEL", help="This task only; default: each a table.")] = None,
    out: Annotated[
        Path | None, typer.Option(callback=place, metavar="FOLDER", help="Where to write; default: RUN/tables.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace tables of the same name.")] = False,
) -> None:
    """Make tables of what a run has evaluated: tasks that cost microseconds."""
    from ..errors import InvalidOption
    from ..run_folder import RunFolder
    from ..table_of_run import write_tables
    from .run_paths import find_run

    folder = RunFolder(find_run(run))
    written = write_tables(folder.path, out or folder.tables, task, overwrite=overwrite)
    if not written:
        raise InvalidOption(f"{folder.path} has no trials to make a table of")
    for path in written:
        typer.echo(str(path))
