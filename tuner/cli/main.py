"""The command `tuner`: assembles the commands."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from .border import CommandBorder
from .checking import check
from .comparing import compare
from .examining import doctor
from .explaining import explain
from .exporting import export
from .importing import import_table
from .listing import list_known
from .recording import record
from .reporting import report
from .runner_command import run_for_service
from .running import resume, run
from .serving import serve
from .showing import show
from .starting import new
from .verifying import verify

_EPILOG = (
    "Exit codes: 0 done; 1 a check found something, or a strategy of the run broke its contract; "
    "2 bad input; 70 a bug; 130 interrupted."
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"tuner-bench {version('tuner-bench')}")
        raise typer.Exit


app = typer.Typer(
    name="tuner",
    cls=CommandBorder,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help answers three times as fast
    pretty_exceptions_enable=False,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Which hyperparameter search strategy should I use, and is the difference real?"""
    del version, debug  # one has been answered, the other is read by the border


app.command("run", short_help="Run a suite and compare its strategies.")(run)
app.command("resume", short_help="Go on with a run that was stopped or killed.")(resume)
app.command("serve", short_help="Serve runs to a browser and to programs.")(serve)
app.command("runner", short_help="Make runs for a service on another machine.")(run_for_service)
app.command("report", short_help="Write the report of a run, or of several together.")(report)
app.command("compare", short_help="Compare two strategies of a run.")(compare)
app.command("list", short_help="List strategies, tasks, suites or runs.")(list_known)
app.command("show", short_help="Show what a strategy, task, suite or run is.")(show)
app.command("record", short_help="Make tables of what a run has evaluated.")(record)
app.command("export", short_help="Write a stored run for another tool.")(export)
app.command("import", short_help="Make a run of other people's results.")(import_table)
app.command("explain", short_help="Show what the best configurations teach.")(explain)
app.command("check", short_help="Check your strategy or task against the laws.")(check)
app.command("new", short_help="Write a strategy or task to start from.")(new)
app.command("verify", short_help="Check that a stored run is whole and consistent.")(verify)
app.command("doctor", short_help="Check this machine and installation.")(doctor)


def main() -> None:
    """Run the command line; what standard output cannot encode is escaped."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    app(prog_name="tuner")
