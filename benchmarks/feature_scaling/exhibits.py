"""What a trial of feature scaling teaches: curvatures, paths through a ravine, the race of the scalers, and theory."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from results.charts.plain import Axes, Overlay, bars, heatmap, lines
from results.exhibits import Exhibit
from results.items import Cell, Chart, Column, Table, Text
from tuner.trial import Trial

from . import ravine
from .design import Setting, design, optimum
from .race import RATES, Runner, race, run_alone
from .scaling import SCALERS
from .task import MOST_MOMENTUM, FeatureScaling
from .theory import condition_number, momentum_rate, plain_rate, steps_to_shrink

_FLOOR = 1e-6
"""Where the logarithmic axis of the race ends: below it lies rounding."""
_STEPS = "steps"
_CONDITION = "condition number"
_EXCESS = "excess loss"


def exhibits_of(task: FeatureScaling, trial: Trial) -> tuple[Exhibit, ...]:
    """Four exhibits, all of this trial's training rows."""
    conditions = {
        (scaler, centre): _condition(task.setting(trial), scaler, centre=centre == "yes")
        for scaler in SCALERS
        for centre in ("no", "yes")
    }
    centre = trial.configuration.text("centre")
    mine = {scaler: conditions[scaler, centre] for scaler in SCALERS}
    return (
        _conditioning(trial, conditions),
        _paths(task, trial),
        _race(task, trial),
        _theory(task, trial, mine),
    )


def _condition(setting: Setting, scaler: str, *, centre: bool) -> float:
    """Of the penalised training loss at its optimum, in a scaler's coordinates."""
    standard = design(setting, "standard", centre=True).scaling
    change = design(setting, scaler, centre=centre).scaling.to_standard(standard)
    return condition_number(optimum(setting).hessian, change)


def _conditioning(trial: Trial, conditions: dict[tuple[str, str], float]) -> Exhibit:
    scaler, centre = trial.configuration.text("scaler"), trial.configuration.text("centre")
    before, after = conditions["none", "no"], conditions[scaler, centre]
    words = {"no": "not centred", "yes": "centred"}
    text = (
        "The condition number is the greatest curvature of the loss divided by the least: 1 is a round bowl, a large "
        f"number a long ravine. On the features as published it is {before:.2g}; in this trial "
        f"(scaler {scaler}, {words[centre]}) it is {after:.2g}."
    )
    rows = tuple((s, words[c], condition) for (s, c), condition in conditions.items())
    table = Table("Condition number by scaler", (_name("scaler"), _name("features"), _number(_CONDITION)), rows)
    chart = bars(
        "Condition number of the loss at its optimum, by scaler",
        "Bars on a logarithmic scale, two a scaler: features not centred and centred.",
        table,
        Axes("scaler", _CONDITION, "features", log_y=True),
    )
    return Exhibit("conditioning", "How long the ravine is, by scaler", (Text(text), chart))


def _paths(task: FeatureScaling, trial: Trial) -> Exhibit:
    setting, mine = task.setting(trial), trial.configuration.text("scaler")
    features = ravine.choose_features(setting)
    names = ravine.names_of(setting, features)
    scalers = ("none", "standard" if mine == "none" else mine)
    raw, scaled = (ravine.descend(setting, features, scaler) for scaler in scalers)
    text = (
        f"A model of two features alone, {names[0]} and {names[1]}: the colour is the loss above its least (1 at the "
        f"start), the line {ravine.STEPS} steps of gradient descent without momentum, at the best step size, from "
        f"weights of zero. Unscaled, the condition number is {raw.condition:.3g} and {raw.excess[-1]:.2g} of the "
        f"excess is left at the end; with the scaler {scalers[1]} they are {scaled.condition:.3g} and "
        f"{scaled.excess[-1]:.2g}."
    )
    charts = [_map(result, names, scaler) for result, scaler in zip((raw, scaled), scalers, strict=True)]
    return Exhibit("paths", "The way down, without scaling and with it", (Text(text), *charts))


def _map(result: ravine.Ravine, names: tuple[str, str], scaler: str) -> Chart:
    x, y = (f"weight of {name}" for name in names)
    cells = tuple(
        (float(first), float(second), max(float(result.map[i, j]), 1e-4))
        for i, first in enumerate(result.axes[0])
        for j, second in enumerate(result.axes[1])
    )
    path = tuple((float(first), float(second)) for first, second in result.path)
    goal = (float(result.optimum[0]), float(result.optimum[1]), "optimum")
    columns = (_number(x, 4), _number(y, 4))
    return heatmap(
        f"Loss and path with the scaler {scaler}",
        "A map of the loss by both weights, both axes equally long, with the path of gradient descent over it.",
        Table(f"Excess loss by both weights, scaler {scaler}", (*columns, _number(_EXCESS, 4)), cells),
        Axes(x, y),
        value=_EXCESS,
        log_value=True,
        overlays=(
            Overlay(Table("Path", columns, path), is_path=True),
            Overlay(Table("Optimum", (*columns, _name("place")), (goal,)), label="place"),
        ),
    )


def _race(task: FeatureScaling, trial: Trial) -> Exhibit:
    mine, racing = run_alone(task, trial), race(task, trial)
    best = min(racing, key=lambda runner: float(runner.excess[-1]))
    worst = max(racing, key=lambda runner: float(runner.excess[-1]))
    text = (
        f"Every scaler with this trial's momentum, method and centring, at the best of {len(RATES)} step sizes. After "
        f"{task.steps} steps {_share(best)} of the first loss's distance to the optimum is left with {best.scaler}, "
        f"and {_share(worst)} with {worst.scaler}. The optimum is the same for all: who is higher is only slower."
    )
    runners = [*([("this trial", mine)] if mine else []), *[(runner.scaler, runner) for runner in racing]]
    rows = tuple(row for name, runner in runners for row in _curve(name, runner))
    columns = (_number(_STEPS, 0), _number(_EXCESS, 6), _name("run"))
    chart = lines(
        "Training loss above the optimum, over steps",
        f"One line a scaler, on logarithmic scales: the share of the first distance, cut at {_FLOOR:g}.",
        Table("Excess loss over steps", columns, rows),
        Axes(_STEPS, _EXCESS, "run", log_x=True, log_y=True),
    )
    return Exhibit("race", "The race to the optimum, by scaler", (Text(text), chart))


def _share(runner: Runner) -> str:
    return f"{max(float(runner.excess[-1]), _FLOOR):.2g}"


def _curve(name: str, runner: Runner) -> list[tuple[Cell, ...]]:
    last = len(runner.excess) - 1
    chosen = np.unique(np.geomspace(1, last, min(last, 26)).round().astype(int)).tolist()
    return [(step, max(float(runner.excess[step]), _FLOOR), name) for step in chosen]


def _theory(task: FeatureScaling, trial: Trial, conditions: dict[str, float]) -> Exhibit:
    best = {scaler: min(momentum_rate(condition) ** 2, MOST_MOMENTUM) for scaler, condition in conditions.items()}
    plain, fast = race(task, trial, dict.fromkeys(SCALERS, 0.0)), race(task, trial, best)
    factor = math.sqrt(task.tolerance)
    text = (
        "At the best step size a step of plain descent leaves (k - 1) / (k + 1) of the distance to the optimum, where "
        "k is the condition number there, and with the best momentum about (sqrt(k) - 1) / (sqrt(k) + 1) (Polyak 1964; "
        f"Goh 2017): the steps until {task.tolerance:g} of the excess loss is left grow with k, or only with its root. "
        "That is what the flattest direction takes; a loss that lies mostly along steep ones falls sooner. Measured "
        f"are the best of {len(RATES)} step sizes without momentum, and with the square of the second rate (at most "
        f"{MOST_MOMENTUM:g}) as momentum; a dash is more than {task.steps} steps."
    )
    rows = tuple(
        (
            scaler,
            conditions[scaler],
            _rounded(steps_to_shrink(plain_rate(conditions[scaler]), factor)),
            slow.steps_to_tolerance,
            _rounded(steps_to_shrink(momentum_rate(conditions[scaler]), factor)),
            quick.steps_to_tolerance,
        )
        for scaler, slow, quick in zip(SCALERS, plain, fast, strict=True)
    )
    counts = ("plain, expected", "plain, measured", "momentum, expected", "momentum, measured")
    columns = (_name("scaler"), _number(_CONDITION, 1), *[Column(name, "integer") for name in counts])
    table = Table("Steps to the tolerance, expected and measured", columns, rows)
    return Exhibit("theory", "How many steps theory expects", (Text(text), table, _prediction(task, conditions, plain)))


def _rounded(steps: int) -> int:
    """To three digits: a law that holds about tells no more."""
    return int(float(f"{steps:.3g}"))


def _prediction(task: FeatureScaling, conditions: dict[str, float], plain: Sequence[Runner]) -> Chart:
    """Both laws, and the measured steps without momentum where the tolerance was reached."""
    factor = math.sqrt(task.tolerance)
    grid = np.geomspace(2.0, max(conditions.values()), 30).tolist()
    laws = {"plain": plain_rate, "best momentum": momentum_rate}
    rows = tuple((k, steps_to_shrink(rate(k), factor), name) for name, rate in laws.items() for k in grid)
    columns = (_number(_CONDITION, 1), Column(_STEPS, "integer"))
    seen = tuple(
        (conditions[runner.scaler], runner.steps_to_tolerance, runner.scaler)
        for runner in plain
        if runner.steps_to_tolerance
    )
    measured = Overlay(Table("Measured without momentum", (*columns, _name("scaler")), seen), label="scaler")
    return lines(
        "Steps to the tolerance by condition number",
        "Two lines on logarithmic scales, plain descent and the best momentum, and a point for each scaler measured.",
        Table("Steps expected", (*columns, _name("method")), rows),
        Axes(_CONDITION, _STEPS, "method", log_x=True, log_y=True),
        overlays=(measured,) if seen else (),
    )


def _name(name: str) -> Column:
    return Column(name)


def _number(name: str, digits: int = 3) -> Column:
    return Column(name, "number", digits)
