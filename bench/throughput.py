"""Trials per second of the whole path when a trial costs nothing, beside Optuna and Ray Tune in the same run.

Run as `python -m bench throughput`. Every trial is proposed, checked, seeded, evaluated in a worker process, journaled,
flushed to disk and sealed into Parquet.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tuner.session import RUNS, Where, run_suite
from tuner.suite import Suite

from .harness import Speed, alternate, median_rate, print_table
from .meter import Meter
from .peers import run_optuna, run_optuna_journal, run_ray_tune

BASIS = "tuner, from the first wave to the sealed tables"
"""What the others are compared with."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many trials each contestant runs, and how often."""

    studies: int = 32
    trials_per_study: int = 10_000
    workers: int = 2
    optuna: int = 3_000
    optuna_journal: int = 400
    ray_tune: int = 60
    rounds: int = 3


def nothing_suite(studies: int, trials: int) -> Suite:
    """So many studies of random search on a task that costs nothing, each 100 trials at a time."""
    task = f"{Path(__file__).with_name('nothing.py')}:Nothing"
    return Suite.model_validate(
        {
            "name": "nothing",
            "seeds": studies,
            "budget": {"trials": trials},
            "parallelism": 100,
            "tasks": [task],
            "strategies": ["random"],
        }
    )


def run_tuner(suite: Suite, where: Where) -> Meter:
    """Run the suite where it is on disk, and throw its folder away."""
    with _folder() as folder:
        meter = Meter()
        run_suite(suite, out=folder / "run", where=where, watch=meter)
        return meter


def start_ray(workers: int) -> float:
    """Start a private Ray that all contestants share; returns how many seconds it took."""
    from tuner.evaluators import ray_environment

    ray_environment.prepare(is_private=True)
    from tuner.evaluators.ray_cluster import RayCluster

    began = time.perf_counter()
    RayCluster(workers, None).start()
    return time.perf_counter() - began


def main(sizes: Sizes | None = None) -> None:
    """Print the table as Markdown."""
    sizes = sizes or Sizes()
    ray_seconds = start_ray(sizes.workers)
    suite = nothing_suite(sizes.studies, sizes.trials_per_study)
    small = nothing_suite(max(1, sizes.studies // 4), sizes.trials_per_study)

    def tuner() -> Mapping[str, Speed]:
        meter = run_tuner(suite, Where(workers=sizes.workers))
        whole = meter.whole
        return {
            "tuner, from the first wave to the last": meter.stored,
            BASIS: meter.sealed,
            "tuner, with the start of its workers": whole,
            "tuner, with the start of Ray too": Speed(whole.trials, whole.seconds + ray_seconds),
        }

    def tuner_in_process() -> Mapping[str, Speed]:
        return {"tuner, in one process, to the sealed tables": run_tuner(small, Where(in_process=True)).sealed}

    def optuna_in_memory() -> Mapping[str, Speed]:
        return {"Optuna, one process, in memory": run_optuna(sizes.optuna)}

    def optuna_journal() -> Mapping[str, Speed]:
        with _folder() as folder:
            return {"Optuna, one process, journal on disk": run_optuna_journal(sizes.optuna_journal, folder)}

    def ray_tune() -> Mapping[str, Speed]:
        with _folder() as folder:
            warm, whole = run_ray_tune(sizes.ray_tune, sizes.workers, folder)
            return {
                "Ray Tune, actors used again, from the first trial on": warm,
                "Ray Tune, with the start of its workers": whole,
            }

    found = alternate([tuner, tuner_in_process, optuna_in_memory, optuna_journal, ray_tune], sizes.rounds)
    print(f"{sizes.workers} workers; starting Ray took {ray_seconds:.1f} s; median of {sizes.rounds} rounds\n")
    print_speeds(found)


def print_speeds(found: Mapping[str, list[Speed]]) -> None:
    """Print a row for each name, with its rate as a share of the one that all are compared with."""
    basis = median_rate(found[BASIS])
    heads = ("path", "trials", "trials/s", "lowest–highest", "processor µs a trial", "tuner is faster by")
    print_table(heads, ([name, *_cells(speeds, basis)] for name, speeds in found.items()))


def _cells(speeds: list[Speed], basis: float) -> Iterator[str]:
    rates = [speed.rate for speed in speeds]
    costs = [cost for speed in speeds if (cost := speed.cpu_microseconds) is not None]
    yield f"{speeds[0].trials:,}"
    yield f"{median(rates):,.0f}"
    yield f"{min(rates):,.0f}–{max(rates):,.0f}"
    yield f"{median(costs):,.1f}" if costs else "–"
    yield f"{basis / median(rates):,.1f} ×"


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder on the disk where runs go, not in a memory file system."""
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=RUNS) as folder:
        yield Path(folder).resolve()


if __name__ == "__main__":
    main()
