"""What a pipeline's classifier says of images it was not fitted on, in validation folds and held out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tuner.configuration import Configuration

from .images import Images
from .steps import features_of, take_steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_STEPS = 100
_MOST_SWEEPS = 300


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """The class that was said of each image [n]: of a held-out one by a classifier fitted on all others."""

    classes: NDArray[np.int64]
    images: Images

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """Which images were taken for another class [n]."""
        return np.not_equal(self.classes, self.images.y)

    @property
    def error(self) -> float:
        """Share of wrong images among those of the validation folds."""
        return float(self.is_wrong[~self.images.is_held_out].mean())

    @property
    def held_out_error(self) -> float:
        """Share of wrong images among those held out."""
        return float(self.is_wrong[self.images.is_held_out].mean())


class _Classifier(Protocol):
    def fit(self, features: NDArray[np.float64], y: NDArray[np.int64], /) -> object: ...
    def predict(self, features: NDArray[np.float64], /) -> NDArray[np.int64]: ...


def judge(images: Images, configuration: Configuration) -> Said:
    """Put the damaged images through the pipeline, and cross-validate its classifier."""
    features = features_of(
        take_steps(images.damaged.copy(), configuration), configuration
    )  # scikit-image asks for writable ones
    classes = np.empty(len(images.y), dtype=np.int64)
    for fold in sorted(set(images.fold.tolist())):
        is_asked = images.fold == fold
        is_fitted = ~is_asked & ~images.is_held_out
        classes[is_asked] = _predicted(features, images.y, is_fitted, is_asked, configuration)
    return Said(classes, images)


def _predicted(
    features: NDArray[np.float64],
    y: NDArray[np.int64],
    is_fitted: NDArray[np.bool_],
    is_asked: NDArray[np.bool_],
    configuration: Configuration,
) -> NDArray[np.int64]:
    """Features are centred and brought to a common scale by the fitted rows alone."""
    fitted = features[is_fitted]
    centre = fitted.mean(axis=0)
    scale = float((fitted - centre).std()) or 1.0  # images can be all of one colour
    classifier = _classifier(configuration)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a classifier that is not done after its steps is used as it is
        classifier.fit((fitted - centre) / scale, y[is_fitted])
    return np.asarray(classifier.predict((features[is_asked] - centre) / scale), dtype=np.int64)


def _classifier(configuration: Configuration) -> _Classifier:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import LinearSVC

    chosen: _Classifier
    match configuration.text("classifier"):
        case "logistic":
            chosen = LogisticRegression(C=configuration.number("logistic_C"), max_iter=_MOST_STEPS)
        case "svm":
            chosen = LinearSVC(C=configuration.number("svm_C"), random_state=0, tol=1e-2, max_iter=_MOST_SWEEPS)
        case _:
            chosen = KNeighborsClassifier(configuration.integer("knn_neighbours"))
    return chosen
