"""`tuner doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .exit_codes import ExitCode
from .run_paths import RUNS

_MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}


def doctor(
    ray: Annotated[bool, typer.Option("--ray", help="Also start Ray, which takes some seconds.")] = False,
    root: Annotated[Path, typer.Option(metavar="DIR", help="Where runs are to lie.")] = RUNS,
) -> None:
    """Check this machine and installation: what works, what is missing, and what to do about it."""
    from ..health import examine
    from .console import open_console, print_findings, say_count

    console = open_console()
    statuses = []
    for finding in examine(root, starts_ray=ray):
        print_findings(console, [(_MARKS[finding.status], finding.subject, finding.message)])
        statuses.append(finding.status)
    problems, warnings = statuses.count("problem"), statuses.count("warning")
    console.print(f"\n{len(statuses)} looked at: {say_count(problems, 'problem')}, {say_count(warnings, 'warning')}")
    raise typer.Exit(ExitCode.FOUND if problems else ExitCode.OK)
