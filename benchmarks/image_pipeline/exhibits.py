"""What a pipeline teaches: the same images after each step, what each step is worth, what is mistaken for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, bars
from results.exhibits import Exhibit
from results.items import Column, Gallery, Item, Picture, Table, Text
from results.pictures import picture
from tuner.configuration import Configuration

from .ablation import steps_taken, without
from .images import Images
from .scoring import Said, judge
from .space import SPACE, STEPS
from .steps import each_step, take_steps
from .strokes import SCALE, strokes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOWN: Final = 8
_GAP: Final = 3
_WIDTH: Final = 640
_MOST_PAIRS: Final = 12
_NAMED: Final = (*STEPS, "features")
_METHODS: Final = {"hog": "histograms of oriented gradients", "clahe": "CLAHE"}


def exhibits_of(images: Images, configuration: Configuration) -> tuple[Exhibit, ...]:
    """Three views of a pipeline: as much work as nine evaluations or fewer."""
    said = judge(images, configuration)
    return _steps(images, configuration), _worth(said, configuration), mistakes_of(said, configuration)


def _steps(images: Images, configuration: Configuration) -> Exhibit:
    chosen = _one_of_each(images)
    taken = steps_taken(configuration)
    how = ", ".join(_method(step, configuration) for step in taken) or "none: the classifier gets what the camera gave"
    text = (
        f"Each column is one image, each row what it looks like after one more step; the brightest pixel of a row is "
        f"white. The first row is the image before it was damaged, which the pipeline never sees. Steps taken: {how}. "
        f"The classifier is {_classifier(configuration)}."
    )
    gallery = Gallery(f"{len(chosen)} held-out images, step by step", tuple(_rows(images, configuration, chosen)))
    return Exhibit("steps", "The same images, step by step", (Text(text), gallery))


def _one_of_each(images: Images) -> NDArray[np.int64]:
    """Some held-out images, the classes in turn."""
    rows = np.flatnonzero(images.is_held_out)
    turn = [int((images.y[rows[:place]] == images.y[row]).sum()) for place, row in enumerate(rows)]
    return rows[np.lexsort((images.y[rows], np.array(turn)))][:_SHOWN]


def _rows(images: Images, configuration: Configuration, chosen: NDArray[np.int64]) -> list[Picture]:
    shown = images.damaged[chosen]
    pictures = [_row("Before the damage", images.clean[chosen]), _row("Damaged", shown)]
    for step, changed in each_step(shown, configuration):
        shown = changed
        pictures.append(_row(f"After {_method(step, configuration)}", shown))
    if configuration.text("features") == "hog":
        strokes = np.array([strokes_of(image, configuration) for image in shown])
        pictures.append(_row("What the histograms of oriented gradients hold", strokes, gap=_GAP * SCALE))
    return pictures


def _row(caption: str, images: NDArray[np.float64], *, gap: int = _GAP) -> Picture:
    """Images [n, height, width] side by side, from black at 0 to white at the brightest pixel."""
    bright = np.clip(images / max(float(images.max()), 1e-12), 0.0, 1.0)
    grey = np.round(255 * bright).astype(np.uint8)
    space = np.full((grey.shape[1], gap), 255, dtype=np.uint8)
    tiles = [tile for image in grey for tile in (image, space)][:-1]
    width = _WIDTH * len(images) // _SHOWN
    return picture(
        caption, f"{len(images)} small images side by side: {caption.lower()}.", np.hstack(tiles), width=width
    )


def _method(step: str, configuration: Configuration) -> str:
    """A step's method in words, with the parameters of its own."""
    method = configuration.text(step)
    own = {name: value for name, value in configuration.items() if _owner(name) == step}
    short = {name.removeprefix(f"{method}_").removeprefix(f"{step}_").replace("_", " "): own[name] for name in own}
    settings = ", ".join(f"{name} {value:.3g}" for name, value in short.items() if isinstance(value, int | float))
    return f"{_METHODS.get(method, method)}{f' ({settings})' if settings else ''}"


def _owner(name: str) -> str:
    """The step or classifier that a parameter belongs to."""
    return next((condition.parent for condition in SPACE.conditions if condition.parameter == name), "")


def _classifier(configuration: Configuration) -> str:
    names = {"knn": "nearest neighbours", "logistic": "a logistic regression", "svm": "a linear support vector machine"}
    return names[configuration.text("classifier")] + _method("classifier", configuration).removeprefix(
        configuration.text("classifier")
    )


def _worth(said: Said, configuration: Configuration) -> Exhibit:
    taken = steps_taken(configuration)
    found = {"as it is": said}
    for step in taken:
        found[f"without {step}"] = judge(said.images, without(configuration, step))
    if len(taken) > 1:
        found["without any step"] = judge(said.images, without(configuration, *taken))
    rows = [
        (name, error, part)
        for name, each in found.items()
        for part, error in (("validation", each.error), ("held out", each.held_out_error))
    ]
    table = Table(
        "Error with each step left out",
        (Column("pipeline"), Column("error", "percent", 1), Column("images")),
        tuple(rows),
    )
    chart = bars(
        table.caption,
        f"{len(found)} pairs of bars: the share of wrong classes on validation and held-out images.",
        table,
        Axes("pipeline", "error", "images"),
    )
    text = "A bar is the share of wrong classes; longer than in the first row means that the step left out had helped. "
    return Exhibit("leaving-out", "What each step is worth", (Text(text + _verdict(found)), chart))


def _verdict(found: dict[str, Said]) -> str:
    """Which step is worth most, and which one did harm, on the validation images."""
    error = found["as it is"].error
    gains = {name: each.error - error for name, each in found.items() if name.removeprefix("without ") in _NAMED}
    if not gains:
        return f"This pipeline takes no step at all; it errs on {error:.1%} of the validation images."
    most = max(gains, key=lambda name: gains[name])
    least = min(gains, key=lambda name: gains[name])
    text = f"The pipeline errs on {error:.1%} of the validation images; {most} it would be {error + gains[most]:.1%}."
    if least != most and gains[least] < 0:
        text += f" It would have been better off {least}: {error + gains[least]:.1%}."
    return text


def mistakes_of(said: Said, configuration: Configuration) -> Exhibit:
    """The most confused classes, and some images of theirs; only a sentence where nothing was confused."""
    rows = np.flatnonzero(said.is_wrong & ~said.images.is_held_out)
    total = int((~said.images.is_held_out).sum())
    if not len(rows):
        text = f"Not one of the {total} validation images was taken for another class."
        return Exhibit("mistakes", "What is mistaken for what", (Text(text),))
    table = Table(
        "The most frequent mistakes on validation images",
        (
            Column("is"),
            Column("was taken for", field="said"),
            Column("times", "integer"),
            Column("share", "percent", 1),
        ),
        tuple(_pairs(said, rows)),
    )
    is_, taken_for, times, _ = table.rows[0]
    text = (
        f"{len(rows)} of {total} validation images were taken for another class; most often, {times} times, a {is_} "
        f"for a {taken_for}. The share is of all validation images of the class. Below are some of them: as they were, "
        "damaged, and as the pipeline turned them over to the features."
    )
    items: tuple[Item, ...] = (Text(text), table, _gallery(said, configuration, _spread(rows)))
    return Exhibit("mistakes", "What is mistaken for what", items)


def _spread(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Some of the rows, from the first to the last."""
    places = np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows)))
    return rows[places.astype(np.int64)]


def _pairs(said: Said, rows: NDArray[np.int64]) -> list[tuple[str, str, int, float]]:
    """Class, what it was taken for, how often, and in which share of the class; the most frequent first."""
    y, names = said.images.y, said.images.class_names
    pairs, counts = np.unique(np.stack([y[rows], said.classes[rows]], axis=1), axis=0, return_counts=True)
    sizes = np.bincount(y[~said.images.is_held_out], minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:_MOST_PAIRS].tolist()
    found = []
    for place in order:
        true, taken_for = pairs[place].tolist()
        times = int(counts[place])
        found.append((names[true], names[taken_for], times, times / int(sizes[true])))
    return found


def _gallery(said: Said, configuration: Configuration, rows: NDArray[np.int64]) -> Gallery:
    names = said.images.class_names
    words = ", ".join(
        f"{names[true]} as {names[taken_for]}"
        for true, taken_for in zip(said.images.y[rows].tolist(), said.classes[rows].tolist(), strict=True)
    )
    return Gallery(
        f"From left to right: {words}",
        (
            _row("Mistaken, before the damage", said.images.clean[rows]),
            _row("Mistaken, damaged", said.images.damaged[rows]),
            _row("Mistaken, after the last step", take_steps(said.images.damaged[rows], configuration)),
        ),
    )
