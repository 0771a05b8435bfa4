"""How long a user waits: importing, asking for help, and from `tuner run` to the first finished trial.

Run as `python -m bench startup`. Every figure is the median over fresh processes, which take turns.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from results import open_store

from .harness import print_table

TUNER = str(Path(sys.executable).with_name("tuner"))
COMMANDS: Mapping[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import results": (sys.executable, "-c", "import results"),
    "import tuner": (sys.executable, "-c", "import tuner"),
    "tuner --help": (TUNER, "--help"),
    "import typer": (sys.executable, "-c", "import typer"),
    "import sklearn": (sys.executable, "-c", "import sklearn"),
    "import ray": (sys.executable, "-c", "import ray"),
    "import optuna": (sys.executable, "-c", "import optuna"),
}
FIRST_TRIALS: Mapping[str, Sequence[str]] = {
    "tuner run, one worker, to the first finished trial": ("--workers", "1"),
    "tuner run --in-process, to the first finished trial": ("--in-process",),
}
SUITE = """
name = "first-trial"
seeds = 1
budget = { trials = 3 }
strategies = ["random"]
tasks = ["branin"]
"""


def process_seconds(command: Sequence[str]) -> float:
    """How long a process takes from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own commands
    return time.perf_counter() - began


def first_trial_seconds(options: Sequence[str]) -> float:
    """From the start of `tuner run` to the end of its first trial, as the store has it."""
    with tempfile.TemporaryDirectory() as folder:
        suite, run = Path(folder, "suite.toml"), Path(folder, "run")
        suite.write_text(SUITE, encoding="utf-8")
        command = [TUNER, "run", str(suite), "--out", str(run), "--quiet", "--no-report", *options]
        began = time.time()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
        return float(open_store(run).trials["finished"].min().timestamp()) - began


def medians(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Take each measure once a round; returns the median of each."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return {name: median(times) for name, times in found.items()}


def main(rounds: int = 9, first_trial_rounds: int = 3) -> None:
    """Print the table as Markdown."""
    found = medians({name: partial(process_seconds, command) for name, command in COMMANDS.items()}, rounds)
    runs = {name: partial(first_trial_seconds, options) for name, options in FIRST_TRIALS.items()}
    found |= medians(runs, first_trial_rounds)
    bare = found["python -c pass"]
    print(f"median of {rounds} fresh processes ({first_trial_rounds} for the first trial)\n")
    rows = ([f"`{name}`", f"{seconds:.3f}", f"{seconds / bare:.1f} ×"] for name, seconds in found.items())
    print_table(("what", "seconds", "beside bare Python"), rows)


if __name__ == "__main__":
    main()
