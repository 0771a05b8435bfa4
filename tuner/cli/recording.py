"""`tuner record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def record(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a run, or its name under runs/.")],
    task: Annotated[str | None, typer.Option(metavar="LABEL", help="This task only; default: each a table.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to write; default: RUN/tables.")] = None,
) -> None:
    """Make tables of what a run has evaluated: tasks that cost microseconds."""
    from ..errors import InvalidOption
    from ..run_folder import RunFolder
    from ..table_of_run import write_tables
    from .run_paths import find_run

    folder = RunFolder(find_run(run))
    written = write_tables(folder.path, out or folder.tables, task)
    if not written:
        raise InvalidOption(f"{folder.path} has no trials to make a table of")
    for path in written:
        typer.echo(str(path))
