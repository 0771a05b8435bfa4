"""What a trial of classic teaches: which parameters matter, where the trial stands, and what its model gets wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, bars, lines, points
from results.exhibits import Exhibit
from results.items import Cell, Chart, Column, Note, Panels, Table, Text
from tuner.configuration import Configuration, Value
from tuner.parameter import Categorical
from tuner.problem import Objective
from tuner.seeds import derive_seed
from tuner.trial import Proposal, Trial

from .models import Recipe
from .sources import FOLDS, Parts
from .surrogate import Surrogate

if TYPE_CHECKING:
    from .task import Classic

DESIGN: Final = 48
"""Configurations that are tried on one fold each: as much work as about eight full evaluations."""

_FEWEST: Final = 12
_PANELS: Final = 4


def exhibits_of(task: Classic, trial: Trial) -> tuple[Exhibit, ...]:
    """The exhibits of a trial: as much work as about ten evaluations."""
    configurations, values = _try_out(task, trial)
    found = [_mistakes(task, trial)]
    if len(values) >= _FEWEST:
        space, objective = task.problem.space, task.problem.objectives[0]
        surrogate = Surrogate(space, configurations, np.array(values), seed=derive_seed(trial.seed, "forest") % 2**32)
        found = [_importance(surrogate, objective), _dependence(surrogate, objective, trial.configuration), *found]
    return tuple(found)


def _try_out(task: Classic, trial: Trial) -> tuple[list[Configuration], list[float]]:
    """Random configurations and their value on the first fold; those that fail are left out."""
    rng = np.random.default_rng(derive_seed(trial.seed, "design"))
    name, parts = task.problem.objectives[0].name, task.parts(trial)
    configurations, values = [], []
    for configuration in task.problem.space.sample_many(rng, DESIGN):
        try:
            scores = task.score_fold(replace(trial, proposal=Proposal(configuration)), parts, 0)
        except (ValueError, FloatingPointError):  # a net that diverged
            continue
        configurations.append(configuration)
        values.append(scores[name])
    return configurations, values


def _importance(surrogate: Surrogate, objective: Objective) -> Exhibit:
    shares = surrogate.importance
    rows = sorted(shares.items(), key=lambda item: -item[1])
    table = Table("Share of the variance", (Column("parameter"), Column("share", "percent")), tuple(rows))
    chart = bars(
        f"How much of the variation of {objective.name} each parameter explains by itself",
        "One bar a parameter, the longest for the one that matters most.",
        table,
        Axes("parameter", "share"),
    )
    (first, share), together = rows[0], max(0.0, 1 - sum(shares.values()))
    text = (
        f"{len(surrogate.values)} random configurations were measured on one fold each and a forest fitted to them; a "
        f"bar is the share of the forest's variance over the space that the parameter explains by itself (functional "
        f"analysis of variance, Hutter et al. 2014). {first} explains {share:.0%}; {together:.0%} lies "
        f"in how parameters act together. In rows that it had not seen, the forest explains {surrogate.explained:.0%}."
    )
    return Exhibit("importance", "Which parameters matter", (Text(text), *_caution(surrogate), chart))


def _caution(surrogate: Surrogate) -> tuple[Note, ...]:
    if surrogate.explained >= 0.3:
        return ()
    return (Note("The forest predicts unseen configurations badly: take the shares as a hint, no more."),)


def _dependence(surrogate: Surrogate, objective: Objective, chosen: Configuration) -> Exhibit:
    shares = surrogate.importance
    names = sorted(shares, key=lambda name: -shares[name])[:_PANELS]
    panels = Panels(
        f"Mean {objective.name} over the space, by parameter",
        tuple(_panel(surrogate, objective, name, chosen) for name in names),
    )
    at = ", ".join(f"{name} = {_shown(chosen[name])}" for name in names)
    text = (
        f"Each line is the forest's mean {objective.name} when one parameter is set and all others are drawn at random "
        f"(partial dependence, Friedman 2001); {'lower' if objective.goal == 'minimize' else 'higher'} is better. The "
        f"mark stands at the trial's own value: {at}. A trial may well stand where the line is not best, for the line "
        "is a mean over good and bad values of the others. Each panel has its own scale: the least bar above has the "
        "flattest line."
    )
    return Exhibit("dependence", "What each parameter does on average", (Text(text), panels))


def _panel(surrogate: Surrogate, objective: Objective, name: str, chosen: Configuration) -> Chart:
    parameter = surrogate.space.parameters[name]
    settings, means = surrogate.dependence(name)
    here = surrogate.means(name, [chosen[name]])[0]
    if isinstance(parameter, Categorical):
        rows = tuple((str(setting), mean) for setting, mean in zip(settings, means, strict=True))
        table = Table(name, (Column(name), Column(objective.name, "number")), rows)
        mark = Table("The trial", table.columns, ((str(chosen[name]), here),))
        return points(
            name, f"Mean {objective.name} by {name}.", table, Axes(name, objective.name), overlays=[Overlay(mark)]
        )
    numbers = tuple((_number(setting), mean) for setting, mean in zip(settings, means, strict=True))
    table = Table(name, (Column(name, "number", 6), Column(objective.name, "number")), numbers)
    mark = Table("The trial", table.columns, ((chosen.number(name), here),))
    axes = Axes(name, objective.name, log_x=parameter.log)
    return lines(name, f"Mean {objective.name} over {name}.", table, axes, overlays=[Overlay(mark)])


def _mistakes(task: Classic, trial: Trial) -> Exhibit:
    recipe, parts = task.recipe(trial), task.parts(trial)
    return _residuals(recipe, parts, trial) if recipe.kind == "numbers" else _confusion(recipe, parts, trial)


def _confusion(recipe: Recipe, parts: Parts, trial: Trial) -> Exhibit:
    said, truth, names = _predict(recipe, parts, trial), parts.held_out_target, parts.class_names
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"is {name}", *(int(((truth == row) & (said == column)).sum()) for column in range(len(names))))
        for row, name in enumerate(names)
    )
    columns = (Column("the row"), *(Column(f"called {name}", "integer") for name in names))
    wrong = int((said != truth).sum())
    text = (
        f"Of {len(truth)} held-out rows {wrong} are called by another class's name. Right answers stand on the "
        "diagonal; what stands beside it tells which classes are taken for which."
    )
    table = Table("Held-out rows by what they are and what the model calls them", columns, rows)
    return Exhibit("mistakes", "Which classes are mixed up", (Text(text), table))


def _residuals(recipe: Recipe, parts: Parts, trial: Trial) -> Exhibit:
    said, truth = _predict(recipe, parts, trial), parts.held_out_target
    columns = (Column("true", "number", 1), Column("predicted", "number", 1))
    pairs: list[tuple[float, float]] = list(zip(truth.tolist(), said.tolist(), strict=True))
    ends = (float(truth.min()), float(truth.max()))
    chart = points(
        "Predicted against true values of the held-out rows",
        "A cloud of points along the diagonal, flatter than it.",
        Table("Held-out rows", columns, tuple(pairs)),
        Axes("true", "predicted"),
        overlays=(Overlay(Table("Right predictions", columns, tuple((end, end) for end in ends)), is_path=True),),
    )
    explained = 1 - float(((said - truth) ** 2).mean() / truth.var())
    text = (
        f"Each point is a held-out row; on the diagonal a prediction is right. The model explains {explained:.0%} of "
        f"the variance, and is off by {np.abs(said - truth).mean():.1f} in the mean. Predictions spread less than the "
        f"truth (standard deviation {said.std():.1f} against {truth.std():.1f})."
    )
    return Exhibit("mistakes", "Predicted and true values", (Text(text), chart))


def _predict(recipe: Recipe, parts: Parts, trial: Trial) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    from .task import luck_of  # which imports this module to explain

    model = recipe.fit(parts.features, parts.target, luck_of(trial, FOLDS))
    return model.predict(parts.held_out_features)


def _number(value: Value) -> float:
    assert not isinstance(value, str)
    return float(value)


def _shown(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
