"""`tuner verify`."""

from __future__ import annotations

from typing import Annotated

import typer


def verify(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's folder, or its name under runs/.")],
    replay: Annotated[
        bool, typer.Option("--replay", help="Also ask every strategy again, and compare what it proposes.")
    ] = False,
) -> None:
    """Check a stored run: nothing damaged, nothing missing, nothing that its suite does not explain."""
    from ..verification import verify_run
    from .checking import print_verdicts
    from .run_paths import find_run

    folder = find_run(run)
    raise typer.Exit(print_verdicts(verify_run(folder, is_replayed=replay), str(folder)))
