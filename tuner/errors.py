"""The errors that a user of tuner can meet, named after the situation."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST_LINE = 500


class TunerError(Exception):
    """Every error that tuner raises on purpose; its text is one line for the user."""


class InvalidSpace(TunerError):
    """A search space that cannot exist: low above high, an unknown parent, a cycle of conditions."""


class InvalidConfiguration(TunerError):
    """A configuration that does not belong to its search space."""


class InvalidProblem(TunerError):
    """A problem, objective, fidelity or budget that cannot exist."""


class UnsupportedProblem(TunerError):
    """A strategy that cannot work on this problem; the text says which feature is missing."""


class InvalidOption(TunerError):
    """A strategy or task option that is unknown or has a value outside what is allowed."""


class UnknownPlugin(TunerError):
    """A strategy, task or suite name that nothing provides."""


class BrokenPlugin(TunerError):
    """A strategy or task that exists but cannot be loaded; the text holds its own error."""


class MissingExtra(TunerError):
    """A task or strategy whose packages are not installed; the text holds the command that installs them."""


class InvalidSuite(TunerError):
    """A suite file that cannot be read or run."""


class StrategyMisbehaved(TunerError):
    """A strategy that broke its contract: raised, proposed something impossible, or was not deterministic."""


class NothingToRun(TunerError):
    """A suite of which every study is skipped."""


class RunExists(TunerError):
    """A run folder that is there already where a new one was to be made."""


class TableExists(TunerError):
    """A recorded table that is there already where a new one was to be written."""


class RunLocked(TunerError):
    """A run folder that another process is writing to."""


class RunChanged(TunerError):
    """A run that cannot be resumed, since what it was made with is no longer the same."""


class UnwrittenTables(TunerError):
    """A finished run whose tables of what was evaluated cannot be written; resuming it writes them."""


class ClusterUnavailable(TunerError):
    """Ray workers that could not be started or reached."""


def describe(error: BaseException) -> str:
    """An error of somebody else's code: its type and text, as one line."""
    name = type(error).__name__
    try:
        text = one_line(str(error))
    except BaseException:  # noqa: BLE001  even its text may raise, and anything at that
        text = "its text cannot be read"
    return one_line(f"{name}: {text}" if text else name)


def one_line(text: str) -> str:
    """The text on one line of at most 500 characters, with nothing in it that UTF-8 cannot hold."""
    line = " ".join(text.split()).encode(errors="backslashreplace").decode()
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def suggest(wrong: str, known: Iterable[str]) -> str:
    """The tail of an error message: the nearest known name in whatever case, if there is one, and all known names."""
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(wrong.casefold(), folded, n=1, cutoff=0.5)
    hint = f"; did you mean {folded[near[0]]!r}?" if near else ";"
    return f"{hint} known: {', '.join(names) or 'none'}"
