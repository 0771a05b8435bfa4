"""Draws the pictures of the pages beside it: one exhibit of each task. Run it as `python docs/tasks/draw.py [task]`."""
# ruff: noqa: INP001  a script

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import vl_convert

from results.charts.palette import PAPER
from results.items import Chart, Gallery, Item, Picture
from tuner.configuration import Value
from tuner.evaluators.threads import pin_threads
from tuner.parameter import default_of
from tuner.registry import find, load_task
from tuner.trial import Proposal, Trial

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Choice:
    """Which exhibit of which trial stands for a task."""

    exhibit: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """What differs from the default configuration."""
    options: Mapping[str, Value] = field(default_factory=dict)
    seed: int = 5
    """Of the trial and its data."""
    place: int = 0
    """Which of the exhibit's charts and pictures."""


CHOICES: Final[Mapping[str, Choice]] = {
    "bbob": Choice("landscape", {"x0": -1.2, "x1": 2.1}, {"function": 21, "dimension": 2, "instance": 2}),
    "bn-relu-net": Choice(
        "gradients",
        {"depth": 16, "activation": "relu", "batch_norm": "on", "initialisation": "he", "learning_rate": 0.05},
    ),
    "centre-detection": Choice(
        "scenes",
        {
            "grid": 12,
            "window": 24,
            "width": 48,
            "anchors": 2,
            "anchor_size": 11.0,
            "anchor_spread": 1.5,
            "learning_rate": 0.003,
            "momentum": 0.9,
            "suppression": 0.35,
            "position_weight": 1.0,
            "background_weight": 1.0,
        },
    ),
    "classic": Choice("importance", options={"model": "boosting", "data": "wine"}),
    "feature-scaling": Choice("paths", {"learning_rate": 0.5}, {"model": "linear", "data": "diabetes"}),
    "focal-loss": Choice("easy-and-hard", {"gamma": 2.0, "learning_rate": 0.1}),
    "image-pipeline": Choice(
        "leaving-out",
        {
            "denoising": "median",
            "median_radius": 2,
            "contrast": "clahe",
            "clahe_clip": 0.02,
            "morphology": "opening",
            "morphology_radius": 1,
            "features": "hog",
            "hog_cell": 3,
            "hog_block": 2,
            "hog_orientations": 7,
            "knn_neighbours": 3,
        },
    ),
    "logistic-regression": Choice("regularisation-path", {"C": 2.33, "l1_ratio": 0.59, "scaler": "standard"}, seed=3),
    "precision-recall": Choice("cost", options={"case": "fraud"}),
    "table": Choice("standing"),
    "word-vectors": Choice("layers"),
}


def main(names: list[str]) -> None:
    """Draw the tasks named, or all."""
    pin_threads()
    for name in names or CHOICES:
        choice = CHOICES[name]
        task = load_task(find("task", name))(**choice.options)
        task.prepare()
        space = task.problem.space
        defaults = {parameter: default_of(space.parameters[parameter]) for parameter in space.parameters}
        configuration = space.restrict({**defaults, **choice.parameters})
        space.check(configuration)
        exhibits = {
            exhibit.name: exhibit
            for exhibit in task.explain(Trial(0, Proposal(configuration), choice.seed, choice.seed))
        }
        _write(_drawable(exhibits[choice.exhibit].items)[choice.place], HERE / name)


def _drawable(items: tuple[Item, ...]) -> list[Chart | Picture]:
    found: list[Chart | Picture] = []
    for item in items:
        if isinstance(item, Chart | Picture):
            found.append(item)
        elif isinstance(item, Gallery):
            found.extend(item.pictures)
    return found


def _write(item: Chart | Picture, path: Path) -> None:
    if isinstance(item, Picture):
        path.with_suffix(".png").write_bytes(item.png)
    else:
        specification = {**item.specification(), "background": PAPER}
        path.with_suffix(".svg").write_text(vl_convert.vegalite_to_svg(json.dumps(specification)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
