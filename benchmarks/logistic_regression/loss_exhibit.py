"""How the log loss follows from the predicted probabilities, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, lines
from results.exhibits import Exhibit
from results.items import Chart, Column, Table, Text

from .scoring import row_losses

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COSTLIEST: Final = 5
_EDGES: Final = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)
_ON_CURVE: Final = (
    0.0001,
    0.001,
    0.003,
    0.01,
    0.02,
    0.04,
    *(0.01 * k for k in range(6, 95, 4)),
    0.96,
    0.98,
    0.99,
    0.999,
)
_POINTS: Final = 300


def show_log_loss(classes: tuple[str, ...], labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Exhibit:
    """The loss of held-out rows against their probabilities [n, classes], and whether these are borne out."""
    losses = row_losses(labels, probabilities)
    costliest = np.sort(losses)[::-1][:_COSTLIEST].sum() / losses.sum()
    text = Text(
        "The likelihood multiplies the probabilities that the model gave to what happened, so each row costs minus the "
        "logarithm of the probability of its class: little where the model was right, without bound where it was sure "
        f"and wrong. The {len(labels)} held-out rows cost {losses.mean():.3g} on average; the {_COSTLIEST} costliest "
        f"carry {100 * costliest:.0f} % of that."
    )
    items = (text, _draw(classes, labels, probabilities, losses), _calibration(classes, labels, probabilities))
    return Exhibit("log-loss", "What the log loss sees", items)


def _draw(
    classes: tuple[str, ...], labels: NDArray[np.int64], probabilities: NDArray[np.float64], losses: NDArray[np.float64]
) -> Chart:
    """Two classes: over the probability of class 1, a curve for each; more: over that of the row's own class."""
    is_binary = len(classes) == 2
    x = f"probability of {classes[1]}" if is_binary else "probability of the row's class"
    shown = probabilities[:, 1] if is_binary else probabilities[np.arange(len(labels)), labels]
    curves = [(p, float(-np.log(p)), classes[1] if is_binary else "every class") for p in _ON_CURVE]
    if is_binary:
        curves += [(p, float(-np.log(1 - p)), classes[0]) for p in (1 - q for q in reversed(_ON_CURVE))]
    points = zip(shown[:_POINTS].tolist(), losses[:_POINTS].tolist(), strict=True)
    columns = Column(x), Column("loss of the row")
    return lines(
        "The loss of a row by its predicted probability",
        "A curve for each class that the row may have; the dots are held-out rows.",
        Table("The loss by probability and class", (*columns, Column("class")), tuple(curves)),
        Axes(x=x, y="loss of the row", series="class"),
        overlays=(Overlay(Table("Held-out rows", columns, tuple(points))),),
    )


def _calibration(classes: tuple[str, ...], labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Table:
    """Of the rows that got about this probability, how many were so?"""
    is_binary = len(classes) == 2
    given = probabilities[:, 1] if is_binary else probabilities.max(axis=1)
    came_true = labels == 1 if is_binary else labels == probabilities.argmax(axis=1)
    what = f"were {classes[1]}" if is_binary else "were of the likeliest class"
    columns = (
        Column(f"probability of {classes[1]}" if is_binary else "highest probability"),
        Column("rows", "integer"),
        Column("mean probability", "percent", 1),
        Column(what, "percent", 1),
    )
    place = np.digitize(given, _EDGES[1:-1])
    rows = []
    for k in range(len(_EDGES) - 1):
        chosen = place == k
        if chosen.any():
            label = f"{_EDGES[k]:g} to {_EDGES[k + 1]:g}"
            rows.append((label, int(chosen.sum()), float(given[chosen].mean()), float(came_true[chosen].mean())))
    return Table("Calibration on the held-out rows", columns, tuple(rows))
