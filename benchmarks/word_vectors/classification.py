"""Small classifiers on vectors of texts, one for each group of texts, judged by balanced accuracy."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuner.configuration import Configuration

    from .texts import Split, Texts

_FAR_MORE = 8
"""From how many entries for each training text on it pays to turn vectors."""


class _Classifier(Protocol):
    def fit(self, vectors: NDArray[np.float64], labels: NDArray[np.str_], /) -> object: ...
    def predict(self, vectors: NDArray[np.float64], /) -> NDArray[np.str_]: ...


def predict(
    configuration: Configuration, texts: Texts, vectors: NDArray[np.float64], train: NDArray[np.int64]
) -> NDArray[np.str_]:
    """The label of every text [texts], by classifiers fitted on the training texts of its group."""
    labels, groups = np.array(texts.labels), np.array(texts.groups)
    predicted = labels.copy()
    for group in dict.fromkeys(texts.groups):
        members, fitted = np.flatnonzero(groups == group), train[groups[train] == group]
        places = np.searchsorted(members, fitted)
        scaled = _scale(configuration.text("scaling"), vectors[members], places)
        if configuration.text("classifier") == "logistic":
            scaled = _turn(scaled, places)
        classifier = _new_classifier(configuration)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unfinished fit is used as it is
            classifier.fit(scaled[places], labels[fitted])
        predicted[members] = classifier.predict(scaled)
    return predicted


def balanced_accuracy(texts: Texts, predicted: NDArray[np.str_], rows: NDArray[np.int64]) -> float:
    """The share of right answers among these rows, in the mean over labels and then over groups."""
    return float(np.mean(list(group_accuracies(texts, predicted, rows).values())))


def group_accuracies(texts: Texts, predicted: NDArray[np.str_], rows: NDArray[np.int64]) -> dict[str, float]:
    """The balanced accuracy of each group among these rows."""
    labels, groups = np.array(texts.labels), np.array(texts.groups)
    found = {}
    for group in dict.fromkeys(texts.groups):
        own = rows[groups[rows] == group]
        right = labels[own] == predicted[own]
        found[group] = float(np.mean([right[labels[own] == label].mean() for label in np.unique(labels[own])]))
    return found


def score(
    configuration: Configuration, texts: Texts, vectors: NDArray[np.float64], split: Split
) -> tuple[float, float]:
    """Balanced accuracy on the validation texts and on the held-out texts."""
    predicted = predict(configuration, texts, vectors, split.train)
    return (
        balanced_accuracy(texts, predicted, split.validation),
        balanced_accuracy(texts, predicted, split.held_out),
    )


def _scale(scaling: str, vectors: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float64]:
    centre, size = np.zeros(1), np.ones(1)
    if scaling == "unit":
        size = np.linalg.norm(vectors, axis=1, keepdims=True)
    if scaling == "standard":
        centre, size = vectors[train].mean(axis=0), vectors[train].std(axis=0)
    scaled: NDArray[np.float64] = (vectors - centre) / np.where(size > 1e-9, size, 1.0)
    return scaled


def _turn(vectors: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float64]:
    """Long vectors in coordinates of the space that the training texts span: logistic regression needs no other.

    With its L2 penalty a weight outside that space would cost and change no training text's probability.
    """
    if vectors.shape[1] < _FAR_MORE * len(train):
        return vectors
    basis = np.linalg.qr(vectors[train].T).Q
    turned: NDArray[np.float64] = vectors @ basis
    return turned


def _new_classifier(configuration: Configuration) -> _Classifier:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    classifier: _Classifier
    if configuration.text("classifier") == "logistic":
        classifier = LogisticRegression(C=configuration.number("C"), max_iter=200)
    else:
        classifier = KNeighborsClassifier(configuration.integer("k"))
    return classifier
