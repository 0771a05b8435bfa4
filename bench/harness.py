"""What the benchmarks share: taking turns, medians, Markdown tables, and the machine's name."""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tuner.machine import describe_machine, package_versions, python_version


@dataclass(frozen=True, slots=True)
class Speed:
    """How long so many trials took."""

    trials: int
    seconds: float
    cpu_seconds: float | None = None
    """Processor time of all processes that took part; None where it was not taken."""

    @property
    def rate(self) -> float:
        """Trials per second."""
        return self.trials / self.seconds

    @property
    def cpu_microseconds(self) -> float | None:
        """Processor time of one trial."""
        return None if self.cpu_seconds is None else self.cpu_seconds / self.trials * 1e6


Contestant = Callable[[], Mapping[str, Speed]]
"""Runs once, and returns what it measured, by the name of what was measured."""


def alternate(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[Speed]]:
    """Let the contestants take turns, every second round in the other order; returns all speeds by name."""
    found: dict[str, list[Speed]] = {}
    for number in range(rounds):
        for contestant in contestants if number % 2 == 0 else reversed(contestants):
            for name, speed in contestant().items():
                found.setdefault(name, []).append(speed)
    return found


def median_rate(speeds: Iterable[Speed]) -> float:
    """The median of the speeds, in trials per second."""
    return median(speed.rate for speed in speeds)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table; all columns but the first are numbers."""
    print(f"| {' | '.join(heads)} |")
    print(f"|---{'|---:' * (len(heads) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def print_machine() -> None:
    """Print which machine and versions the figures hold for."""
    machine = describe_machine()
    versions = package_versions()
    shown = ", ".join(f"{name} {versions[name]}" for name in ("numpy", "pyarrow", "optuna", "ray") if name in versions)
    print(f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}; ", end="")
    print(f"Python {python_version()}, {shown}; load average {os.getloadavg()[0]:.1f} at the start\n", flush=True)
