"""How the coefficients and the log loss change with the strength of the penalty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, lines
from results.exhibits import Exhibit
from results.items import Chart, Column, Table, Text
from tuner.configuration import Configuration

from ..datasets import folds
from .newton import fit
from .refit import Refit
from .scoring import row_losses
from .two_classes import cross_validate, terms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRENGTHS: Final = np.geomspace(1e-4, 1e3, 29)
_LINES: Final = 6
_BEYOND: Final = 10.0


def show_path(refit: Refit, fold_count: int) -> Exhibit:
    """Coefficients and cross-validated log loss over C, all else as in the trial, whose C is marked."""
    chosen = refit.configuration.number("C")
    strengths = np.unique([*_STRENGTHS, chosen])
    configurations = [Configuration({**refit.configuration, "C": float(strength)}) for strength in strengths]
    fitted = fit(refit.design, terms_of(configurations, refit.features, refit.labels))[:, 1:]
    losses = _cross_validated(refit, configurations, fold_count)
    items = (
        _reading(refit, strengths, fitted, losses),
        _draw_coefficients(refit, strengths, fitted),
        _draw_losses(strengths, losses, chosen),
    )
    return Exhibit("regularisation-path", "From all penalty to none", items)


def _cross_validated(refit: Refit, configurations: Sequence[Configuration], fold_count: int) -> NDArray[np.float64]:
    """The log loss of each configuration [k], as the task measures it."""
    fold = folds(refit.labels, refit.data_seed, fold_count)
    predicted = cross_validate(refit.features, refit.labels, fold, configurations)
    return np.array([row_losses(refit.labels, np.column_stack([1 - p, p])).mean() for p in predicted])


def _reading(
    refit: Refit, strengths: NDArray[np.float64], fitted: NDArray[np.float64], losses: NDArray[np.float64]
) -> Text:
    chosen, best = refit.configuration.number("C"), int(losses.argmin())
    place = int(np.flatnonzero(strengths == chosen)[0])
    return Text(
        "C divides the penalty: on the left all coefficients are held near zero, on the right they follow the training "
        f"rows. The line marks this trial's C of {chosen:.3g}: {(fitted[place] != 0).sum()} of {fitted.shape[1]} "
        f"features have a coefficient, the largest is {np.abs(fitted[place]).max():.3g}, and the cross-validated log "
        f"loss is {losses[place]:.4g}. With all else equal the least is {losses[best]:.4g}, at {strengths[best]:.3g}."
    )


def _draw_coefficients(refit: Refit, strengths: NDArray[np.float64], fitted: NDArray[np.float64]) -> Chart:
    chosen = refit.configuration.number("C")
    largest = np.argsort(-np.abs(fitted[strengths == chosen][0]), kind="stable")[:_LINES]
    rows = [
        (float(strength), float(fitted[k, j]), refit.data.feature_names[j])
        for j in largest
        for k, strength in enumerate(strengths)
        if strength <= _BEYOND * chosen
    ]
    columns = Column("C"), Column("coefficient"), Column("feature")
    return lines(
        "Log odds for one standard deviation, over C",
        f"A line for each of the {_LINES} strongest features, up to {_BEYOND:g} times this trial's C, which the "
        "upright line marks.",
        Table("The coefficients over C", columns, tuple(rows)),
        Axes(x="C", y="coefficient", series="feature", log_x=True),
        overlays=(_mark(chosen, "coefficient", [row[1] for row in rows]),),
    )


def _draw_losses(strengths: NDArray[np.float64], losses: NDArray[np.float64], chosen: float) -> Chart:
    columns = Column("C"), Column("log loss", digits=4)
    rows = tuple((float(strength), float(loss)) for strength, loss in zip(strengths, losses, strict=True))
    return lines(
        "Cross-validated log loss over C",
        "The log loss over C, all else as in this trial; the upright line marks its C.",
        Table("The log loss over C", columns, rows),
        Axes(x="C", y="log loss", log_x=True, log_y=True),
        overlays=(_mark(chosen, "log loss", losses.tolist()),),
    )


def _mark(chosen: float, name: str, values: Sequence[float]) -> Overlay:
    """An upright line at the trial's C."""
    ends = ((chosen, min(values)), (chosen, max(values)))
    return Overlay(Table("This trial", (Column("C"), Column(name, digits=4)), ends), is_path=True)
