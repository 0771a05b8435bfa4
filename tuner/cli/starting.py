"""`tuner new`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer


class Started(StrEnum):
    """What can be started from a template."""

    STRATEGY = "strategy"
    TASK = "task"


def new(
    kind: Annotated[Started, typer.Argument(metavar="KIND", help="What to write.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The Python file to make; its class is named after it.")],
) -> None:
    """Write a working, documented strategy or task to start from."""
    from ..templates import write_starter

    which: Literal["strategy", "task"] = "strategy" if kind is Started.STRATEGY else "task"
    reference = f"{file}:{write_starter(which, file)}"
    typer.echo(f"wrote {file}; it works as it is. Next:")
    typer.echo(f"  tuner check {reference}")
    if kind is Started.STRATEGY:
        typer.echo(f"  tuner run quick --strategy {reference}")
    else:
        typer.echo(f"  tuner show {reference}")
