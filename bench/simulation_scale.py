"""A thousand simulated workers and 100,000 trials through the ordinary command: how long, how busy, how much memory.

Run as `python -m bench simulation_scale`. Random search on the recorded learning curves that ship; the run is repeated,
and must be the same.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from results import Store, open_store
from results.records import DECISIONS
from tuner.session import RUNS

from .harness import print_table
from .recorded_curves import CURVES
from .startup import TUNER

SUITE = """
name = "simulation-scale"
seeds = 1
budget = {{ trials = {trials} }}
clock = "simulated"
workers = {workers}
strategies = ["{strategy}"]
tasks = [{{ name = "table", options = {{ path = "{table}" }} }}]
"""


@dataclass(frozen=True, slots=True)
class SimulatedUse:
    """What the simulated workers of one study did."""

    seconds: float
    """From the first start to the last end, on the simulated clock."""
    most_at_once: int
    until_last_start: float
    """The share of the workers' time that was used until the last trial started."""
    overall: float
    """The same until the last trial ended."""


def simulated_use(trials: pd.DataFrame, workers: int) -> SimulatedUse:
    """The use of a study's workers, from its stored trials; all of them start at 0 on the study's clock."""
    began, ended = (trials[f"simulated_{name}"].to_numpy(dtype=np.float64) for name in ("started", "finished"))
    last = float(began.max())
    return SimulatedUse(
        seconds=float(ended.max()),
        most_at_once=_most_at_once(began, ended),
        until_last_start=float((np.minimum(ended, last) - began).sum()) / (workers * last),
        overall=float((ended - began).sum()) / (workers * float(ended.max())),
    )


def _most_at_once(began: NDArray[np.float64], ended: NDArray[np.float64]) -> int:
    """Of trials that end when others start, the former are not counted."""
    instants = np.concatenate([ended, began])
    changes = np.concatenate([np.full(len(ended), -1), np.full(len(began), 1)])
    return int(changes[np.argsort(instants, kind="stable")].cumsum().max())


def digest_of(store: Store) -> str:
    """SHA-256 of all that the plan decides of a run's trials."""
    trials = store.trials.sort_values(["study", "trial"])[list(DECISIONS)]
    return hashlib.sha256(trials.to_csv(index=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Done:
    """What a run took, and what its workers did."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    """Of the process, which is the only one."""
    use: SimulatedUse
    digest: str


def run_command(suite: Path, out: Path, workers: int) -> Done:
    """`tuner run` in one process, with the journal, both tables and the report."""
    command = [TUNER, "run", str(suite), "--out", str(out), "--quiet", "--in-process"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
    _, status, spent = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    store = open_store(out)
    use = simulated_use(store.trials, workers)
    cpu_seconds = spent.ru_utime + spent.ru_stime
    return Done(seconds, cpu_seconds, spent.ru_maxrss / 1024, use, digest_of(store))


def main(trials: int = 100_000, workers: int = 1_000, repeats: int = 2) -> None:
    """Print a row for each strategy, and whether a second run was the same."""
    print(f"{workers:,} simulated workers, {trials:,} trials; `tuner run`, journal, tables and report included\n")
    took = ("seconds", "processor seconds", "trials/s", "peak memory, MB")
    did = ("simulated seconds", "busy to the last start", "busy to the end", "most at once", "same when repeated")
    print_table(("strategy", *took, *did), (_row(name, trials, workers, repeats) for name in ("random", "asha")))


def _row(strategy: str, trials: int, workers: int, repeats: int) -> list[str]:
    text = SUITE.format(trials=trials, workers=workers, strategy=strategy, table=CURVES)
    runs = list(_runs(text, workers, repeats))
    best, use = min(runs, key=lambda run: run.seconds), runs[0].use
    is_same = all(run.digest == runs[0].digest for run in runs)
    times = (f"{best.seconds:.1f}", f"{best.cpu_seconds:.1f}", f"{trials / best.seconds:,.0f}")
    did = (f"{use.seconds:,.1f}", f"{use.until_last_start:.1%}", f"{use.overall:.1%}", f"{use.most_at_once:,}")
    return [strategy, *times, f"{best.peak_megabytes:.0f}", *did, "yes" if is_same else "no"]


def _runs(text: str, workers: int, repeats: int) -> Iterator[Done]:
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=RUNS) as folder:
        suite = Path(folder, "suite.toml")
        suite.write_text(text, encoding="utf-8")
        for number in range(repeats):
            yield run_command(suite, Path(folder).resolve() / f"run-{number}", workers)


if __name__ == "__main__":
    main()
