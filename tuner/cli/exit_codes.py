"""What the exit code of a command means."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `tuner`."""

    OK = 0
    """Done. Failed trials are results, so a run that has some ends like this too."""
    FOUND = 1
    """`check`, `verify` or `doctor` found something, or a strategy of a run broke its contract."""
    BAD_INPUT = 2
    """An argument, a file or the machine does not allow what was asked; nothing was run."""
    BUG = 70
    """An error that tuner did not foresee."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C or SIGTERM; what was finished is stored."""
