"""Pictures of tasks: each pixel is an evaluation, and only what is cheap is evaluated."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pages_under_test import browsing
from service_under_test import make_service, small_catalogue

from results.item_json import read_item
from results.items import Picture
from results.json_object import JsonObject
from tuner import Categorical, Float, Measurement, Objective, Problem, SearchSpace, Task, Trial
from tuner.server.catalogue import write_catalogue
from tuner.server.landscapes import SIDE, landscape_of
from tuner.task import TaskCard


@dataclass(frozen=True)
class Slope(Task):
    """Grows with x, and ten times as fast with y."""

    card: ClassVar[TaskCard] = TaskCard(summary="a slope", cost="3 microseconds")
    goal: str = "minimize"
    evaluated: ClassVar[list[Trial]] = []

    @property
    def problem(self) -> Problem:
        space = SearchSpace({"x": Float(0, 1), "how": Categorical(("a", "b")), "y": Float(1, 100, log=True)})
        return Problem(space, (Objective("height", self.goal),))  # type: ignore[arg-type]  # one of the two

    def evaluate(self, trial: Trial) -> Measurement:
        self.evaluated.append(trial)
        chosen = trial.proposal.configuration
        return Measurement({"height": float(chosen["x"]) + 10 * float(chosen["y"])})


class Dear(Slope):
    card: ClassVar[TaskCard] = TaskCard(summary="a slope", cost="0.1 seconds")


class Sometimes(Slope):
    card: ClassVar[TaskCard] = TaskCard(summary="a slope", cost="1 second, 9 microseconds once it is known")

    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"height": float("nan")})


def drawn(task: Task) -> Picture:
    (value,) = landscape_of(task)
    found = read_item(JsonObject.of(value, "an item"))
    assert isinstance(found, Picture)
    return found


def pixels(picture: Picture) -> NDArray[np.uint8]:
    """Of a grey PNG of one data chunk whose lines are stored as they are."""
    start = picture.png.index(b"IDAT") + 4
    lines = np.frombuffer(zlib.decompressobj().decompress(picture.png[start:]), np.uint8)
    return lines.reshape(SIDE, SIDE + 1)[:, 1:]


def test_the_first_number_grows_to_the_right_and_the_second_upwards() -> None:
    grey = pixels(drawn(Slope()))

    assert (np.diff(grey[:, ::8].astype(int), axis=0) <= 0).all()
    assert grey[-1, 0] == grey.min()
    assert grey[0, -1] == grey.max()


def test_what_is_better_is_darker_where_more_is_better_too() -> None:
    grey = pixels(drawn(Slope(goal="maximize")))

    assert grey[0, -1] == grey.min()


def test_the_caption_names_parameters_ranges_and_values() -> None:
    caption = drawn(Slope()).caption

    assert "x from left to right, 0 to 1; y upwards, 1 to 100, logarithmic" in caption
    assert "all others in the middle of their ranges" in caption
    assert caption.startswith("height, 10.5 to 954.2:")


def test_a_task_that_is_not_cheap_is_not_evaluated() -> None:
    Slope.evaluated.clear()

    assert landscape_of(Dear()) == []
    assert Slope.evaluated == []


def test_a_task_that_cannot_be_measured_everywhere_has_no_picture() -> None:
    assert landscape_of(Sometimes()) == []


def test_the_page_of_a_task_shows_its_picture(tmp_path: Path) -> None:
    made = make_service(tmp_path)
    known = small_catalogue()
    cards = [replace(card, pictures=landscape_of(Slope())) if card.name == "branin" else card for card in known.tasks]
    write_catalogue(replace(known, tasks=cards), made.folder.catalogue)
    with browsing(made) as browser:
        text = browser.get("/tasks/branin").text
        assert '<img src="data:image/png;base64,' in text
        assert 'alt="The landscape of the task: height' in text
        assert "data:image/png" not in browser.get("/tasks/hartmann6").text
    made.close()
    made.queue.close()
