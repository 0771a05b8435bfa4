"""Whether a task tells configurations apart: the spread between them against the spread between seeds."""
# ruff: noqa: INP001  run as a script, too

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tuner.configuration import Configuration, Value
from tuner.evaluators.threads import pin_threads
from tuner.registry import find, load_task
from tuner.seeds import derive_seed
from tuner.task import Task
from tuner.trial import Proposal, Trial

from .harness import print_table

CONFIGURATIONS: Final = 20
SEEDS: Final = 3
FRESH_SEEDS: Final = 10
"""Seeds that chose nothing, with which the best configuration found meets the default."""
CASES: Final[Mapping[str, tuple[str, Mapping[str, Value]]]] = {
    "bn-relu-net": ("bn-relu-net", {}),
    "focal-loss, digits": ("focal-loss", {}),
    "focal-loss, blobs at 1 %": ("focal-loss", {"data": "blobs", "positive_share": 0.01}),
    "focal-loss, breast_cancer at 10 %": (
        "focal-loss",
        {"data": "breast_cancer", "positive_share": 0.1, "epochs": 108},
    ),
    "logistic-regression": ("logistic-regression", {}),
    "logistic-regression, wine": ("logistic-regression", {"data": "wine"}),
    "feature-scaling, logistic": ("feature-scaling", {}),
    "feature-scaling, linear, wine": ("feature-scaling", {"model": "linear", "data": "wine"}),
    "precision-recall, disease-screening": ("precision-recall", {}),
    "precision-recall, spam": ("precision-recall", {"case": "spam"}),
    "precision-recall, fraud": ("precision-recall", {"case": "fraud"}),
    "image-pipeline, digits": ("image-pipeline", {}),
    "image-pipeline, faces": ("image-pipeline", {"data": "faces"}),
    "word-vectors, senses": ("word-vectors", {}),
    "word-vectors, topics": ("word-vectors", {"target": "topics"}),
    "centre-detection": ("centre-detection", {}),
    "classic, SVM, breast": ("classic", {}),
    "classic, DT, diabetes": ("classic", {"model": "DT", "data": "diabetes", "repeats": 20}),
    "classic, RF, wine": ("classic", {"model": "RF", "data": "wine"}),
    "classic, boosting, wine": ("classic", {"model": "boosting", "data": "wine"}),
    "classic, ada, diabetes": ("classic", {"model": "ada", "data": "diabetes"}),
    "classic, kNN, wine": ("classic", {"model": "kNN", "data": "wine", "repeats": 8}),
    "classic, MLP-adam, iris": ("classic", {"model": "MLP-adam", "data": "iris"}),
    "classic, lasso, diabetes": ("classic", {"model": "lasso", "data": "diabetes", "repeats": 20}),
    "classic, linear, wine": ("classic", {"model": "linear", "data": "wine", "repeats": 3}),
}


@dataclass(frozen=True)
class Spread:
    """What random configurations of a task give with a few seeds each; lower losses are better."""

    losses: NDArray[np.float64]
    """[configurations, seeds], of those that evaluate with every seed."""
    gains: NDArray[np.float64]
    """The default's loss less that of the best configuration found [fresh seeds], seed by seed."""
    failures: int
    seconds: NDArray[np.float64]
    """The processor time that each evaluation took."""

    @property
    def between(self) -> float:
        """Standard deviation of the configurations' means."""
        return float(self.losses.mean(axis=1).std(ddof=1))

    @property
    def within(self) -> float:
        """Standard deviation over seeds, pooled over the configurations."""
        return float(np.sqrt(self.losses.var(axis=1, ddof=1).mean()))

    @property
    def ratio(self) -> float:
        """Of the spread between configurations to the spread between seeds."""
        return self.between / self.within if self.within else float("inf")

    @property
    def gain(self) -> float:
        """The mean of the gains."""
        return float(self.gains.mean())

    @property
    def gain_error(self) -> float:
        """The standard error of that mean."""
        return float(self.gains.std(ddof=1) / np.sqrt(len(self.gains)))


def spread_of(name: str, options: Mapping[str, Value]) -> Spread:
    """Evaluate 20 random configurations with 3 seeds each, one by one and at full fidelity, and the best once more."""
    task = load_task(find("task", name))(**options)
    task.prepare()
    space = task.problem.space
    rng = np.random.default_rng(7)
    configurations = [space.sample(rng) for _ in range(CONFIGURATIONS)]
    runs = [[_run(task, each, seed) for seed in range(SEEDS)] for each in configurations]
    losses = np.array([[loss for loss, _ in row] for row in runs])
    complete = ~np.isnan(losses).any(axis=1)
    means = np.where(complete, losses.mean(axis=1), np.inf)
    best = configurations[int(means.argmin())]
    fresh = range(SEEDS, SEEDS + FRESH_SEEDS)
    gains = [_run(task, space.default(), seed)[0] - _run(task, best, seed)[0] for seed in fresh]
    seconds = np.array([took for row in runs for _, took in row])
    return Spread(losses[complete], np.array(gains), int(np.isnan(losses).sum()), seconds)


def _run(task: Task, configuration: Configuration, seed: int) -> tuple[float, float]:
    """The loss, not a number where training diverges, and the processor time in seconds."""
    trial = Trial(0, Proposal(configuration), derive_seed(seed, "trial"), derive_seed(seed, "data"))
    objective = task.problem.objectives[0]
    began = time.process_time()
    try:
        loss = objective.loss(task.evaluate(trial).values[objective.name])
    except ArithmeticError:  # training that diverges
        loss = float("nan")
    return loss, time.process_time() - began


def main() -> None:
    """Print a line for each task."""
    pin_threads()
    heads = (
        "task",
        "ratio",
        "between",
        "within",
        "best of 20 less default",
        "failed",
        "seconds of one core: least",
        "median",
        "most",
    )
    print_table(heads, (_row(label, spread_of(*case)) for label, case in CASES.items()))


def _row(label: str, spread: Spread) -> list[str]:
    times = [f"{found:.2f}" for found in np.quantile(spread.seconds, (0, 0.5, 1))]
    numbers = [f"{n:.3g}" for n in (spread.ratio, spread.between, spread.within)]
    gain = f"{-spread.gain:.3g} +- {spread.gain_error:.1g}"
    return [label, *numbers, gain, f"{spread.failures} of {CONFIGURATIONS * SEEDS}", *times]


if __name__ == "__main__":
    main()
