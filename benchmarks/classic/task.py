"""Tune a classic model of scikit-learn on one of its data sets, as Bayesmark does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from tuner.errors import InvalidOption, suggest
from tuner.problem import Fidelity, Problem
from tuner.seeds import derive_seed
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .models import Recipe
from .published import best_of
from .scoring import METRICS, mean_of, score
from .sources import FOLDS, KINDS, Parts, folds_again, load, part
from .spaces import MODELS, space_of

if TYPE_CHECKING:
    from results.exhibits import Exhibit

SPLITS: Final = ("bayesmark", "seeded")
"""Where the split comes from: fixed as in Bayesmark, or the data seed."""


@dataclass(frozen=True, kw_only=True)
class Classic(Task):
    """Minimises Bayesmark's cross-validated score of one of nine models of Bayesmark, or of gradient boosting."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="a classic scikit-learn model on one of its data sets, with Bayesmark's search space; its "
        "cross-validated log loss or squared error counts, or accuracy or absolute error",
        data="breast (569 rows, 30 features, 2 classes), digits (1797, 64, 10), iris (150, 4, 3), wine (178, 13, 3) or "
        "diabetes (442, 10, numbers); a fifth held out, the others cross-validated in 5 folds, once or more often",
        licence="CC BY 4.0; diabetes: see its paper",
        source="https://github.com/uber/bayesmark",
        cost="0.01 to 5 seconds",
    )

    model: str = "SVM"
    """One of `MODELS`."""
    data: str = "breast"
    """One of `KINDS`."""
    metric: str = "auto"
    """acc or nll for classes, mae or mse for diabetes; auto is nll or mse."""
    split: str = "bayesmark"
    """One of `SPLITS`: the fixed rows and folds that Bayesmark's baselines are for, or others for each data seed."""
    repeats: int = 1
    """How often the training rows are cut into folds and cross-validated, in [1, 100]: the first time as Bayesmark
    does, then each time shuffled anew, as suits models that are fitted in no time. Baselines are for one time."""

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise InvalidOption(f"no model called {self.model!r}{suggest(str(self.model), MODELS)}")
        if self.data not in KINDS:
            raise InvalidOption(f"no data set called {self.data!r}{suggest(str(self.data), KINDS)}")
        known = METRICS[KINDS[self.data]]
        if self.metric != "auto" and self.metric not in known:
            raise InvalidOption(f"no metric {self.metric!r} for {self.data!r}{suggest(str(self.metric), known)}")
        if self.split not in SPLITS:
            raise InvalidOption(f"no split called {self.split!r}{suggest(str(self.split), SPLITS)}")
        if type(self.repeats) is not int or not 1 <= self.repeats <= 100:
            raise InvalidOption(f"repeats is a whole number in [1, 100], not {self.repeats!r}")

    @property
    def problem(self) -> Problem:
        """The model's parameters; one objective; the number of validation folds as fidelity."""
        kind = KINDS[self.data]
        objective = METRICS[kind][self.measured]
        return Problem(space_of(self.model, kind), (objective,), Fidelity("folds", 1, self.folds))

    @property
    def folds(self) -> int:
        """How many models are fitted and validated at the highest fidelity."""
        return FOLDS * self.repeats

    @property
    def measured(self) -> str:
        """The metric that counts, by Bayesmark's name."""
        return next(iter(METRICS[KINDS[self.data]])) if self.metric == "auto" else self.metric

    @property
    def best_known(self) -> Mapping[str, float]:
        """Bayesmark's published best, where its split is used and its models are still what they were."""
        is_published = self.split == "bayesmark" and self.repeats == 1
        best = best_of(self.model, self.data, self.measured) if is_published else None
        return {} if best is None else {self.problem.objectives[0].name: best}

    def prepare(self) -> None:
        """Load scikit-learn and the data."""
        from sklearn import ensemble, multiclass, neighbors, neural_network, svm  # noqa: F401  takes seconds

        load(self.data)

    def evaluate(self, trial: Trial) -> Measurement:
        """The mean score over validation folds, and a refit on all training rows scored on the held-out rows."""
        recipe, parts = self.recipe(trial), self.parts(trial)
        wanted = trial.proposal.fidelity
        folds = self.folds if wanted is None else max(1, round(wanted))
        scores = [self.score_fold(trial, parts, number) for number in range(folds)]
        model = recipe.fit(parts.features, parts.target, luck_of(trial, FOLDS))
        held_out = score(recipe, model, parts.held_out_features, parts.held_out_target)
        return Measurement(mean_of(scores), held_out=held_out)

    def score_fold(self, trial: Trial, parts: Parts, number: int) -> dict[str, float]:
        """The scores on one validation fold of a model fitted on the others; each repeat has five more folds."""
        repeat, fold = divmod(number, FOLDS)
        recipe, inside = self.recipe(trial), folds_again(self.data, self.split_seed(trial), repeat) == fold
        model = recipe.fit(parts.features[~inside], parts.target[~inside], luck_of(trial, number))
        return score(recipe, model, parts.features[inside], parts.target[inside])

    def recipe(self, trial: Trial) -> Recipe:
        """How to make the trial's model."""
        return Recipe(self.model, KINDS[self.data], trial.configuration, self.measured == "nll")

    def parts(self, trial: Trial) -> Parts:
        """The rows that the trial meets."""
        return part(self.data, self.split_seed(trial))

    def split_seed(self, trial: Trial) -> int:
        """The seed of the trial's rows and folds; 0 for Bayesmark's own."""
        return 0 if self.split == "bayesmark" else derive_seed(trial.data_seed, "split") % 2**32

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """Which parameters matter and where the winner stands, and what it gets wrong."""
        from .exhibits import exhibits_of  # draws charts

        return exhibits_of(self, trial)


def luck_of(trial: Trial, fold: int) -> int:
    """The seed of one fit of a trial."""
    return derive_seed(trial.seed, "fit", fold) % 2**32
