"""`tuner runner`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .run_paths import RUNS, place


def run_for_service(
    service: Annotated[
        str, typer.Option(metavar="URL", help="The service: https, or http to this machine.", show_default=False)
    ],
    token_file: Annotated[
        Path, typer.Option(callback=place, metavar="FILE", help="Holds its runner-token.", show_default=False)
    ],
    runs: Annotated[
        Path, typer.Option(callback=place, metavar="DIR", help="Where runs lie while they are made; not afterwards.")
    ] = RUNS,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Worker processes of a run; default: one for each core.")
    ] = None,
    ray_address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Ray cluster to join; default: a private one.")
    ] = None,
    in_process: Annotated[bool, typer.Option("--in-process", help="Evaluate in this process, without Ray.")] = False,
) -> None:
    """Make runs for a service on another machine. Ctrl-C stops it; another runner goes on."""
    import logging

    from ..runners.distant_runner import DistantRunner
    from ..runners.scratch import Scratch
    from .running import where_to_evaluate

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx2").setLevel(logging.ERROR)
    where = where_to_evaluate(workers, ray_address, in_process=in_process)
    runner = DistantRunner(service, token_file, Scratch(runs), where)
    typer.echo(f"making runs for {service.rstrip('/')}; Ctrl-C stops once what is in flight is stored", err=True)
    runner.work()
    typer.echo("stopped", err=True)
