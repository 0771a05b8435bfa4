"""A run of a service: watched, steered, and read."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from ..server.run_views import RunDetail, RunProgress, RunSummary
from .connection import Connection

if TYPE_CHECKING:
    import pandas as pd

API: Final = "/api/v1"
OVER: Final = frozenset({"finished", "failed", "cancelled"})
"""The states from which a run goes on only if somebody resumes it, apart from pauses."""
_SUMMARY = TypeAdapter(RunSummary)
_PROGRESS = TypeAdapter(RunProgress)
_DETAIL = TypeAdapter(RunDetail)


class RemoteRun:
    """One run. `summary` is as of the last `refresh`; every method may raise `ServiceError`."""

    def __init__(self, connection: Connection, summary: RunSummary) -> None:
        self._connection = connection
        self.summary = summary

    def __repr__(self) -> str:
        return f"RemoteRun({self.name!r}, {self.state}, {self.summary.trials} trials)"

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.summary.name

    @property
    def state(self) -> str:
        """Where it stands, as of the last refresh."""
        return self.summary.state

    @property
    def is_over(self) -> bool:
        """Whether it was finished, failed or cancelled, as of the last refresh."""
        return self.state in OVER

    @property
    def url(self) -> str:
        """The page of the run, for a browser."""
        return f"{self._connection.url}/runs/{self.name}"

    def refresh(self) -> RunSummary:
        """How it stands now."""
        self.summary = self.progress().summary
        return self.summary

    def progress(self) -> RunProgress:
        """How far it is, by task and strategy."""
        return _PROGRESS.validate_python(self._connection.get(f"{self._path}/progress"))

    def detail(self) -> RunDetail:
        """All that is known of it, but for its trials."""
        return _DETAIL.validate_python(self._connection.get(self._path))

    def wait(self, progress: Callable[[RunSummary], object] | None = None, *, poll_seconds: float = 1.0) -> RunSummary:
        """Wait until the run is over or paused; `progress` is called with each change, and prints unless given."""
        tell = progress or _print
        shown: RunSummary | None = None
        while True:
            summary = self.refresh()
            if summary != shown:
                tell(summary)
                shown = summary
            if not summary.is_under_way:
                return summary
            time.sleep(poll_seconds)

    def pause(self) -> RunSummary:
        """Stop once what is in flight is stored."""
        return self._steer("pause")

    def resume(self) -> RunSummary:
        """Go on."""
        return self._steer("resume")

    def cancel(self) -> RunSummary:
        """End it; what is stored stays."""
        return self._steer("cancel")

    def delete(self) -> None:
        """Move it to the service's bin; it has to be over."""
        self._connection.request("DELETE", self._path, is_repeatable=False)

    def trials(self) -> pd.DataFrame:
        """All trials, a row each, with all columns; the run has to have stopped."""
        import pandas as pd

        answer = self._connection.request("GET", f"{self._path}/trials.parquet")
        return pd.read_parquet(io.BytesIO(answer.content))

    def report(self, path: str | Path) -> Path:
        """Write the report, a page that needs nothing else, to a file."""
        answer = self._connection.request("GET", f"{self._path}/report.html")
        written = Path(path)
        written.write_bytes(answer.content)
        return written

    def compare(self, a: str, b: str, *, planned: bool = False) -> dict[str, Any]:
        """Two strategies, by their labels, as a report of one section; `planned`: only this pair was to be compared."""
        told = self._connection.get(f"{API}/comparison", run=self.name, a=a, b=b, planned=str(planned).lower())
        compared: dict[str, Any] = told
        return compared

    @property
    def _path(self) -> str:
        return f"{API}/runs/{self.name}"

    def _steer(self, wish: str) -> RunSummary:
        answer = self._connection.request("POST", f"{self._path}/{wish}", is_repeatable=False)
        self.summary = _SUMMARY.validate_python(answer.json())
        return self.summary


def summary_of(told: object) -> RunSummary:
    """The summary in an answer."""
    return _SUMMARY.validate_python(told)


def _print(summary: RunSummary) -> None:
    expected = "" if summary.expected is None else f" of {summary.expected}"
    failures = f", {summary.failures} failed" if summary.failures else ""
    message = f": {summary.message}" if summary.message else ""
    sys.stderr.write(f"{summary.name} {summary.state}: {summary.trials}{expected} trials{failures}{message}\n")
