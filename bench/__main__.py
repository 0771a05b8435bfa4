"""Runs the benchmarks and prints their tables as Markdown: all of them, or those named as arguments.

Folders of runs among the arguments are what `regret` reads in place of a new run.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from .harness import print_machine


def run_startup() -> None:
    """How long a user waits."""
    from .startup import main as run

    run()


def run_throughput() -> None:
    """Trials per second."""
    from .throughput import main as run

    run()


def run_utilisation() -> None:
    """Share of the workers' time that is spent on tasks and strategies."""
    from .utilisation import main as run

    run()


def run_ask_overhead() -> None:
    """Cost of wrapped strategies; the largest size takes minutes, and runs with `python bench/ask_overhead.py`."""
    from .ask_overhead import main as run

    run((10, 100))


def run_stacking() -> None:
    """Waves of trials as one computation."""
    from .stacking import main as run

    run()


def run_stacking_suite() -> None:
    """A whole suite with stacked waves and without; takes minutes, and runs only where it is named."""
    from .stacking import run_suite_both_ways

    run_suite_both_ways()


def run_discrimination() -> None:
    """Whether tasks tell configurations apart; takes ten minutes, and runs only where it is named."""
    from .discrimination import main as run

    run()


def run_simulation() -> None:
    """Simulated trials per second beside Syne Tune."""
    from .simulation import main as run

    run()


def run_simulation_scale() -> None:
    """A thousand simulated workers."""
    from .simulation_scale import main as run

    run()


def run_thinking() -> None:
    """How long each strategy thinks; takes a quarter of an hour, and runs only where it is named."""
    from .thinking import main as run

    run()


def run_regret(runs: Sequence[str] = ()) -> None:
    """What the model-based strategies find; takes hours where no runs are given, and runs only where it is named."""
    from .regret import main as run

    run(runs)


def run_reporting() -> None:
    """Reports of up to ten million trials; takes minutes and 4 GB, and runs only where it is named."""
    from .reporting import main as run

    run()


BENCHMARKS: Mapping[str, Callable[[], None]] = {
    "startup": run_startup,
    "throughput": run_throughput,
    "utilisation": run_utilisation,
    "ask_overhead": run_ask_overhead,
    "stacking": run_stacking,
    "stacking_suite": run_stacking_suite,
    "discrimination": run_discrimination,
    "simulation": run_simulation,
    "simulation_scale": run_simulation_scale,
    "thinking": run_thinking,
    "reporting": run_reporting,
    "regret": run_regret,
}

ON_DEMAND = ("stacking_suite", "discrimination", "thinking", "reporting", "regret")
"""Benchmarks that take many minutes or much memory, and run only where they are named."""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks named, or all; returns the exit code."""
    runs = [argument for argument in arguments if Path(argument, "run.json").is_file()]
    names = [argument for argument in arguments if argument not in runs]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark called {unknown[0]!r}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print_machine()
    for name in names or [name for name in BENCHMARKS if name not in ON_DEMAND]:
        print(f"## {name.replace('_', ' ')}\n", flush=True)
        benchmark = partial(run_regret, runs) if name == "regret" else BENCHMARKS[name]
        benchmark()
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
