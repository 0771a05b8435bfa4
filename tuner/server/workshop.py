"""Where plug-ins are loaded for the service: in processes beside the server, asked in lines of JSON."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from results import errors as results_errors

from .. import errors as tuner_errors
from ..errors import TunerError
from .workshop_process import Died, TookTooLong, WorkshopProcess

SECONDS: Final = 120.0
"""How long a catalogue or a plan may take."""
REPORT_SECONDS: Final = 600.0
"""How long a report may take."""
MOST_PLANS: Final = 8
"""Plans that are worked on or wait; each holds a thread of the server, of which there are 40."""
MOST_REPORTS: Final = 4
"""Reports and comparisons, likewise."""


class WorkshopFailed(TunerError):
    """What was asked for took too long, or the process that worked on it died."""


class WorkshopBusy(WorkshopFailed):
    """More wait for an answer than may."""


class Workshop:
    """Two processes, started when they are first needed: one for plans, one for reports.

    Each answers one question at a time, a few wait, and others raise `WorkshopBusy`; a process that dies or takes too
    long is replaced for the next question. Questions raise what the answering code raised, if it is an error of this
    project's, and `WorkshopFailed` otherwise.
    """

    def __init__(self, seconds: float = SECONDS, report_seconds: float = REPORT_SECONDS) -> None:
        self._planning = _Bench(seconds, MOST_PLANS)
        self._reporting = _Bench(report_seconds, MOST_REPORTS)

    def catalogue(self) -> dict[str, Any]:
        """What is installed, as `CatalogueContent` has it, but for `installed`; never too many wait for this."""
        return self.ask("catalogue")

    def plan(self, suite_toml: str, runs: Path) -> dict[str, Any]:
        """What a suite comes to: suite (TOML), studies, skipped (task, strategy, reason, studies), tasks.

        A transfer's run is the name of a folder in `runs`. Raises what planning raises.
        """
        return self.ask("plan", suite=suite_toml, runs=str(runs))

    def report(
        self, folders: Sequence[Path], file_format: str, out: Path, tasks: Sequence[str], strategies: Sequence[str]
    ) -> None:
        """Write the report of these runs to a file: `html` or `json`. Raises what reading and building raise."""
        paths = [str(folder) for folder in folders]
        self.ask(
            "report", folders=paths, format=file_format, out=str(out), tasks=list(tasks), strategies=list(strategies)
        )

    def comparison(self, folders: Sequence[Path], a: str, b: str, out: Path, *, planned: bool) -> None:
        """Write the comparison of two strategies as JSON, likewise."""
        paths = [str(folder) for folder in folders]
        self.ask("comparison", folders=paths, a=a, b=b, planned=planned, out=str(out))

    def ask(self, question: str, **arguments: Any) -> dict[str, Any]:
        """The answer to any question that `workshop_answers` knows."""
        bench = self._reporting if question in {"report", "comparison"} else self._planning
        return raise_if_error(bench.ask(question, arguments))

    def renew(self) -> None:
        """Let the next plan be made by a new process, which sees what is installed by then."""
        self._planning.close()

    def close(self) -> None:
        """End the processes; questions that wait for them fail."""
        for bench in (self._planning, self._reporting):
            bench.is_closed = True
            bench.close()


class _Bench:
    """One process and who may ask it."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._places = threading.Semaphore(most)
        self._asking = threading.Lock()
        self._process: WorkshopProcess | None = None
        self.is_closed = False

    def ask(self, question: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with nullcontext() if question == "catalogue" else self._place(question), self._turn(question):
            if self.is_closed:
                raise WorkshopFailed("the service is being stopped")
            if self._process is None or not self._process.is_alive:
                self._process = WorkshopProcess()
            try:
                return self._process.ask({"question": question, "arguments": arguments}, self._seconds)
            except TookTooLong:
                raise WorkshopFailed(f"the {question} took longer than {self._seconds:g} s, and was given up") from None
            except Died as death:
                raise WorkshopFailed(f"the process that worked on the {question} died: {death}") from None

    @contextmanager
    def _place(self, question: str) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise WorkshopBusy(
                f"{self._most} others wait already, the most that may: ask for the {question} again later"
            )
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def _turn(self, question: str) -> Iterator[None]:
        """Nobody waits longer for their turn than an answer may take."""
        if not self._asking.acquire(timeout=self._seconds):
            raise WorkshopBusy(f"others were worked on for {self._seconds:g} s: ask for the {question} again later")
        try:
            yield
        finally:
            self._asking.release()

    def close(self) -> None:
        process = self._process
        if process is not None:
            process.end()


def raise_if_error(answer: dict[str, Any]) -> dict[str, Any]:
    """What was answered; raises the error that was answered in its place."""
    if "error" in answer:
        raise _error_of(answer["error"], answer["message"])
    told: dict[str, Any] = answer["answer"]
    return told


def _error_of(name: str, message: str) -> Exception:
    """The error that the answering code raised; of others that a plug-in may raise their text."""
    found = getattr(tuner_errors, name, None) or getattr(results_errors, name, None)
    if isinstance(found, type) and issubclass(found, TunerError | results_errors.ResultsError):
        made: Exception = found(message)
        return made
    return WorkshopFailed(message)


if __name__ == "__main__":
    from .workshop_answers import answer_all

    answer_all()
