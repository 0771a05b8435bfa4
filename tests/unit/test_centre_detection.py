"""What detectors see, what they learn from, and what the detection task measures and shows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.centre_detection import CentreDetection
from benchmarks.centre_detection.layout import Layout, collisions
from benchmarks.centre_detection.scenes import SIDE, Scenes, scene_parts
from results.exhibits import Exhibit
from results.items import Chart, Gallery, Table, Text
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.trial import Measurement, Proposal, Trial

torch = pytest.importorskip("torch")

from benchmarks.centre_detection.course import Setting, run  # noqa: E402  needs torch
from benchmarks.centre_detection.detectors import half_resolution, loss_terms  # noqa: E402  the same
from benchmarks.centre_detection.drawing import FALSE, FOUND, MISSED, SCALE, Drawing, draw  # noqa: E402  the same

TASK = CentreDetection(epochs=3, scenes=48)
GOOD: dict[str, Value] = {
    "grid": 12,
    "window": 24,
    "anchors": 1,
    "anchor_size": 12.0,
    "position_weight": 1.0,
    "object_weight": 1.0,
    "background_weight": 1.0,
    "gamma": 0.0,
    "learning_rate": 0.002,
    "momentum": 0.9,
    "width": 48,
    "batch_size": 8,
    "suppression": 0.35,
}


def trial_of(
    changed: Mapping[str, Value] | None = None,
    *,
    seed: int = 1,
    data_seed: int = 0,
    epochs: float | None = None,
    **changes: Value,
) -> Trial:
    """A trial of the good configuration with some values changed."""
    return Trial(0, Proposal(Configuration({**GOOD, **(changed or {}), **changes}), epochs), seed, data_seed)


def test_a_window_is_centred_on_its_cell() -> None:
    pixels = np.zeros((1, SIDE, SIDE))
    pixels[0, 16:20, 28:32] = 1.0  # the middle of row 4, column 7 of a grid of 12 cells, 4 pixels each
    scenes = Scenes(pixels, np.zeros((1, 1, 4)), np.array([1]))
    for window in (16, 24, 32):
        seen = half_resolution(scenes, 12, window, centre=0.0, scale=1.0)[0, 8:, 14:][: window // 2, : window // 2]
        np.testing.assert_array_equal(seen, seen[::-1, ::-1])
        assert seen.sum() == 4


def test_gamma_zero_is_the_cross_entropy_of_objectness() -> None:
    rng = np.random.default_rng(0)
    said, targets = torch.from_numpy(rng.normal(size=(1, 2, 3, 5, 16))), torch.zeros(1, 2, 3, 5, 16).double()
    targets[:, :, :, 0, ::5] = 1.0
    _, found, background = loss_terms(said, targets, torch.zeros(1, 1, 1, 1))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        said[..., 0, :], targets[..., 0, :], reduction="sum"
    )
    assert (found + background).item() == pytest.approx(expected.item() / 2)


# Lin et al. 2017, section 3.2: with gamma = 2 an easy example with p_t = 0.9 has a hundred times less loss.
def test_gamma_two_lowers_the_loss_of_an_easy_cell_a_hundredfold() -> None:
    said, targets = torch.zeros(1, 1, 1, 5, 1).double(), torch.zeros(1, 1, 1, 5, 1).double()
    said[..., 0, :] = -np.log(9)
    plain, focal = (loss_terms(said, targets, torch.full((1, 1, 1, 1), gamma))[2].item() for gamma in (0.0, 2.0))
    assert plain / focal == pytest.approx(100)


def test_only_responsible_cells_learn_positions() -> None:
    said = torch.ones(1, 1, 1, 5, 4, requires_grad=True)
    targets = torch.zeros(1, 1, 1, 5, 4)
    targets[..., 0, 2] = 1.0
    loss_terms(said, targets, torch.zeros(1, 1, 1, 1))[0].sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    assert said.grad is not None
    assert said.grad[0, 0, 0, 1:].any(dim=0).tolist() == [False, False, True, False]


def test_a_good_configuration_finds_most_digits() -> None:
    measurement = CentreDetection().evaluate(trial_of())
    assert measurement.values["average_precision"] > 0.6
    assert measurement.held_out["average_precision"] > 0.6


def test_a_coarse_grid_with_a_poor_anchor_that_hardly_learns_finds_few() -> None:
    poor = trial_of(grid=4, window=16, anchor_size=32.0, learning_rate=1e-4, momentum=0.0, width=8)
    assert TASK.evaluate(poor).values["average_precision"] < 0.05


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("grid", 8), ("window", 16), ("anchor_size", 9.0), ("position_weight", 2.0), ("object_weight", 2.0)],
        *[("background_weight", 2.0), ("gamma", 1.0), ("learning_rate", 0.001), ("momentum", 0.5), ("width", 40)],
        ("batch_size", 16),
    ],
)
def test_each_parameter_changes_what_is_learned(name: str, value: Value) -> None:
    changed, plain = (TASK.evaluate(trial_of(own, epochs=1)) for own in ({name: value}, {}))
    assert changed.values["log_loss"] != plain.values["log_loss"]


def test_strict_suppression_loses_no_box_that_lax_suppression_drops() -> None:
    scores = [TASK.evaluate(trial_of(suppression=limit)).values for limit in (0.05, 0.35, 0.95)]
    assert len({score["average_precision"] for score in scores}) == 3
    assert all(stricter["recall"] <= laxer["recall"] for stricter, laxer in pairwise(scores))


def test_fidelity_is_the_number_of_epochs() -> None:
    assert TASK.evaluate(trial_of(epochs=2)).extras == {"epochs": 2, "steps": 12}
    assert TASK.evaluate(trial_of()).extras == {"epochs": 3, "steps": 18}


@pytest.mark.parametrize("trial", [trial_of(seed=2), trial_of(data_seed=1)], ids=["trial seed", "data seed"])
def test_another_seed_gives_another_measurement(trial: Trial) -> None:
    assert TASK.evaluate(trial).values["log_loss"] != TASK.evaluate(trial_of()).values["log_loss"]


def test_a_detector_that_diverges_says_so() -> None:
    with pytest.raises(FloatingPointError, match=r"training diverged: the loss is (nan|inf) after \d+ steps"):
        TASK.evaluate(trial_of(learning_rate=0.05, position_weight=10.0, momentum=0.95, anchor_size=32.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, r"epochs is a whole number in \[1, 1000\], not 0"),
        ({"scenes": 8}, r"scenes is a whole number in \[16, 2000\], not 8"),
        ({"digits": 13}, r"digits is a whole number in \[1, 12\], not 13"),
        ({"digits": 2.5}, r"digits is a whole number in \[1, 12\], not 2.5"),
        ({"device": "abacus"}, "device is one of auto, cpu, cuda, not 'abacus'"),
        ({"precision": "float8"}, "precision is one of float32, float64, not 'float8'"),
    ],
)
def test_a_bad_option_is_named_with_its_value(options: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        CentreDetection(**options)  # type: ignore[arg-type]  # what is tested


def exhibit_called(name: str, **changes: Value) -> Exhibit:
    (it,) = [it for it in TASK.explain(trial_of(changes)) if it.name == name]
    return it


def text_of(exhibit: Exhibit) -> str:
    return " ".join(item.text for item in exhibit.items if isinstance(item, Text))


def test_pictures_count_what_they_show() -> None:
    (gallery,) = [item for item in exhibit_called("scenes").items if isinstance(item, Gallery)]
    scenes = scene_parts(0, TASK.scenes, TASK.digits).validation
    totals = [int(picture.caption.split(" of ")[1].split()[0]) for picture in gallery.pictures]
    assert totals == scenes.count[:6].tolist()


def test_boxes_and_grid_are_drawn_in_their_colours() -> None:
    box = np.array([[4.0, 4.0, 20.0, 20.0]])
    none = np.zeros((0, 4))
    for kind, colour in (("found", FOUND), ("false", FALSE), ("missed", MISSED)):
        shown = Drawing(**{**dict(true=box, found=none, false=none, missed=none), kind: box})
        image = draw(np.zeros((SIDE, SIDE)), Layout(4, (12.0,)), shown)
        assert image.shape == (SIDE * SCALE, SIDE * SCALE, 3)
        assert image[4 * SCALE, 10 * SCALE].tolist() == list(colour)
        assert image[13 * SCALE, 13 * SCALE].any()
        assert not image[8 * SCALE, 8 * SCALE].any()


def test_the_table_of_shared_cells_counts_the_collisions() -> None:
    shared = exhibit_called("shared-cells", grid=4)
    (table,) = [item for item in shared.items if isinstance(item, Table)]
    train = scene_parts(0, TASK.scenes, TASK.digits).train
    assert [row[2] for row in table.rows] == [collisions(Layout(grid, (12.0,)), train) for grid in (4, 6, 8, 12)]
    assert f"befalls {table.rows[0][2]} of the {train.count.sum()} digits" in text_of(shared)


def test_the_curve_shows_the_average_precision_that_was_measured() -> None:
    measurement: Measurement = TASK.evaluate(trial_of())
    shown = exhibit_called("precision-recall")
    (chart,) = [item for item in shown.items if isinstance(item, Chart)]
    validation = [float(row[1] or 0) for row in chart.data.rows if row[2] == "validation"]
    assert np.mean(validation) == pytest.approx(measurement.values["average_precision"])
    assert f"{measurement.held_out['average_precision']:.3f} in those held out" in text_of(shown)


def test_the_shares_of_the_loss_add_up_to_one() -> None:
    (chart,) = [item for item in exhibit_called("loss-terms").items if isinstance(item, Chart)]
    for epoch in (1, 2, 3):
        assert sum(float(row[1] or 0) for row in chart.data.rows if row[0] == epoch) == pytest.approx(1)


def test_training_lowers_the_loss() -> None:
    trial = trial_of()
    history = run(TASK._shape(trial), [trial], Setting(48, 6, "cpu", "float32"))[0].history  # type: ignore[union-attr]  # it does not diverge
    assert (np.diff(history.sum(axis=1)) < 0).all()
