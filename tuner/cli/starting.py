"""`tuner new`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_paths import place

if TYPE_CHECKING:
    from ..registry import Kind


class Started(StrEnum):
    """What can be started from a template."""

    STRATEGY = "strategy"
    TASK = "task"
    MODIFIER = "modifier"


def new(
    kind: Annotated[Started, typer.Argument(metavar="KIND", help="What to write.")],
    file: Annotated[
        Path,
        typer.Argument(callback=place, metavar="FILE", help="The Python file to make; its class is named after it."),
    ],
) -> None:
    """Write a working, documented strategy, task or modifier to start from."""
    from ..templates import write_starter

    kinds: dict[Started, Kind] = {
        Started.STRATEGY: "strategy",
        Started.TASK: "task",
        Started.MODIFIER: "modifier",
    }
    reference = f"{file}:{write_starter(kinds[kind], file)}"
    typer.echo(f"wrote {file}; it works as it is. Next:")
    typer.echo(f"  tuner check {reference}")
    if kind is Started.STRATEGY:
        typer.echo(f"  tuner run quick --strategy {reference}")
    else:
        typer.echo(f"  tuner show {reference}")
