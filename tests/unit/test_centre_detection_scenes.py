"""Which cell is responsible for a digit, and how scenes are made."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.centre_detection.boxes import area, overlap
from benchmarks.centre_detection.judging import detect, judge
from benchmarks.centre_detection.layout import Layout, collisions, layout_of
from benchmarks.centre_detection.scenes import MOST_OVERLAP, SIDE, Scenes, compose, enlarge, ink_box, scene_parts
from benchmarks.datasets import load
from tuner.configuration import Configuration


def around(*centres: tuple[float, float], side: float = 10.0) -> Scenes:
    """One scene with square digits of falling size at these centres."""
    sides = side - 0.01 * np.arange(len(centres))
    middle = np.array(centres)
    boxes = np.concatenate([middle - sides[:, None] / 2, middle + sides[:, None] / 2], axis=1)
    return Scenes(np.zeros((1, SIDE, SIDE)), boxes[None], np.array([len(centres)]))


def responsible(layout: Layout, scenes: Scenes) -> list[list[int]]:
    """Anchor, row and column of each place that reports a digit of the first scene."""
    anchors, cells = np.nonzero(layout.targets(scenes)[0, :, 0])
    return [[a, *divmod(c, layout.grid)] for a, c in zip(anchors.tolist(), cells.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("centre", "row", "column"),
    [
        ((6.0, 6.0), 0, 0),
        ((11.9, 30.0), 2, 0),
        ((12.0, 30.0), 2, 1),
        ((30.0, 24.0), 2, 2),
        ((24.0, 24.0), 2, 2),
        ((0.0, 0.0), 0, 0),
        ((48.0, 48.0), 3, 3),
    ],
    ids=["inside", "left of a border", "on a border", "on a lower border", "on a corner", "first edge", "last edge"],
)
def test_the_cell_that_holds_the_centre_is_responsible(centre: tuple[float, float], row: int, column: int) -> None:
    assert responsible(Layout(4, (10.0,)), around(centre)) == [[0, row, column]]


@pytest.mark.parametrize(("sides", "anchor"), [((6.0, 6.0), 0), ((18.0, 18.0), 1), ((5.0, 9.0), 0), ((14.0, 18.0), 1)])
def test_the_anchor_most_like_the_box_is_responsible(sides: tuple[float, float], anchor: int) -> None:
    box = np.array([[0.0, 0.0, *sides]])
    assert Layout(4, (7.0, 17.0)).place(box).anchor.tolist() == [anchor]


def test_of_two_digits_in_a_cell_the_larger_is_kept() -> None:
    layout, scenes = Layout(4, (10.0,)), around((5.0, 5.0), (8.0, 8.0))
    offsets = layout.targets(scenes)[0, 0, 1:3, 0]
    assert offsets.tolist() == pytest.approx([5 / 12, 5 / 12])


def test_collisions_are_the_digits_beyond_the_first_of_each_place() -> None:
    crowd = around((5.0, 5.0), (8.0, 8.0), (2.0, 7.0), (30.0, 30.0))
    assert [collisions(Layout(grid, (10.0,)), crowd) for grid in (4, 6, 12)] == [2, 1, 0]


def test_a_second_anchor_tells_digits_of_unlike_size_in_one_cell_apart() -> None:
    boxes = np.array([[[0.0, 0.0, 18.0, 18.0], [6.0, 6.0, 12.0, 12.0]]])
    scenes = Scenes(np.zeros((1, SIDE, SIDE)), boxes, np.array([2]))
    assert [collisions(Layout(4, anchors), scenes) for anchors in ((10.0,), (6.0, 18.0))] == [1, 0]


@pytest.mark.parametrize("grid", [4, 6, 8, 12])
@pytest.mark.parametrize("anchors", [(12.0,), (6.0, 10.0, 18.0)])
def test_boxes_survive_being_encoded_and_decoded(grid: int, anchors: tuple[float, ...]) -> None:
    layout = Layout(grid, anchors)
    for scenes in scene_parts(5, 16, 6):
        boxes = scenes.boxes[scenes.present]
        cell, anchor, values = layout.place(boxes)
        said = np.zeros((len(boxes), len(anchors), 4, grid**2))
        rows = np.arange(len(boxes))
        said[rows, anchor, :, cell] = values
        np.testing.assert_allclose(layout.boxes(said)[rows, anchor, cell], boxes, atol=1e-9)


def test_a_detector_that_says_the_targets_finds_all_but_the_collisions() -> None:
    scenes, layout = scene_parts(0, 16, 6).validation, Layout(4, (12.0,))
    lost, digits = collisions(layout, scenes), scenes.count.sum()
    assert lost > 0
    assert judge(detect(layout.targets(scenes), layout, 0.5), scenes)["recall"] == pytest.approx(1 - lost / digits)


def test_anchors_grow_by_the_spread_around_the_size() -> None:
    own = Configuration({"grid": 8, "anchors": 3, "anchor_size": 10.0, "anchor_spread": 2.0})
    assert layout_of(own).anchors == pytest.approx((5.0, 10.0, 20.0))


def test_the_ink_of_a_digit_fills_its_box_and_no_more() -> None:
    for image in load("digits").X.reshape(-1, 8, 8)[:50]:
        left, top, right, bottom = ink_box(image, 8).astype(int).tolist()
        inside = image[top:bottom, left:right]
        assert inside.sum() == image.sum()
        assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


def test_a_box_grows_with_its_digit() -> None:
    image = load("digits").X[3].reshape(8, 8)
    np.testing.assert_allclose(ink_box(image, 20), ink_box(image, 8) * 2.5)
    assert enlarge(image, 20).shape == (20, 20)
    np.testing.assert_array_equal(enlarge(image, 8), image)


def test_boxes_lie_in_their_scene_over_bright_ink_the_largest_first() -> None:
    scenes = scene_parts(2, 32, 6).train
    boxes = scenes.boxes[scenes.present]
    assert (boxes >= 0).all()
    assert (boxes <= SIDE).all()
    assert (np.diff(area(scenes.boxes), axis=1) <= 0).all()
    for pixels, own, count in zip(scenes.pixels, scenes.boxes, scenes.count, strict=True):
        for left, top, right, bottom in np.rint(own[:count]).astype(int).tolist():
            assert pixels[top:bottom, left:right].mean() > np.median(pixels)


def test_digits_touch_and_overlap_a_little_but_not_more() -> None:
    scenes = scene_parts(2, 64, 6).train
    overlaps = overlap(scenes.boxes, scenes.boxes)[:, *np.triu_indices(6, 1)]
    assert 0 < overlaps.max() <= MOST_OVERLAP


def test_each_scene_has_one_to_as_many_digits_as_the_option_says() -> None:
    assert set(scene_parts(0, 200, 3).train.count.tolist()) == {1, 2, 3}


def test_no_image_of_a_digit_serves_two_parts() -> None:
    used: list[set[bytes]] = []

    def remember(images: np.ndarray, count: int, digits: int, rng: np.random.Generator) -> Scenes:
        used.append({image.tobytes() for image in images})
        return compose(images, 2, digits, rng)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.centre_detection.scenes.compose", remember)
        scene_parts.__wrapped__(0, 16, 6)
    known = {image.tobytes() for image in load("digits").X / 16}
    assert sum(map(len, used)) == len(known)
    assert set.union(*used) == known


def test_scenes_are_a_function_of_the_data_seed() -> None:
    first, again, other = (scene_parts.__wrapped__(seed, 16, 6).train.pixels for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
