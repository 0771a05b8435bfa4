"""The border at which every error of a command becomes one line and an exit code."""

from __future__ import annotations

import errno
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from .exit_codes import ExitCode
from .usage import UsageMistake, describe_mistake

_CONTROL_FLOW = (typer.Exit, typer.Abort)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says where standard output is a file that can take no more."""


class CommandBorder(TyperGroup):
    """The group of all commands; catches what a command, or the parser of its arguments, raises."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # as below
        """Take the options that stand before the command; no arguments at all show the help."""
        is_asked = bool(args)  # the parser takes them out of the list
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if is_asked and isinstance(error, UsageMistake):
                raise _refused(error, ctx) from None
            raise

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # typer's own context, as it is called
        """Run the command; whatever it raises is told on stderr in one line."""
        try:
            return super().invoke(ctx)
        except _CONTROL_FLOW:
            raise
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except Exception as error:
            if isinstance(error, UsageMistake):
                raise _refused(error, ctx) from None
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # typer ends quietly where the reader of our output has gone away
            is_traced = bool(ctx.params.get("debug"))
            if is_traced:
                typer.echo(traceback.format_exc(), err=True)
            line, code = describe_error(error)
            hint = " (run with --debug for the traceback)" if code is ExitCode.BUG and not is_traced else ""
            typer.echo(line + hint, err=True)
            raise typer.Exit(code) from None


def describe_error(error: Exception) -> tuple[str, ExitCode]:
    """The line to show for an error, and the exit code."""
    from results.errors import ResultsError

    from ..errors import TunerError

    text = " ".join(str(error).split())
    if isinstance(error, TunerError | ResultsError):
        return f"error: {text}", ExitCode.BAD_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        return f"error: {error.filename}: {error.strerror}", ExitCode.BAD_INPUT
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"error: cannot write: {error.strerror}", ExitCode.BAD_INPUT
    return f"error: unexpected {type(error).__name__}: {text}", ExitCode.BUG


def _refused(mistake: UsageMistake, ctx: typer.Context) -> typer.Exit:
    """Tell wrong arguments in one line; the command is known as soon as it is found."""
    command = f"{ctx.command_path} {ctx.invoked_subcommand or ''}".rstrip()
    typer.echo(describe_mistake(mistake, command), err=True)
    return typer.Exit(ExitCode.BAD_INPUT)
