"""The border at which every error of a command becomes one line and an exit code."""

from __future__ import annotations

import errno
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from .exit_codes import ExitCode

_CONTROL_FLOW = (typer.Exit, typer.Abort)


class CommandBorder(TyperGroup):
    """The group of all commands; catches what a command raises."""

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
            if _belongs_to_typer(error):
                raise
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
    return f"error: unexpected {type(error).__name__}: {text}", ExitCode.BUG


def _belongs_to_typer(error: Exception) -> bool:
    """Whether typer handles the error itself: a usage error, or a reader of our output that has gone away."""
    is_usage = type(error).__module__.partition(".")[0] in {"click", "typer"}
    return is_usage or (isinstance(error, OSError) and error.errno == errno.EPIPE)
