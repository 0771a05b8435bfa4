"""Which features move the odds, by how much, and how sure that is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from results.charts.plain import Axes, intervals
from results.exhibits import Exhibit
from results.items import Cell, Column, Heading, Item, Note, Table, Text
from tuner.seeds import derive_seed

from .odds import Odds, average_effects, bootstrap, ratio, unpenalised
from .refit import Refit

_STRONGEST: Final = 12
_RESAMPLES: Final = 200
_UNPENALISED: Final = 3
_INCREDIBLE: Final = 1000


def show_odds(refit: Refit) -> Exhibit:
    """Odds ratios of the strongest features with bootstrap intervals; a few without a penalty, with Wald's."""
    name, title = "odds-ratios", f"What a feature does to the odds of {refit.classes[1]}"
    if not refit.strongest:
        text = f"The penalty leaves no feature a coefficient: all rows have the same odds of {refit.classes[1]}."
        return Exhibit(name, title, (Text(text),))
    generator = np.random.default_rng(derive_seed(refit.data_seed, "bootstrap"))
    table = _table(refit, bootstrap(refit.design, refit.terms, generator, count=_RESAMPLES))
    chart = intervals(
        f"Odds ratios of {refit.classes[1]} for one standard deviation",
        "One row a feature: its odds ratio and the bootstrap interval, on a logarithmic axis; 1 means no effect.",
        table,
        Axes(x="odds ratio, one deviation", y="feature", log_x=True),
        low="low",
        high="high",
    )
    return Exhibit(name, title, (_reading(refit), _intervals_meant(), table, chart, *_without_penalty(refit)))


def _reading(refit: Refit) -> Text:
    (other, target), first = refit.classes, refit.strongest[0]
    return Text(
        f"While the other features stay, one standard deviation more of a feature multiplies the odds of {target} "
        f"against {other} by its odds ratio: {refit.data.feature_names[first]} "
        f"(deviation {refit.design.deviation[first]:.3g}) by {_ratio(refit.coefficients[1 + first]):.3g}. "
        f"The change of probability is the average marginal effect: the slope of the probability of {target} for one "
        "standard deviation, averaged over the training rows. The ratio for one unit says little where a unit is many "
        "deviations; a dash stands for one beyond every scale."
        f"{_warning(_ratio(refit.coefficients[1 + first]))}"
    )


def _warning(strongest: float) -> str:
    """What to make of an odds ratio that no effect in nature has."""
    if 1 / _INCREDIBLE < strongest < _INCREDIBLE:
        return ""
    return (
        f" An odds ratio beyond {_INCREDIBLE:g} to 1 is no discovery: features that rise together are pulling against "
        "each other, or the rows are nearly separable, and the penalty is too weak to hold the coefficients. Read "
        "the signs of such a model with care, and its sizes not at all."
    )


def _intervals_meant() -> Note:
    return Note(
        f"The intervals hold the middle 95 % of {_RESAMPLES} fits, with the same penalty, to resampled rows "
        "(a bootstrap). They tell how far this estimate moves from sample to sample; the penalty pulls odds ratios "
        "towards 1, so they are no confidence intervals of the model without a penalty."
    )


def _table(refit: Refit, odds: Odds) -> Table:
    shown, deviation = refit.strongest[:_STRONGEST], refit.design.deviation
    effects = average_effects(refit.design, refit.coefficients)
    columns = (
        Column("feature"),
        Column("deviation"),
        Column("odds ratio, one unit"),
        *_ratio_columns(),
        Column("change of probability", "percent", 1),
    )
    rows = [
        (refit.data.feature_names[j], float(deviation[j]), ratio(odds.estimate[j] / deviation[j]), *_ratios(odds, j))
        for j in shown
    ]
    effect_cells = [float(effects[j]) for j in shown]
    return Table(
        f"The {len(shown)} strongest of {len(refit.strongest)} features with a coefficient",
        columns,
        tuple((*row, effect) for row, effect in zip(rows, effect_cells, strict=True)),
    )


def _without_penalty(refit: Refit) -> tuple[Item, ...]:
    """The strongest few features in a model of their own, where maximum likelihood exists."""
    chosen = refit.strongest[:_UNPENALISED]
    names = [refit.data.feature_names[j] for j in chosen]
    heading = Heading("The strongest features alone, without a penalty")
    odds = unpenalised(refit.features[:, chosen], refit.labels)
    if odds is None:
        told = f"{', '.join(names)} separate the training rows without an error: the odds ratios would be infinite."
        return heading, Text(told)
    text = Text(
        "Maximum likelihood with Wald intervals, as statistics packages give them: they hold the true odds ratio with "
        "95 % confidence if the model holds and the features were not chosen on the same rows; here they were. "
        f"{_together(refit, chosen)}"
    )
    rows = tuple((name, *_ratios(odds, j)) for j, name in enumerate(names))
    return heading, text, Table("Without a penalty", (Column("feature"), *_ratio_columns()), rows)


def _together(refit: Refit, chosen: list[int]) -> str:
    """Why intervals are wide: features that rise together share their effect."""
    if len(chosen) < 2:
        return "There is but one."
    correlations = np.triu(np.abs(np.corrcoef(refit.features[:, chosen], rowvar=False)), 1)
    return f"Two of them correlate by up to {correlations.max():.2f}: the closer to 1, the wider their intervals."


def _ratio_columns() -> tuple[Column, ...]:
    return Column("odds ratio, one deviation"), Column("low"), Column("high")


def _ratios(odds: Odds, feature: int) -> tuple[Cell, ...]:
    return tuple(_ratio(each[feature]) for each in (odds.estimate, odds.low, odds.high))


def _ratio(log_odds: float) -> float:
    """The odds ratio, held within what an axis can show."""
    return math.exp(min(max(log_odds, -300.0), 300.0))
