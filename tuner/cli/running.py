"""`tuner run` and `tuner resume`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exit_codes import ExitCode
from .run_paths import place

if TYPE_CHECKING:
    from results.store import Store

    from ..events import Watcher
    from ..session import Where

_Workers = Annotated[int | None, typer.Option(min=1, metavar="N", help="Worker processes; default: one for each core.")]
_RayAddress = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Ray cluster to join; default: a private one.")
]
_InProcess = Annotated[bool, typer.Option("--in-process", help="Evaluate in this process, without Ray.")]
_NoReport = Annotated[bool, typer.Option("--no-report", help="Do not write report.html.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but where the results are.")]


def run(
    suite: Annotated[
        str, typer.Argument(metavar="SUITE", help="A shipped suite's name (see `tuner list suites`) or a TOML file.")
    ],
    out: Annotated[
        Path | None, typer.Option(callback=place, metavar="DIR", help="Folder to make; default: runs/SUITE, numbered.")
    ] = None,
    workers: _Workers = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="REF", help="One more strategy: a name, FILE.py:Class or module:Class. Repeatable."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of seeds, in place of the suite's.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Trials of each study, in place of the suite's.")
    ] = None,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Add seeds in rounds until each pair of strategies is decided.")
    ] = False,
    pair: Annotated[
        list[str] | None,
        typer.Option(metavar="A:B", help="With --until-decided: a pair to decide; default: all. Repeatable."),
    ] = None,
    max_seeds: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="With --until-decided: the most seeds; default: 4 times the first ones."),
    ] = None,
    ray_address: _RayAddress = None,
    in_process: _InProcess = False,
    no_report: _NoReport = False,
    quiet: _Quiet = False,
) -> None:
    """Run a suite and compare its strategies. Ctrl-C stops it; `tuner resume` goes on."""
    from ..session import run_suite
    from .suite_changes import prepare_suite

    where = where_to_evaluate(workers, ray_address, in_process=in_process)
    deciding = _deciding(pair or [], max_seeds, is_wanted=until_decided)
    prepared = prepare_suite(suite, strategy or (), seeds, trials, deciding)
    _drive(lambda watch: run_suite(prepared, out=out, where=where, watch=watch), no_report=no_report, quiet=quiet)


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's folder, or its name under runs/.")],
    workers: _Workers = None,
    ray_address: _RayAddress = None,
    in_process: _InProcess = False,
    accept_changes: Annotated[
        bool, typer.Option("--accept-changes", help="Go on although packages have other versions now.")
    ] = False,
    no_report: _NoReport = False,
    quiet: _Quiet = False,
) -> None:
    """Go on with a run that was stopped or killed."""
    from ..session import resume_run
    from .run_paths import find_run

    folder, where = find_run(run), where_to_evaluate(workers, ray_address, in_process=in_process)
    _drive(
        lambda watch: resume_run(folder, where=where, watch=watch, accept_changes=accept_changes),
        no_report=no_report,
        quiet=quiet,
    )


def _deciding(pairs: list[str], max_seeds: int | None, *, is_wanted: bool) -> dict[str, object] | None:
    """What the suite is to say of deciding; None where nothing was asked of it."""
    given = {"--pair": pairs or None, "--max-seeds": max_seeds}
    if not is_wanted:
        if other := next((name for name, value in given.items() if value is not None), None):
            raise typer.BadParameter(f"{other} belongs to --until-decided")
        return None
    wrong = next((pair for pair in pairs if pair.count(":") != 1), None)
    if wrong is not None:
        raise typer.BadParameter(f"--pair takes two labels of strategies, as in tpe:random, not {wrong!r}")
    named: dict[str, object] = {"pairs": [tuple(pair.split(":")) for pair in pairs]} if pairs else {}
    return named if max_seeds is None else {**named, "max_seeds": max_seeds}


def where_to_evaluate(workers: int | None, ray_address: str | None, *, in_process: bool) -> Where:
    """Where to evaluate; --in-process goes with none of Ray's options."""
    from ..session import Where

    given = {"--workers": workers, "--ray-address": ray_address}
    if in_process and (other := next((name for name, value in given.items() if value is not None), None)):
        raise typer.BadParameter(f"--in-process does without Ray: leave it out, or {other}")
    return Where(workers, ray_address, in_process)


def _drive(execute: Callable[[Watcher], Store], *, no_report: bool, quiet: bool) -> None:
    """Run, show how far it is, and say what came out."""
    import time

    from ..errors import ClusterUnavailable
    from .console import open_error_console
    from .progress import show_progress
    from .tally import RunTally

    tally = RunTally(time.monotonic)
    console = open_error_console()
    try:
        with show_progress(console, tally, is_quiet=quiet) as watch:
            store = execute(watch)
    except (KeyboardInterrupt, ClusterUnavailable):
        _say_how_to_resume(tally.folder)
        raise
    if any(info.state != "finished" for info in store.runs):
        _say_how_to_resume(tally.folder)
        raise typer.Exit(ExitCode.INTERRUPTED)
    _tell_outcome(store, no_report=no_report, quiet=quiet)


def _say_how_to_resume(folder: Path | None) -> None:
    if folder is not None:
        typer.echo(f"stopped; what was finished is stored. Go on with: tuner resume {folder}", err=True)


def refuse_if_nothing_ran(store: Store) -> None:
    """Raise where every study was skipped: there is nothing to compare."""
    from ..errors import NothingToRun

    if not store.studies["status"].eq("skipped").all():
        return
    told = store.studies[["task", "strategy", "message"]].iloc[0]
    reasons = store.studies["message"].nunique()
    more = f" (and {reasons - 1} more reasons)" if reasons > 1 else ""
    raise NothingToRun(
        f"all {len(store.studies)} studies are skipped: {told['strategy']} on {told['task']}: {told['message']}{more}"
    )


def _tell_outcome(store: Store, *, no_report: bool, quiet: bool) -> None:
    from .reporting import print_standing, write_page

    folder = store.paths[0]
    refuse_if_nothing_ran(store)
    for name in ("trials.parquet", "studies.parquet"):
        typer.echo(folder / name)
    if not quiet:
        print_standing(store)
    if not no_report:
        typer.echo(write_page(store, folder / "report.html"))
    failed = store.studies[store.studies["status"] == "failed"]
    for strategy, message in failed[["strategy", "message"]].drop_duplicates().itertuples(index=False):
        typer.echo(f"a study of strategy {strategy} failed: {message}", err=True)
    if len(failed):
        raise typer.Exit(ExitCode.FOUND)
