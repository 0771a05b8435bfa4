"""A task in a few lines: nearest neighbours on scikit-learn's wine table."""

from dataclasses import dataclass
from typing import ClassVar

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import scale

from tuner import Categorical, Integer, Measurement, Objective, Problem, SearchSpace, Task, TaskCard, Trial


@dataclass(frozen=True)
class MyTask(Task):
    held_out_share: float = 0.25

    card: ClassVar[TaskCard] = TaskCard(summary="nearest neighbours on wine; maximise the validation accuracy")

    @property
    def problem(self) -> Problem:
        space = SearchSpace(
            {
                "neighbours": Integer(1, 50, log=True),
                "weights": Categorical(("uniform", "distance")),
                "distance": Categorical(("manhattan", "euclidean", "chebyshev")),
            }
        )
        return Problem(space, (Objective("accuracy", "maximize"),))

    def evaluate(self, trial: Trial) -> Measurement:
        x, y = load_wine(return_X_y=True)
        split = trial.data_seed % 2**32  # scikit-learn takes 32 bits
        rest_x, test_x, rest_y, test_y = train_test_split(
            scale(x), y, test_size=self.held_out_share, random_state=split, stratify=y
        )
        fit_x, valid_x, fit_y, valid_y = train_test_split(
            rest_x, rest_y, test_size=0.25, random_state=split, stratify=rest_y
        )
        chosen = trial.configuration
        model = KNeighborsClassifier(
            chosen.integer("neighbours"), weights=chosen.text("weights"), metric=chosen.text("distance")
        ).fit(fit_x, fit_y)
        values = {"accuracy": float(model.score(valid_x, valid_y))}
        return Measurement(values, held_out={"accuracy": float(model.score(test_x, test_y))})
