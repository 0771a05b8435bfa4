"""A wave of trials as one stacked computation, against the same trials one by one in plain PyTorch or scikit-learn."""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np

from benchmarks.bn_relu_net import BatchNormReluNet
from tuner import load_suite, run_suite
from tuner.configuration import Configuration, Value
from tuner.evaluators.threads import pin_threads
from tuner.registry import find, load_task
from tuner.seeds import derive_seed
from tuner.session import Where
from tuner.task import Task
from tuner.trial import Proposal, Trial

from .harness import print_table

STUDIES: Final = 100
_WAVES: Final[Sequence[tuple[str, str, Mapping[str, Value], Mapping[str, Value]]]] = (
    ("bn-relu-net", "random", {"epochs": 9}, {}),
    ("bn-relu-net", "one shape", {"epochs": 9}, {"depth": 4, "width": 32, "batch_norm": "on", "batch_size": 64}),
    ("focal-loss", "random", {"epochs": 9}, {}),
    ("focal-loss", "one shape", {"epochs": 9}, {"width": 16}),
    ("feature-scaling", "random", {"steps": 300}, {}),
    ("centre-detection", "random", {"epochs": 3}, {}),
    ("logistic-regression", "ridge only", {"folds": 5}, {"l1_ratio": 0.0}),
)
"""Tasks that stack: a name for the wave, options, and the values that all its trials have."""


@dataclass(frozen=True)
class Wave:
    """Trials of one task, made again in every process from what can be pickled."""

    name: str
    options: Mapping[str, Value]
    trials: Sequence[Trial]

    def task(self) -> Task:
        """The task, prepared."""
        task = load_task(find("task", self.name))(**self.options)
        task.prepare()
        return task

    def plainly(self, place: int) -> object:
        """One trial in plain PyTorch or scikit-learn."""
        opponent = import_module(f"bench.opponents.{self.name.replace('-', '_')}")
        try:
            return opponent.train_plainly(self.task(), self.trials[place])
        except FloatingPointError:  # training diverged: a result, too
            return None


def wave(name: str, options: Mapping[str, Value], fixed: Mapping[str, Value], count: int = STUDIES) -> Wave:
    """One trial of each of so many studies: random configurations, a tenth as many splits of the data."""
    space = load_task(find("task", name))(**options).problem.space
    rng = np.random.default_rng(1)
    trials = [
        Trial(
            0,
            Proposal(Configuration({**space.sample(rng), **fixed})),
            seed=derive_seed(place, "trial"),
            data_seed=derive_seed(place % max(1, count // 10), "data"),
            study=place,
        )
        for place in range(count)
    ]
    return Wave(name, options, trials)


def main() -> None:
    """Print how waves of 100 studies compare, then how a stack grows with K and width."""
    pin_threads()
    print(f"One wave of {STUDIES} studies, in seconds; a random wave mixes shapes.\n")
    heads = ("task, wave", "stacked", "one by one", "on two processes", "ratio", "ratio to two")
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), initializer=pin_threads) as pool:
        print_table(
            heads, (_race(pool, f"{name}, {kind}", wave(name, options, fixed)) for name, kind, options, fixed in _WAVES)
        )
    print("\nNets 64-width-width-10 with batch norm, 9 epochs of 15 steps, milliseconds a net; ratio to one by one.\n")
    print_table(
        ("width", "one by one", *(f"K = {count}" for count in _COUNTS)),
        (_growth(width) for width in (16, 24, 32, 64, 128)),
    )
    print(f"\nStacked on {_device()}.")


_COUNTS: Final = (1, 10, 100, 1000)


def _race(pool: ProcessPoolExecutor, label: str, contest: Wave) -> list[str]:
    places = range(len(contest.trials))
    task = contest.task()
    task.evaluate_batch(contest.trials[:2])
    contest.plainly(0)
    list(pool.map(contest.plainly, [0, 1, 0, 1]))
    stacked = _seconds(lambda: task.evaluate_batch(contest.trials), rounds=3)
    plain = _seconds(lambda: [contest.plainly(place) for place in places])
    spread = _seconds(lambda: list(pool.map(contest.plainly, places)))
    return [
        label,
        *(f"{s:.2f}" for s in (stacked, plain, spread)),
        f"{plain / stacked:.1f}x",
        f"{spread / stacked:.1f}x",
    ]


def _growth(width: int) -> list[str]:
    fixed: dict[str, Value] = {"depth": 2, "width": width, "batch_norm": "on", "batch_size": 64, "activation": "relu"}
    options: dict[str, Value] = {"epochs": 9}
    contest = wave("bn-relu-net", options, fixed, count=max(_COUNTS))
    task = contest.task()
    contest.plainly(0)
    plain = _seconds(lambda: [contest.plainly(place) for place in range(5)], rounds=2) / 5
    cells = [f"{width}", f"{plain * 1e3:.0f}"]
    for count in _COUNTS:
        trials = contest.trials[:count]
        alone = _seconds(partial(task.evaluate_batch, trials), rounds=2 if count < 1000 else 1) / count
        cells.append(f"{alone * 1e3:.1f} ({plain / alone:.1f}x)")
    return cells


def run_suite_both_ways() -> None:
    """Print how long the suite vanishing-gradients takes in one process, with its waves stacked and without."""
    pin_threads()
    suite = load_suite("vanishing-gradients").changed(exhibits=False)
    rows = []
    for label, stacks in (("stacked", True), ("one by one", False)):
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.object(BatchNormReluNet, "stacks", lambda _self, s=stacks: s),
        ):
            began = time.perf_counter()
            trials = len(run_suite(suite, out=Path(folder) / "run", where=Where(in_process=True)).trials)
            rows.append([label, f"{trials}", f"{time.perf_counter() - began:.1f}"])
    print_table(("vanishing-gradients", "trials", "seconds"), rows)


def _seconds(call: Callable[[], object], rounds: int = 1) -> float:
    """The least of some rounds: what the machine does beside it only adds."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return min(found)


def _device() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "one core of the processor named above"


if __name__ == "__main__":
    main()
