"""`tuner import`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .run_paths import place


class Goal(StrEnum):
    """What is better."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


def import_table(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", callback=place, help="A table in CSV or Parquet, one row a trial.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", callback=place, help="Folder of the run to make.")],
    goal: Annotated[Goal, typer.Option(help="Whether a lower value is better, or a higher one.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=COLUMN,...", help="What the table calls strategy, task, seed, step, value, ..."),
    ] = None,
    best_so_far: Annotated[
        bool, typer.Option("--best-so-far", help="Values are the best found by each step, not each trial's own.")
    ] = False,
) -> None:
    """Make a run of other people's results, so that a report can be made of them."""
    from results.importing import ImportRequest, import_results

    found = import_results(file, out, ImportRequest(goal.value, _columns(columns or ()), best_so_far))
    for note in found.notes:
        typer.echo(note, err=True)
    typer.echo(f"wrote {found.path}: {found.studies} studies, {found.trials} trials. Next:")
    typer.echo(f"  tuner report {found.path}")


def _columns(given: list[str] | tuple[()]) -> dict[str, str]:
    from ..errors import InvalidOption

    found: dict[str, str] = {}
    for pair in (part for text in given for part in text.split(",")):
        name, equals, column = pair.partition("=")
        if not equals or not name.strip() or not column.strip():
            raise InvalidOption(f"--columns takes NAME=COLUMN, as in strategy=method,value=loss; not {pair!r}")
        if name.strip() in found:
            raise InvalidOption(f"--columns names {name.strip()!r} twice")
        found[name.strip()] = column.strip()
    return found
