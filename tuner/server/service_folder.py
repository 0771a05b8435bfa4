"""Where the service keeps what is its own: beside the runs, readable by its owner only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import TunerError

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
"""What a run may be called that the service shows: the name of its folder."""


class UnknownRun(TunerError):
    """A run that the service does not have."""


@dataclass(frozen=True, slots=True)
class ServiceFolder:
    """Paths below the folder of the runs; nothing is made before `create`."""

    runs: Path
    """One folder a run, those made from the command line among them."""

    @property
    def own(self) -> Path:
        """What is the service's own; no run, and no name that a run could have."""
        return self.runs / ".service"

    @property
    def token(self) -> Path:
        """The token that allows everything, as hexadecimal text, mode 0600."""
        return self.own / "token"

    @property
    def read_token(self) -> Path:
        """The token that allows reading, likewise."""
        return self.own / "read-only-token"

    @property
    def exchange_token(self) -> Path:
        """The token with which workers reach remote strategies and tasks, likewise."""
        return self.own / "exchange-token"

    @property
    def runner_token(self) -> Path:
        """The token with which runners on other machines take jobs and bring back their runs, likewise."""
        return self.own / "runner-token"

    @property
    def database(self) -> Path:
        """Jobs, browser sessions, and what remote strategies and tasks were asked and answered (SQLite)."""
        return self.own / "service.sqlite"

    @property
    def catalogue(self) -> Path:
        """What is installed, as JSON."""
        return self.own / "catalogue.json"

    @property
    def cache(self) -> Path:
        """Reports and comparisons that were made already; may be removed at any time."""
        return self.own / "cache"

    @property
    def bin(self) -> Path:
        """Runs that were deleted."""
        return self.own / "bin"

    @property
    def runner_lock(self) -> Path:
        """Held by the runner that works here."""
        return self.own / "runner.lock"

    @property
    def runner_log(self) -> Path:
        """What the runner wrote to its standard error since the service was started."""
        return self.own / "runner.log"

    def create(self) -> None:
        """Make the folders, the service's own with mode 0700."""
        self.runs.mkdir(parents=True, exist_ok=True)
        self.own.mkdir(mode=0o700, exist_ok=True)
        self.own.chmod(0o700)
        for folder in (self.cache, self.bin):
            folder.mkdir(exist_ok=True)

    def run(self, name: str) -> Path:
        """The folder of a run; raises `UnknownRun` where the service has none of this name."""
        if not RUN_ID.fullmatch(name) or not (self.runs / name / "run.json").is_file():
            raise UnknownRun(f"no run called {name[:96]!r}")
        return self.runs / name
