"""How the service stands up to load, what that costs the benchmark that runs beside it, and optuna-dashboard beside it.

Run as `python -m bench.load`, or with `--seconds 10` for a first look. It needs both cores for itself.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tuner.session import RUNS

from .harness import print_machine, print_table
from .load_dashboard import Wait, dashboard, first_page, trial_table, wait_for
from .load_requests import (
    Address,
    Latency,
    Reply,
    Stored,
    addresses_of,
    errors_of,
    latency_of,
    send_on_schedule,
    statics_of,
)
from .load_service import Listening, cancel_work, serving, stored_trials, submit_work
from .synthetic_store import NAME, Extent, write_synthetic_run

EXTENT = Extent(tasks=5, strategies=4, seeds=5, trials=1000)
MOST_P99_MILLISECONDS = 250.0
MOST_SLOWED = 0.15
LEAST_RATIO = 3.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was measured while requests came."""

    replies: list[Reply]
    before: float
    """Trials per second that the benchmark stored before the requests came; `during` and `after` likewise."""
    during: float
    after: float
    server_cpu: float
    """Share of one core."""
    sender_cpu: float
    """The same of this process, which sends the requests and takes their answers."""

    @property
    def slowed(self) -> float:
        """The share of its speed that the benchmark lost, against the mean of before and after."""
        return 1 - self.during / ((self.before + self.after) / 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all tables as Markdown; returns 1 where an aim was missed."""
    asked = _parse(arguments)
    print_machine()
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="load-", dir=RUNS) as name:
        folder = Path(name).resolve()
        runs = folder / "runs"
        run = write_synthetic_run(_made(runs / NAME), EXTENT)
        with serving(runs, folder / "server.log", asked.workers) as ours:
            is_met = print_load(load(ours, asked), asked)
            if asked.rounds:
                is_met = print_beside(ours, run, folder, asked) and is_met
    return 0 if is_met else 1


def load(ours: Listening, asked: argparse.Namespace) -> Loaded:
    """Let a benchmark run undisturbed, under load, and undisturbed again, and end it."""
    with ours.client() as client:
        statics = statics_of(client.get("/").raise_for_status().text)
        work = submit_work(client, asked.workers)
        before = _rate(client, work, asked.undisturbed)
        trials, server, sender, clock = stored_trials(client, work), ours.cpu_seconds, time.process_time(), _now()
        replies = _send(ours, addresses_of(_stored(), work, statics), asked)
        during = stored_trials(client, work) - trials
        seconds = _now() - clock
        server, sender = ours.cpu_seconds - server, time.process_time() - sender
        after = _rate(client, work, asked.undisturbed)
        cancel_work(client, work)
    return Loaded(replies, before, during / seconds, after, server / seconds, sender / seconds)


def _send(ours: Listening, addresses: Mapping[str, Address], asked: argparse.Namespace) -> list[Reply]:
    with ours.connections(asked.connections) as connections:
        return send_on_schedule(connections, addresses, asked.rate, asked.seconds)


def _rate(client: httpx2.Client, run: str, seconds: float) -> float:
    trials, clock = stored_trials(client, run), _now()
    time.sleep(seconds)
    return (stored_trials(client, run) - trials) / (_now() - clock)


def print_load(found: Loaded, asked: argparse.Namespace) -> bool:
    """Latencies by kind, and what they cost the benchmark; whether the aims were met."""
    print(f"## load\n\n{asked.rate:g} requests/s for {asked.seconds:g} s over up to {asked.connections} connections, ")
    print(f"{EXTENT.total:,} sealed trials, a benchmark on {asked.workers} workers beside; ", end="")
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    kinds = sorted({reply.kind for reply in found.replies})
    rows = [(kind, latency_of([reply for reply in found.replies if reply.kind == kind])) for kind in kinds]
    whole = latency_of(found.replies)
    heads = ("kind", "requests", "errors", "p50, ms", "p90, ms", "p99, ms", "longest, ms")
    print_table(heads, (_latency_row(kind, one) for kind, one in [("all", whole), *rows]))
    late = latency_of([Reply(reply.kind, reply.late_seconds, 0.0, "") for reply in found.replies])
    print(f"\nOf these latencies the sender's own lateness: p99 {late.p99:.0f} ms, longest {late.longest:.0f} ms.")
    for line in errors_of(found.replies):
        print(f"error: {line}")
    print(f"The benchmark stored {found.before:.1f} trials/s before, {found.during:.1f} under load, ", end="")
    print(f"{found.after:.1f} after: {found.slowed:.1%} slower under load.")
    print(f"The server used {found.server_cpu:.0%} of a core, the sender of the requests {found.sender_cpu:.0%}.\n")
    return all(
        [
            _aim("no error", whole.errors == 0, f"{whole.errors} errors"),
            _aim(f"p99 ≤ {MOST_P99_MILLISECONDS:g} ms", whole.p99 <= MOST_P99_MILLISECONDS, f"{whole.p99:.0f} ms"),
            _aim(f"slowed ≤ {MOST_SLOWED:.0%}", found.slowed <= MOST_SLOWED, f"{found.slowed:.1%}"),
        ]
    )


def _latency_row(kind: str, latency: Latency) -> list[str]:
    times = (latency.p50, latency.p90, latency.p99, latency.longest)
    return [kind, f"{latency.requests:,}", str(latency.errors), *(f"{value:.0f}" for value in times)]


def print_beside(ours: Listening, run: Path, folder: Path, asked: argparse.Namespace) -> bool:
    """Our pages beside those of optuna-dashboard, nothing else running; whether the aims were met."""
    with dashboard(run, folder, asked.storage) as theirs, theirs.client() as other, ours.client() as client:
        pairs = {
            "first page": (
                wait_for(client, [f"/runs/{NAME}"], asked.rounds),
                wait_for(other, first_page(), asked.rounds),
            ),
            f"table of trials: ours of {EXTENT.total:,}, theirs of one study": (
                wait_for(client, [f"/runs/{NAME}/trials"], asked.rounds),
                wait_for(other, trial_table(other), asked.rounds),
            ),
            f"table of trials of one study, {EXTENT.trials:,}": (
                wait_for(client, [f"/runs/{NAME}/trials?study=0"], asked.rounds),
                wait_for(other, trial_table(other), asked.rounds),
            ),
        }
    print("\n## beside optuna-dashboard\n\nIts HTML and the calls that its page waits for, its script not counted; ")
    print(f"storage {asked.storage}, median of {asked.rounds} when warm; load average {os.getloadavg()[0]:.1f}\n")
    heads = (
        "what",
        "ours, ms",
        "theirs, ms",
        "times faster",
        "ours first, ms",
        "theirs first, ms",
        "ours, kB",
        "theirs, kB",
    )
    print_table(heads, (_pair_row(what, *pair) for what, pair in pairs.items()))
    print()
    ratios = {what: theirs.median / ours.median for what, (ours, theirs) in pairs.items()}
    least = f"at least {LEAST_RATIO:g} × faster"
    verdicts = [_aim(f"{what}: {least}", one >= LEAST_RATIO, f"{one:.1f} ×") for what, one in ratios.items()]
    return all(verdicts)


def _pair_row(what: str, ours: Wait, theirs: Wait) -> list[str]:
    times = [f"{ours.median * 1e3:.1f}", f"{theirs.median * 1e3:.1f}", f"{theirs.median / ours.median:.1f}"]
    firsts = [f"{ours.first * 1e3:.0f}", f"{theirs.first * 1e3:.0f}"]
    return [what, *times, *firsts, f"{ours.size / 1e3:.0f}", f"{theirs.size / 1e3:.0f}"]


def _aim(what: str, is_met: bool, measured: str) -> bool:  # noqa: FBT001  a verdict
    print(f"aim {'met' if is_met else 'MISSED'}: {what} (measured: {measured})", flush=True)
    return is_met


def _stored() -> Stored:
    strategies = ("random", *(f"closer-{place}" for place in range(1, EXTENT.strategies)))
    tasks = tuple(f"task-{place}" for place in range(EXTENT.tasks))
    return Stored(NAME, tasks, strategies, EXTENT.total // EXTENT.trials, EXTENT.trials)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _now() -> float:
    return time.perf_counter()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="The service under load.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long requests come")
    parser.add_argument("--undisturbed", type=float, default=30.0, help="seconds before and after, without requests")
    parser.add_argument("--rate", type=float, default=100.0, help="requests per second")
    parser.add_argument("--connections", type=int, default=64, help="of the requests, at most")
    parser.add_argument("--workers", type=int, default=2, help="of the benchmark")
    parser.add_argument("--rounds", type=int, default=5, help="beside optuna-dashboard; 0 leaves that out")
    parser.add_argument("--storage", choices=("journal", "db"), default="journal", help="of optuna-dashboard")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
