"""Logistic regression on a small table: how strong a penalty, of which form, on features of which scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from tuner.errors import InvalidOption, suggest
from tuner.parameter import Categorical, Float
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Outcome, Trial

from .. import datasets
from ..stacking import alone, in_stacks
from . import many_classes, two_classes

if TYPE_CHECKING:
    from results.exhibits import Exhibit

_SPACE: Final = SearchSpace(
    {
        "C": Float(1e-4, 1e3, log=True, default=1.0),
        "l1_ratio": Float(0.0, 1.0, default=0.0),
        "class_weight": Categorical(("none", "balanced")),
        "scaler": Categorical(("none", "standard", "min-max", "robust")),
    }
)


@dataclass(frozen=True, kw_only=True)
class LogisticRegressionTask(Task):
    """Minimises the cross-validated log loss; a refit on all training rows is measured on the held-out rows.

    Two classes are fitted exactly, many trials at once; the trial's seed changes nothing then. More classes are fitted
    by scikit-learn's SAGA to a tolerance of 0.001: where a configuration needs more passes than `max_iter`, the
    unfinished model counts, and slow convergence is a price of that configuration.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="logistic regression with elastic net on a small table; cross-validated log loss counts",
        data="breast_cancer (569 rows, 30 features, 2 classes), wine (178, 13, 3) or digits (1797, 64, 10); "
        "a quarter of the rows held out, the others cross-validated in 10 folds, both stratified",
        licence="CC BY 4.0",
        source="https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
        cost="0.05 seconds with breast_cancer, 0.01 in stacks of 10 or more; 0.02 to 0.1 with wine; 2 to 4 with digits",
    )

    data: str = "breast_cancer"
    """One of `datasets.NAMES`."""
    folds: int = 10
    """Folds of the cross-validation, in [2, 20]."""
    max_iter: int = 200
    """Most passes over the training rows of a fit to more than two classes."""

    def __post_init__(self) -> None:
        if self.data not in datasets.NAMES:
            raise InvalidOption(f"no data set called {self.data!r}{suggest(str(self.data), datasets.NAMES)}")
        if type(self.folds) is not int or not 2 <= self.folds <= 20:
            raise InvalidOption(f"folds is a whole number in [2, 20], not {self.folds!r}")
        if type(self.max_iter) is not int or self.max_iter < 1:
            raise InvalidOption(f"max_iter is a whole number of at least 1, not {self.max_iter!r}")

    @property
    def problem(self) -> Problem:
        """Four parameters of two kinds; minimise `log_loss`."""
        return Problem(_SPACE, (Objective("log_loss"),))

    def prepare(self) -> None:
        """Load scikit-learn and the data."""
        datasets.load(self.data)
        many_classes.new_model(_SPACE.default(), seed=0, max_iter=1)

    def evaluate(self, trial: Trial) -> Measurement:
        """`log_loss` and `accuracy`, over the validation rows of all folds and over the held-out rows.

        With two classes also how many features the refit uses, as an extra.
        """
        if self._has_two_classes:
            return alone(self.evaluate_batch([trial]))
        return many_classes.measure(datasets.load(self.data), trial, self.folds, self.max_iter)

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        """Two classes: the trials on the same rows are fitted as one stack for each fold."""
        if not self._has_two_classes:
            return super().evaluate_batch(trials)
        return in_stacks(trials, lambda trial: trial.data_seed, lambda _: self._bytes_of_a_trial, self._measure)

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """What the log loss sees; with two classes also odds ratios and the path of the coefficients over C."""
        from . import exhibits

        return exhibits.explain(self.data, self.folds, self.max_iter, trial)

    @property
    def _has_two_classes(self) -> bool:
        return len(datasets.load(self.data).class_names) == 2

    @property
    def _bytes_of_a_trial(self) -> int:
        data = datasets.load(self.data)
        return 8 * (8 * len(data.y) + 4 * (len(data.feature_names) + 1) ** 2)

    def _measure(self, data_seed: int, trials: Sequence[Trial]) -> list[Measurement]:
        configurations = [trial.configuration for trial in trials]
        return two_classes.measure(datasets.load(self.data), data_seed, self.folds, configurations)
