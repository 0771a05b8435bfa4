"""The same trials in optuna-dashboard: how long its first page and its table of trials take, beside ours."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx2

from tuner.exports import export_run

from .load_service import Listening, free_port, program, started, wait_until_open


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one thing took, each time it was asked for."""

    first: float
    """Seconds the first time, before anything was kept in memory."""
    later: tuple[float, ...]
    size: int
    """Bytes of the answers."""

    @property
    def median(self) -> float:
        """Seconds, once it is warm."""
        return median(self.later)


def wait_for(client: httpx2.Client, addresses: Sequence[str], rounds: int) -> Wait:
    """Ask for all of these, one after the other, again and again; raises for any answer but 200."""
    times, size = [], 0
    for _ in range(rounds + 1):
        begin = time.perf_counter()
        size = sum(len(client.get(address).raise_for_status().content) for address in addresses)
        times.append(time.perf_counter() - begin)
    return Wait(times[0], tuple(times[1:]), size)


@contextmanager
def dashboard(run: Path, folder: Path, storage: str) -> Iterator[Listening]:
    """optuna-dashboard on a run that is exported to a storage: `journal`, or `db` for SQLite."""
    path = folder / f"optuna.{storage}"
    export_run(run, "optuna", path)
    port, log = free_port(), folder / "dashboard.log"
    place = f"sqlite:///{path}" if storage == "db" else str(path)
    with started([program("optuna-dashboard"), place, "--port", str(port), "--quiet"], log) as process:
        found = Listening(f"http://127.0.0.1:{port}", process.pid, {})
        wait_until_open(found.url, process, log)
        yield found


def first_page() -> list[str]:
    """The page, and what its script asks for before it shows a study."""
    return ["/dashboard", "/api/meta", "/api/studies"]


def trial_table(client: httpx2.Client) -> list[str]:
    """The page of one study's trials, and what its script asks for before it shows them: all trials of the study."""
    studies = client.get("/api/studies").raise_for_status().json()["study_summaries"]
    number = studies[0]["study_id"]
    return [f"/dashboard/studies/{number}/trialTable", "/api/meta", f"/api/studies/{number}"]
