"""Simulated trials per second on recorded learning curves, beside Syne Tune's simulator in the same run.

Run as `python -m bench simulation`. Both have 4 simulated workers, and the same 270 configurations, 27 epochs and
elapsed times. A trial is a configuration that is begun: with random search it goes through all its epochs, with ASHA
mostly through a few. Ours is a whole run in one process, journal and sealed tables included.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tuner.session import RUNS, Where, run_suite
from tuner.suite import Suite

from .harness import Contestant, Speed, alternate, median_rate, print_table
from .recorded_curves import Curves

OPPONENT: Final = "SYNE_TUNE_PYTHON"
"""Environment variable: the interpreter of an environment with Syne Tune, which does not fit into the project's."""
SCRIPT: Final = Path(__file__).parent / "opponents" / "syne_tune_simulator.py"
STRATEGIES: Final = ("random", "asha")
STEPS: Final = {"an epoch": 1.0, "a tenth of one": 0.1}
"""Steps of Syne Tune's clock in typical epochs. A decision comes up to a step late: its default of 5 seconds is a tenth
of an epoch where an epoch takes a minute."""
TABLES: Final = {"9 parameters, the nearest recorded": False, "2 parameters, the number of the curve": True}
"""How a curve is chosen, and whether by its number."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many trials each contestant runs, and how often."""

    tuner: int = 20_000
    opponent: int = 1_000
    """Of Syne Tune, whose rate falls as trials grow in number; ours is measured at that size, too."""
    workers: int = 4
    rounds: int = 3


def simulated_suite(table: Path, strategy: str, trials: int, workers: int) -> Suite:
    """One study on a recorded table, on a simulated clock."""
    return Suite.model_validate(
        {
            "name": "simulated",
            "seeds": 1,
            "budget": {"trials": trials},
            "clock": "simulated",
            "workers": workers,
            "exhibits": False,
            "tasks": [{"name": "table", "label": "curves", "options": {"path": str(table)}}],
            "strategies": [strategy],
        }
    )


def simulate(suite: Suite) -> Speed:
    """Run the suite on disk in this process, and throw its folder away."""
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=RUNS) as folder:
        clock, cpu = time.perf_counter(), time.process_time()
        store = run_suite(suite, out=Path(folder).resolve() / "run", where=Where(in_process=True))
        seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
        return Speed(int(store.trials["resumed_from"].isna().sum()), seconds, cpu_seconds)


def simulate_elsewhere(python: str, table: Path, strategy: str, sizes: Sizes, step: float) -> Speed:
    """The same with Syne Tune, in its own environment; its start and the reading of the table are not counted."""
    command = (python, SCRIPT, table.parent, strategy, sizes.opponent, sizes.workers, step)
    told = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own command
    found = json.loads(told.stdout.splitlines()[-1])
    return Speed(found["trials"], found["seconds"], found["cpu_seconds"])


def main(sizes: Sizes | None = None) -> None:
    """Print a table for each way to choose a curve and each strategy."""
    sizes = sizes or Sizes()
    python = os.environ.get(OPPONENT)
    print(f"{sizes.workers} simulated workers; 270 curves of 27 epochs; median of {sizes.rounds} rounds\n")
    if python is None:
        print(f"Syne Tune is left out: {OPPONENT} names no interpreter that has it; `nox -s bench` makes one.\n")
    heads = (
        "curves, strategy",
        "path",
        "trials",
        "trials/s",
        "lowest–highest",
        "processor µs a trial",
        "tuner is faster by",
    )
    print_table(heads, _rows(sizes, python))


def _rows(sizes: Sizes, python: str | None) -> Iterator[list[str]]:
    for label, by_number in TABLES.items():
        with tempfile.TemporaryDirectory() as folder:
            table = Curves(by_number).write(Path(folder))
            simulate(simulated_suite(table, "random", 50, sizes.workers))
            for strategy in STRATEGIES:
                found = alternate(_contestants(table, strategy, sizes, python), sizes.rounds)
                yield from _told(f"{label}, {strategy}", found)


def _contestants(table: Path, strategy: str, sizes: Sizes, python: str | None) -> list[Contestant]:
    def tuner(trials: int) -> Contestant:
        suite = simulated_suite(table, strategy, trials, sizes.workers)
        return lambda: {f"tuner, {trials:,} evaluations": simulate(suite)}

    def syne_tune(label: str, step: float) -> Contestant:
        assert python is not None
        name = f"Syne Tune, in steps of {label}"
        return lambda: {name: simulate_elsewhere(python, table, strategy, sizes, step)}

    ours = [tuner(sizes.tuner), tuner(sizes.opponent)]
    return ours if python is None else [*ours, *(syne_tune(*step) for step in STEPS.items())]


def _told(label: str, found: Mapping[str, list[Speed]]) -> Iterator[list[str]]:
    basis = median_rate(next(iter(found.values())))
    for path, speeds in found.items():
        rates = [speed.rate for speed in speeds]
        costs = [cost for speed in speeds if (cost := speed.cpu_microseconds) is not None]
        spread = f"{min(rates):,.0f}–{max(rates):,.0f}"
        share = f"{basis / median(rates):,.1f} ×"
        yield [label, path, f"{speeds[0].trials:,}", f"{median(rates):,.0f}", spread, f"{median(costs):,.0f}", share]


if __name__ == "__main__":
    main()
