"""Runs the benchmarks and prints their tables as Markdown: all of them, or those named as arguments."""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

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


BENCHMARKS: Mapping[str, Callable[[], None]] = {
    "startup": run_startup,
    "throughput": run_throughput,
    "utilisation": run_utilisation,
    "ask_overhead": run_ask_overhead,
    "stacking": run_stacking,
    "stacking_suite": run_stacking_suite,
    "discrimination": run_discrimination,
}

ON_DEMAND = ("stacking_suite", "discrimination")
"""Benchmarks that take ten minutes or so, and run only where they are named."""


def main(names: Sequence[str]) -> int:
    """Run the benchmarks named, or all; returns the exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark called {unknown[0]!r}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print_machine()
    for name in names or [name for name in BENCHMARKS if name not in ON_DEMAND]:
        print(f"## {name.replace('_', ' ')}\n", flush=True)
        BENCHMARKS[name]()
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
