"""What a trained detector teaches: what it finds, what it cannot find, how sure it is, and what it learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, bars, lines
from results.exhibits import Exhibit
from results.items import Column, Gallery, Picture, Table, Text
from results.pictures import picture

from .course import Detector
from .detectors import TERMS
from .drawing import SCALE, Drawing, draw
from .judging import Curve, Detections, curve, match
from .layout import Layout, collisions, layout_of
from .scenes import SIDE, Scenes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GRIDS: Final = (4, 6, 8, 12)
_SHOWN: Final = 6
_MOST_POINTS: Final = 60


def exhibits(detector: Detector) -> tuple[Exhibit, ...]:
    """Scenes with boxes, digits that share a cell, precision against recall, and the terms of the loss."""
    layout, scenes = layout_of(detector.configuration), detector.parts.validation
    found = detector.detections(detector.validation)
    matches = match(found, scenes)
    validation = curve(found, matches, int(scenes.count.sum()))
    return (
        _scenes(layout, scenes, found, np.where(found.present, matches, -2), validation.balanced_score),
        _shared_cells(layout, detector.parts.train),
        _precision_recall(validation, _curve_of(detector)),
        _terms(detector),
    )


def _curve_of(detector: Detector) -> Curve:
    scenes, found = detector.parts.held_out, detector.detections(detector.held_out)
    return curve(found, match(found, scenes), int(scenes.count.sum()))


def _scenes(layout: Layout, scenes: Scenes, found: Detections, matches: NDArray[np.int64], score: float) -> Exhibit:
    drawings = [_drawing(scenes, found, matches, score, number) for number in range(_SHOWN)]
    pictures = [_picture(number, scenes, layout, drawing) for number, drawing in enumerate(drawings)]
    true, right, wrong = (sum(len(getattr(it, kind)) for it in drawings) for kind in ("true", "found", "false"))
    text = Text(
        f"Six validation scenes under a grid of {layout.grid} x {layout.grid} cells; a cell that holds the centre of a "
        f"digit, and so must report it, is tinted yellow. Of the {true} digits {right} are found (green boxes) and "
        f"{true - right} are missed (their true boxes in blue); {wrong} boxes are false (orange). Drawn are boxes with "
        f"an objectness of at least {score:.2f}, where precision and recall balance best."
    )
    gallery = Gallery("What the detector finds and misses", tuple(pictures))
    return Exhibit("scenes", "What the cells report", (text, gallery))


def _drawing(scenes: Scenes, found: Detections, matches: NDArray[np.int64], score: float, number: int) -> Drawing:
    count = int(scenes.count[number])
    boxes, own = found.boxes[number], np.where(found.scores[number] >= score, matches[number], -2)
    missed = np.setdiff1d(np.arange(count), own)
    true = scenes.boxes[number, :count]
    return Drawing(true=true, found=boxes[own >= 0], false=boxes[own == -1], missed=true[missed])


def _picture(number: int, scenes: Scenes, layout: Layout, drawing: Drawing) -> Picture:
    caption = f"Scene {number + 1}: {len(drawing.found)} of {len(drawing.true)} found, {len(drawing.false)} false"
    description = (
        f"A dark scene of {SIDE} x {SIDE} pixels with {len(drawing.true)} bright digits under a grid; "
        f"{len(drawing.found)} green boxes, {len(drawing.missed)} blue, {len(drawing.false)} orange."
    )
    return picture(caption, description, draw(scenes.pixels[number], layout, drawing), width=SIDE * SCALE)


def _shared_cells(layout: Layout, scenes: Scenes) -> Exhibit:
    digits = int(scenes.count.sum())
    rows: list[tuple[str, str, int, float]] = []
    for grid in _GRIDS:
        for anchors in dict.fromkeys(((layout.anchors[0],), layout.anchors)):
            lost = collisions(Layout(grid, anchors), scenes)
            kind = "one anchor" if len(anchors) == 1 else f"{len(anchors)} anchors, as here"
            rows.append((f"{grid} x {grid}", kind, lost, lost / digits))
    columns = (Column("grid"), Column("anchors"), Column("lost digits", "integer"), Column("share", "percent", 1))
    table = Table("Digits that share a place in the grid with a larger one", columns, tuple(rows))
    own = collisions(layout, scenes)
    text = Text(
        f"A cell reports one digit for each anchor: of two digits at one place the smaller cannot be found, however "
        f"long the detector learns. With this trial's grid and anchors that befalls {own} of the {digits} digits in "
        "the training scenes; a coarser grid loses more."
    )
    chart = bars(
        "Digits that cannot be found",
        "A bar for each grid: the share of digits whose place is taken by a larger one. It shrinks with the cells.",
        table,
        Axes("grid", "share", "anchors"),
    )
    return Exhibit("shared-cells", "Two centres in one cell", (text, chart, table))


def _precision_recall(validation: Curve, held_out: Curve) -> Exhibit:
    recalls = np.linspace(0.0, 1.0, 101).tolist()
    rows = tuple(
        (recall, precision, name)
        for name, own in (("validation", validation), ("held out", held_out))
        for recall, precision in zip(recalls, own.interpolated.tolist(), strict=True)
    )
    columns = (Column("recall", "number", 2), Column("precision"), Column("scenes"))
    recall, precision = validation.at(validation.balanced_score)
    text = Text(
        f"Boxes are counted from the surest to the least sure; a box is right where it overlaps a digit by half of "
        f"their union. The average precision is the area below the line: {validation.average_precision:.3f} in the "
        f"validation scenes, {held_out.average_precision:.3f} in those held out. Where both balance best, "
        f"{recall:.0%} of the digits are found and {precision:.0%} of the boxes are right; the line falls to zero "
        "where the detector has no further box to offer."
    )
    chart = lines(
        "Precision against recall",
        "Two falling lines, for validation and held-out scenes: the best precision at each recall or any greater one.",
        Table("Precision at each recall", columns, rows),
        Axes("recall", "precision", "scenes"),
    )
    return Exhibit("precision-recall", "How sure it can be", (text, chart))


def _terms(detector: Detector) -> Exhibit:
    shares = detector.history / detector.history.sum(axis=1, keepdims=True)
    epochs = np.unique(np.linspace(0, len(shares) - 1, min(len(shares), _MOST_POINTS)).round().astype(np.int64))
    rows = tuple(
        (epoch + 1, share, term)
        for epoch in epochs.tolist()
        for term, share in zip(TERMS, shares[epoch].tolist(), strict=True)
    )
    columns = (Column("epoch", "integer"), Column("share of the loss", "percent", 0), Column("term"))
    first, last = (", ".join(f"{t} {s:.0%}" for t, s in zip(TERMS, shares[e], strict=True)) for e in (0, -1))
    text = Text(
        f"The loss has three terms, times their weights: where digits are, that a responsible cell says so, and that "
        f"all others stay silent. In the first epoch: {first}; in the last: {last}. The largest term steers the "
        f"training. In all the loss went from {detector.history[0].sum():.3g} to {detector.history[-1].sum():.3g} a "
        "scene."
    )
    chart = lines(
        "What the loss is made of",
        "Three lines over the epochs that add up to one: the shares of the position, object and background terms.",
        Table("Share of each term in each epoch", columns, rows),
        Axes("epoch", "share of the loss", "term"),
    )
    return Exhibit("loss-terms", "What the detector learns from", (text, chart))
