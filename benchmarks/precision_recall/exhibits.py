"""What a trial of precision-recall teaches: where its threshold lies, what it costs, and what calibration does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, lines
from results.exhibits import Exhibit
from results.items import Column, Table, Text
from tuner.configuration import Configuration
from tuner.trial import Trial

from .alarms import cheapest, costs, count
from .cases import CASES, Case
from .fitting import held_out_probabilities, validation_probabilities
from .rows import CaseRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLDS: Final = 1 / (1 + np.exp(-np.linspace(-6.5, 6.5, 131)))
"""Where costs are drawn and the cheapest threshold is looked for: evenly spaced log-odds."""
THRESHOLDS.setflags(write=False)

_BINS: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A trial's case, rows, threshold and probabilities."""

    case: Case
    rows: CaseRows
    threshold: float
    validation: NDArray[np.float64]
    held_out: NDArray[np.float64]

    @property
    def cheapest(self) -> float:
        """The threshold that was the cheapest on the validation rows."""
        return cheapest(self.rows.y, self.validation, THRESHOLDS, self.case)


def exhibits_of(case: Case, rows: CaseRows, trial: Trial) -> tuple[Exhibit, ...]:
    """The exhibits of a trial: as much work as three or four evaluations."""
    configuration = trial.configuration
    validation = {method: _validation(configuration, method, rows, trial.seed) for method in _METHODS}
    scene = _Scene(
        case=case,
        rows=rows,
        threshold=configuration.number("threshold"),
        validation=validation[configuration.text("calibration")],
        held_out=held_out_probabilities(configuration, rows, trial.seed),
    )
    return _curve(scene), _cost(scene), _mistakes(scene), _calibration(scene, validation)


_METHODS: Final = ("none", "sigmoid", "isotonic")


def _validation(configuration: Configuration, method: str, rows: CaseRows, seed: int) -> NDArray[np.float64]:
    return validation_probabilities(Configuration({**configuration, "calibration": method}), rows, seed)


def _curve(scene: _Scene) -> Exhibit:
    case, found = scene.case, count(scene.rows.y, scene.validation, scene.threshold)
    table = Table(
        "Precision and recall on the validation rows, for each threshold",
        (Column("recall", "number"), Column("precision", "number"), Column("threshold", "number")),
        tuple(_curve_rows(scene)),
    )
    chart = lines(
        "Precision against recall, with the cheapest point of each case's costs",
        "A curve that falls from high precision at low recall to low precision at full recall.",
        table,
        Axes("recall", "precision"),
        overlays=(Overlay(_marks(scene), label="mark"),),
    )
    text = (
        f"Going along the curve, the threshold falls: more of the positive rows are found, and more alarms are false. "
        f"On the validation rows the trial, which raises an alarm from {scene.threshold:.3f}, has precision "
        f"{found.precision:.2f} and recall {found.recall:.2f}; {case.name} pays {case.miss_cost:g} for a miss and "
        f"{case.alarm_cost:g} for a false alarm, since {case.reason}. The same model would stand "
        "elsewhere for other costs, as marked."
    )
    return Exhibit("curve", "Where the threshold lies between precision and recall", (Text(text), chart))


def _curve_rows(scene: _Scene) -> list[tuple[float, float, float]]:
    """The corners of the curve, at most 120 of them, with at least one alarm each."""
    values = np.unique(scene.validation)
    chosen = values[np.unique(np.linspace(0, len(values) - 1, 120).astype(np.int64))][::-1]
    found = [(count(scene.rows.y, scene.validation, threshold), threshold) for threshold in chosen.tolist()]
    return [(alarms.recall, alarms.precision, threshold) for alarms, threshold in found]


def _marks(scene: _Scene) -> Table:
    """The trial's own point and, on the same curve, the cheapest point for the costs of each case."""
    marks = [("trial", scene.threshold)]
    for name, case in CASES.items():
        marks.append((name, cheapest(scene.rows.y, scene.validation, THRESHOLDS, case)))
    places: dict[tuple[float, float], tuple[list[str], float]] = {}
    for mark, threshold in marks:
        alarms = count(scene.rows.y, scene.validation, threshold)
        places.setdefault((alarms.recall, alarms.precision), ([], threshold))[0].append(mark)
    rows = [(", ".join(names), threshold, *place) for place, (names, threshold) in places.items()]
    columns = (Column("mark"), Column("threshold", "number"), Column("recall", "number"), Column("precision", "number"))
    return Table("Marked points", columns, tuple(rows))


def _cost(scene: _Scene) -> Exhibit:
    case = scene.case
    parts = {"validation": (scene.rows.y, scene.validation), "held out": (scene.rows.held_out_target, scene.held_out)}
    rows = [
        (threshold, cost, name)
        for name, (y, probabilities) in parts.items()
        for threshold, cost in zip(THRESHOLDS.tolist(), costs(y, probabilities, THRESHOLDS, case).tolist(), strict=True)
    ]
    columns = (Column("threshold", "number"), Column("cost", "number", 1), Column("rows"))
    chart = lines(
        "Cost of 1000 rows over the threshold",
        "Two curves, each with a valley; the trial's threshold, the cheapest and the one of theory are marked.",
        Table("Cost of 1000 rows over the threshold", columns, tuple(rows)),
        Axes("threshold", "cost", series="rows", log_x=True),
        overlays=(Overlay(_cost_marks(scene), label="mark"),),
    )
    table = Table(
        "Three thresholds",
        (
            *(Column("threshold is"), Column("threshold", "number")),
            *(Column("validation cost", "number", 1), Column("held-out cost", "number", 1)),
        ),
        tuple(_three(scene)),
    )
    side = "low: better ten false alarms than one miss" if case.threshold < 0.5 else "high: better silent than wrong"
    side = "in the middle" if case.threshold == 0.5 else side
    text = (
        f"If probabilities are right, an alarm pays off from {case.alarm_cost:g} / ({case.alarm_cost:g} + "
        f"{case.miss_cost:g}) = {case.threshold:.3f} (Elkan 2001): {side}. On the validation rows the cheapest "
        f"threshold of this model is {scene.cheapest:.3f}, and the trial has {scene.threshold:.3f}. Positive rows that "
        "weigh more than they should push probabilities, and with them the cheapest threshold, up."
    )
    return Exhibit("cost", "What each threshold costs", (Text(text), chart, table))


def _three(scene: _Scene) -> list[tuple[str, float, float, float]]:
    places = {
        "the trial's": scene.threshold,
        "the cheapest on validation rows": scene.cheapest,
        "theory's, for right probabilities": scene.case.threshold,
    }
    return [
        (
            name,
            threshold,
            count(scene.rows.y, scene.validation, threshold).cost(scene.case),
            count(scene.rows.held_out_target, scene.held_out, threshold).cost(scene.case),
        )
        for name, threshold in places.items()
    ]


def _cost_marks(scene: _Scene) -> Table:
    names = ("trial", "cheapest", "theory")
    rows = [(name, row[1], row[2]) for name, row in zip(names, _three(scene), strict=True)]
    return Table(
        "Marked points", (Column("mark"), Column("threshold", "number"), Column("cost", "number")), tuple(rows)
    )


def _mistakes(scene: _Scene) -> Exhibit:
    case, alarms = scene.case, count(scene.rows.held_out_target, scene.held_out, scene.threshold)
    table = Table(
        "Held-out rows by what they are and what the model said",
        (Column("the row is"), Column("alarm", "integer"), Column("no alarm", "integer")),
        (("positive", alarms.hits, alarms.misses), ("negative", alarms.false_alarms, alarms.passes)),
    )
    text = (
        f"Of {alarms.hits + alarms.misses} positive held-out rows (each {case.positive}) {alarms.misses} went "
        f"unseen, at {case.miss_cost:g} each; {alarms.false_alarms} of the negative rows raised a false alarm, at "
        f"{case.alarm_cost:g} each. That makes {alarms.cost(case):.0f} for 1000 rows, precision "
        f"{alarms.precision:.2f} and recall {alarms.recall:.2f}."
    )
    return Exhibit("mistakes", "The mistakes on held-out rows", (Text(text), table))


def _calibration(scene: _Scene, validation: Mapping[str, NDArray[np.float64]]) -> Exhibit:
    y = scene.rows.y
    rows = [
        (*point, method) for method, probabilities in validation.items() for point in _reliability(y, probabilities)
    ]
    chart = lines(
        "Share of positive rows against the probability that was said",
        "One line a calibration, and the diagonal on which a well calibrated model lies.",
        Table(
            "Reliability on validation rows",
            (Column("probability", "number"), Column("share", "number"), Column("calibration")),
            tuple(rows),
        ),
        Axes("probability", "share", series="calibration"),
        overlays=(Overlay(_DIAGONAL, is_path=True),),
    )
    table = Table(
        "How right the probabilities are, and where the cheapest threshold lies",
        (
            *(Column("calibration"), Column("Brier score", "number", 4), Column("cheapest threshold", "number")),
            Column("its cost", "number", 1),
        ),
        tuple(_by_calibration(scene, validation)),
    )
    used = ", ".join(f"{row[2]:.3f} ({row[0]})" for row in _by_calibration(scene, validation))
    text = (
        f"Each line groups the validation rows by the probability they were given, into {_BINS} with as many positive "
        "rows each; on the diagonal probabilities are right. A class weight bends the line off it; calibration, fitted "
        f"inside the training folds, should bend it back: where it does, the Brier score falls. "
        f"The cheapest threshold is {used}; theory's is "
        f"{scene.case.threshold:.3f}."
    )
    return Exhibit("calibration", "Before and after calibration", (Text(text), chart, table))


_DIAGONAL: Final = Table(
    "Right probabilities", (Column("probability", "number"), Column("share", "number")), ((0.0, 0.0), (1.0, 1.0))
)


def _reliability(y: NDArray[np.int64], probabilities: NDArray[np.float64]) -> list[tuple[float, float]]:
    """The mean probability and the share of positives in groups with as many positives each, by rising probability."""
    order = np.argsort(probabilities, kind="stable")
    positives = np.cumsum(y[order])
    ends = np.searchsorted(positives, positives[-1] * np.arange(1, _BINS) / _BINS) + 1
    groups = [group for group in np.split(order, ends) if len(group)]
    return [(float(probabilities[group].mean()), float(y[group].mean())) for group in groups]


def _by_calibration(
    scene: _Scene, validation: Mapping[str, NDArray[np.float64]]
) -> list[tuple[str, float, float, float]]:
    y, rows = scene.rows.y, []
    for method, probabilities in validation.items():
        threshold = cheapest(y, probabilities, THRESHOLDS, scene.case)
        brier = float(((probabilities - y) ** 2).mean())
        rows.append((method, brier, threshold, count(y, probabilities, threshold).cost(scene.case)))
    return rows
