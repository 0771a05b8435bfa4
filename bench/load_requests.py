"""Mixed reads of a service on a fixed schedule, whether it keeps up or not, and how long each took."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

import numpy as np

from .load_connections import Connections, Got

Address: TypeAlias = Callable[[np.random.Generator], str]
"""Draws a path with its query."""
_SORTS: Final = ("trial", "task", "strategy", "seed", "status", "value", "work", "seconds", "started", "finished")
_PATIENCE_SECONDS: Final = 1.0
_STATIC: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Reply:
    """One request of the schedule."""

    kind: str
    seconds: float
    """From the instant at which it was due to the last byte of the answer."""
    late_seconds: float
    """How long after it was due it was sent: what the sender itself had to wait for the processor."""
    error: str
    """Empty for an answer of 200."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What there is to read of a run."""

    run: str
    tasks: tuple[str, ...]
    strategies: tuple[str, ...]
    studies: int
    trials: int
    """Of each study."""


def addresses_of(stored: Stored, under_way: str, statics: Sequence[str]) -> Mapping[str, Address]:
    """The kinds of requests: of a sealed run, of one that is being made, and of neither."""
    api, runs = "/api/v1", (stored.run, under_way)

    def one_trial(rng: np.random.Generator) -> str:
        return f"{stored.run}/trials/{rng.integers(stored.studies)}/{rng.integers(stored.trials)}"

    return {
        "list of runs": lambda _: f"{api}/runs",
        "run": lambda rng: f"{api}/runs/{rng.choice(runs)}",
        "progress": lambda rng: f"{api}/runs/{rng.choice(runs)}/progress",
        "trials, sealed": lambda rng: f"{api}/runs/{stored.run}/trials?{_query(stored, rng)}&limit=50",
        "trials, under way": lambda rng: f"{api}/runs/{under_way}/trials?sort=value&offset={50 * rng.integers(4)}",
        "one trial": lambda rng: f"{api}/runs/{one_trial(rng)}",
        "curves": lambda rng: f"{api}/runs/{stored.run}/curves?task={rng.choice(stored.tasks)}",
        "strategies": lambda _: f"{api}/strategies",
        "page: runs": lambda _: "/",
        "page: run": lambda rng: f"/runs/{rng.choice(runs)}",
        "page: trials": lambda rng: f"/runs/{stored.run}/trials?{_query(stored, rng)}",
        "page: one trial": lambda rng: f"/runs/{one_trial(rng)}",
        "static file": lambda rng: str(rng.choice(statics)),
    }


def statics_of(page: str) -> list[str]:
    """The static files that a page names."""
    return sorted(set(_STATIC.findall(page)))


def _query(stored: Stored, rng: np.random.Generator) -> str:
    parts = [f"sort={rng.choice(_SORTS)}", *(["descending=1"] if rng.random() < 0.5 else [])]
    if rng.random() < 0.5:
        parts.append(f"task={rng.choice(stored.tasks)}")
    if rng.random() < 0.5:
        parts.append(f"strategy={rng.choice(stored.strategies)}")
    if rng.random() < 0.2:
        parts.append("status=failed")
    if rng.random() < 0.1:
        parts.append(f"text=0.{rng.integers(100, 1000)}")
    return "&".join([*parts, f"offset={50 * rng.integers(10)}"])


def send_on_schedule(
    connections: Connections, addresses: Mapping[str, Address], per_second: float, seconds: float, seed: int = 0
) -> list[Reply]:
    """So many requests a second, kinds drawn evenly; the schedule does not wait for answers. Returns all replies."""
    rng = np.random.default_rng(seed)
    kinds = [str(kind) for kind in rng.choice(list(addresses), size=round(per_second * seconds))]
    asked = [addresses[kind](rng) for kind in kinds]
    begin, number, replies = time.perf_counter(), 0, list[Reply]()
    while len(replies) < len(asked):
        now = time.perf_counter()
        while number < len(asked) and begin + number / per_second <= now:
            connections.ask(number, asked[number])
            number += 1
        rest = begin + number / per_second - time.perf_counter() if number < len(asked) else _PATIENCE_SECONDS
        for got in connections.wait(max(0.0, rest)):
            replies.append(_reply(kinds[got.number], got, begin + got.number / per_second))
    return replies


def _reply(kind: str, got: Got, due: float) -> Reply:
    wrong = got.error or ("" if got.status == HTTPStatus.OK else str(got.status))
    return Reply(kind, time.perf_counter() - due, got.sent - due, f"{wrong} for {kind}" if wrong else "")


@dataclass(frozen=True, slots=True)
class Latency:
    """Of some replies, in milliseconds."""

    requests: int
    errors: int
    p50: float
    p90: float
    p99: float
    longest: float


def latency_of(replies: Sequence[Reply]) -> Latency:
    """How long they took, errors included."""
    times = np.array([reply.seconds for reply in replies]) * 1e3
    p50, p90, p99 = (float(value) for value in np.quantile(times, (0.5, 0.9, 0.99)))
    return Latency(len(replies), sum(bool(reply.error) for reply in replies), p50, p90, p99, float(times.max()))


def errors_of(replies: Sequence[Reply]) -> list[str]:
    """What went wrong, the most frequent first."""
    counted = Counter(reply.error for reply in replies if reply.error)
    return [f"{count} × {error}" for error, count in counted.most_common()]
