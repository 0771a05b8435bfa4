"""How predicted probabilities are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def score(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """`log_loss` and `accuracy` of probabilities [n, classes]."""
    accuracy = (probabilities.argmax(axis=1) == labels).mean()
    return {"log_loss": float(row_losses(labels, probabilities).mean()), "accuracy": float(accuracy)}


def row_losses(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log loss of each row [n], in nats; probabilities are kept a rounding error away from zero: it is finite."""
    chosen = probabilities[np.arange(len(labels)), labels]
    losses: NDArray[np.float64] = -np.log(np.maximum(chosen, np.finfo(np.float64).eps))
    return losses
