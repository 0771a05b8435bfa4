"""Whether a task tells configurations apart: the spread between them against the spread between seeds."""
# ruff: noqa: INP001  run as a script, too

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tuner.configuration import Value
from tuner.evaluators.threads import pin_threads
from tuner.registry import find, load_task
from tuner.seeds import derive_seed
from tuner.trial import Proposal, Trial

from .harness import print_table

CONFIGURATIONS: Final = 20
SEEDS: Final = 3
CASES: Final[Mapping[str, tuple[str, Mapping[str, Value]]]] = {
    "bn-relu-net": ("bn-relu-net", {}),
    "focal-loss, digits": ("focal-loss", {}),
    "focal-loss, blobs at 1 %": ("focal-loss", {"data": "blobs", "positive_share": 0.01}),
    "focal-loss, breast_cancer at 10 %": ("focal-loss", {"data": "breast_cancer", "positive_share": 0.1}),
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
    "classic, DT, breast": ("classic", {"model": "DT", "metric": "acc"}),
    "classic, RF, wine": ("classic", {"model": "RF", "data": "wine"}),
    "classic, boosting, wine": ("classic", {"model": "boosting", "data": "wine"}),
    "classic, ada, diabetes": ("classic", {"model": "ada", "data": "diabetes"}),
    "classic, kNN, wine": ("classic", {"model": "kNN", "data": "wine"}),
    "classic, MLP-adam, iris": ("classic", {"model": "MLP-adam", "data": "iris"}),
    "classic, lasso, diabetes": ("classic", {"model": "lasso", "data": "diabetes"}),
    "classic, linear, wine": ("classic", {"model": "linear", "data": "wine"}),
}


@dataclass(frozen=True)
class Spread:
    """What random configurations of a task give with a few seeds each; lower losses are better."""

    losses: NDArray[np.float64]
    """[configurations, seeds], of those that evaluate with every seed."""
    default: float
    """The mean loss of the default configuration over the seeds."""
    failures: int
    seconds: NDArray[np.float64]
    """What each evaluation took."""

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
    def best(self) -> float:
        """The least mean loss."""
        return float(self.losses.mean(axis=1).min())


def spread_of(name: str, options: Mapping[str, Value]) -> Spread:
    """Evaluate the default and 20 random configurations with 3 seeds each, at full fidelity and one by one."""
    task = load_task(find("task", name))(**options)
    task.prepare()
    space, objective = task.problem.space, task.problem.objectives[0]
    rng = np.random.default_rng(7)
    configurations = [space.default(), *(space.sample(rng) for _ in range(CONFIGURATIONS))]
    losses, seconds = np.full((len(configurations), SEEDS), np.nan), []
    for place, configuration in enumerate(configurations):
        for seed in range(SEEDS):
            trial = Trial(place, Proposal(configuration), derive_seed(seed, "trial"), derive_seed(seed, "data"))
            began = time.perf_counter()
            try:
                losses[place, seed] = objective.loss(task.evaluate(trial).values[objective.name])
            except ArithmeticError:  # training that diverges
                losses[place, seed] = np.nan
            seconds.append(time.perf_counter() - began)
    drawn = losses[1:]
    complete = drawn[~np.isnan(drawn).any(axis=1)]
    return Spread(complete, float(np.nanmean(losses[0])), int(np.isnan(drawn).sum()), np.array(seconds))


def main() -> None:
    """Print a line for each task."""
    pin_threads()
    heads = (
        "task",
        "ratio",
        "between",
        "within",
        "default",
        "best of 20",
        "failed",
        "seconds: least",
        "median",
        "most",
    )
    print_table(heads, [_row(label, spread_of(*case)) for label, case in CASES.items()])


def _row(label: str, spread: Spread) -> list[str]:
    times = [f"{found:.2f}" for found in np.quantile(spread.seconds, (0, 0.5, 1))]
    numbers = [f"{n:.3g}" for n in (spread.ratio, spread.between, spread.within, spread.default, spread.best)]
    return [label, *numbers, f"{spread.failures} of {CONFIGURATIONS * SEEDS}", *times]


if __name__ == "__main__":
    main()
