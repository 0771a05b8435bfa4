"""`tuner export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .run_paths import place


class Target(StrEnum):
    """What a run can be exported to."""

    OPTUNA = "optuna"
    MLFLOW = "mlflow"
    IOHPROFILER = "iohprofiler"


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a run, or its name under runs/.")],
    to: Annotated[Target, typer.Option(help="The tool that is to read it.")],
    out: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            callback=place,
            help="Where to write: for optuna a .db or .journal file, for mlflow a .db file, for iohprofiler a folder.",
        ),
    ],
) -> None:
    """Write a stored run for another tool."""
    from ..exports import export_run
    from .run_paths import find_run

    written = export_run(find_run(run), to.value, out)
    for line in written.left_out:
        typer.echo(f"left out: {line}", err=True)
    typer.echo(f"wrote {written.path}: {written.studies} studies, {written.trials} trials. Next:")
    typer.echo(f"  {written.opened_with}")
