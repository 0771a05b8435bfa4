"""Boxes: their overlap, the suppression of doubles, and average precision as COCO defines it."""

from __future__ import annotations

import contextlib
import io
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.centre_detection.boxes import overlap, suppress
from benchmarks.centre_detection.judging import Curve, Detections, curve, judge, match
from benchmarks.centre_detection.scenes import Scenes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_boxes(rng: np.random.Generator, *shape: int) -> NDArray[np.float64]:
    corners = rng.uniform(0, 30, (*shape, 2))
    return np.concatenate([corners, corners + rng.uniform(1, 18, (*shape, 2))], axis=-1)


def scenes_with(boxes: NDArray[np.float64], count: NDArray[np.int64]) -> Scenes:
    boxes = np.where((np.arange(boxes.shape[1]) < count[:, None])[:, :, None], boxes, 0.0)
    return Scenes(np.zeros((len(count), 48, 48)), boxes, count)


def random_judgement(seed: int) -> tuple[Detections, Scenes]:
    """Thirty scenes, and boxes of which some are near the true ones; scores repeat."""
    rng = np.random.default_rng(seed)
    true = random_boxes(rng, 30, 5)
    near = np.repeat(true, 4, axis=1) + rng.normal(0, 2.0, (30, 20, 4))
    near[..., 2:] = np.maximum(near[..., 2:], near[..., :2] + 0.5)
    scores = -np.sort(-rng.integers(1, 40, (30, 20)) / 40, axis=1)
    shuffled = np.take_along_axis(near, rng.permuted(np.tile(np.arange(20), (30, 1)), axis=1)[:, :, None], axis=1)
    return Detections(shuffled, scores, rng.random((30, 20)) < 0.7), scenes_with(true, rng.integers(1, 6, 30))


def average_precision_of_coco(found: Detections, scenes: Scenes) -> float:
    """What COCOeval says of the same boxes, at an overlap of one half."""
    coco, cocoeval = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")

    def entry(box: NDArray[np.float64], image: int) -> dict[str, object]:
        left, top, right, bottom = box.tolist()
        return {"image_id": image, "category_id": 1, "bbox": [left, top, right - left, bottom - top]}

    images = range(len(scenes.count))
    pairs = [(image, box) for image in images for box in scenes.boxes[image, : scenes.count[image]]]
    truth = coco.COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": image} for image in images],
        "categories": [{"id": 1}],
        "annotations": [
            entry(box, image) | {"id": number + 1, "iscrowd": 0, "area": 1.0}
            for number, (image, box) in enumerate(pairs)
        ],
    }
    boxes = [
        entry(found.boxes[image, rank], image) | {"score": float(found.scores[image, rank])}
        for image, rank in itertools.product(images, range(found.scores.shape[1]))
        if found.present[image, rank]
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        judged = cocoeval.COCOeval(truth, truth.loadRes(boxes), "bbox")
        judged.params.iouThrs = np.array([0.5])
        judged.evaluate()
        judged.accumulate()
    return float(judged.eval["precision"][0, :, 0, 0, -1].mean())


def test_overlap_is_the_share_of_small_squares_that_two_boxes_have_in_common() -> None:
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 12, (40, 2))
    boxes = np.concatenate([corners, corners + rng.integers(1, 9, (40, 2))], axis=1)
    squares = [{(x, y) for x in range(b[0], b[2]) for y in range(b[1], b[3])} for b in boxes.tolist()]
    expected = [[len(a & b) / len(a | b) for b in squares] for a in squares]

    np.testing.assert_allclose(overlap(boxes.astype(float), boxes.astype(float)), expected, rtol=1e-12)


def test_boxes_without_area_overlap_nothing() -> None:
    empty, box = np.zeros((1, 4)), np.array([[0.0, 0.0, 4.0, 4.0]])
    assert overlap(empty, np.concatenate([empty, box])).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("limit", [0.1, 0.5, 0.9])
def test_suppression_goes_down_the_list_and_drops_what_overlaps_a_box_that_remained(limit: float) -> None:
    boxes = random_boxes(np.random.default_rng(1), 8, 20)
    kept = suppress(boxes, np.ones((8, 20), dtype=np.bool_), limit)
    for scene in range(8):
        remaining: list[int] = []
        for rank in range(20):
            if all(overlap(boxes[scene, [rank]], boxes[scene, [other]])[0, 0] <= limit for other in remaining):
                remaining.append(rank)
        assert np.flatnonzero(kept[scene]).tolist() == remaining


def test_a_suppressed_box_suppresses_nothing() -> None:
    chain = np.array([[[0.0, 0.0, 10.0, 10.0], [4.0, 0.0, 14.0, 10.0], [8.0, 0.0, 18.0, 10.0]]])
    assert suppress(chain, np.ones((1, 3), dtype=np.bool_), 0.3).tolist() == [[True, False, True]]


def test_a_digit_is_found_once() -> None:
    box = np.array([[10.0, 10.0, 20.0, 20.0]])
    found = Detections(np.stack([np.repeat(box, 2, axis=0)]), np.array([[0.9, 0.8]]), np.ones((1, 2), dtype=np.bool_))
    assert match(found, scenes_with(box[None], np.array([1]))).tolist() == [[0, -1]]


def test_an_overlap_of_exactly_one_half_is_enough() -> None:
    true, half = np.array([[[0.0, 0.0, 10.0, 10.0]]]), np.array([[[0.0, 0.0, 10.0, 5.0]]])
    scenes, here = scenes_with(true, np.array([1])), np.ones((1, 1), dtype=np.bool_)
    assert match(Detections(half, np.array([[0.9]]), here), scenes).item() == 0
    assert match(Detections(half - [0, 0, 0, 0.01], np.array([[0.9]]), here), scenes).item() == -1


@pytest.mark.parametrize("seed", range(8))
def test_average_precision_is_that_of_coco(seed: int) -> None:
    found, scenes = random_judgement(seed)
    assert judge(found, scenes)["average_precision"] == pytest.approx(
        average_precision_of_coco(found, scenes), abs=1e-6
    )


def test_the_judged_boxes_are_neither_all_right_nor_all_wrong() -> None:
    assert 0.2 < judge(*random_judgement(0))["average_precision"] < 0.8


def test_average_precision_by_hand() -> None:
    # Right, wrong, right of four digits: precision 1 up to recall 1/4, then 2/3 up to 1/2, then nothing.
    judged = Curve(np.array([0.25, 0.25, 0.5]), np.array([1.0, 0.5, 2 / 3]), np.array([0.9, 0.8, 0.7]))
    assert judged.average_precision == pytest.approx((26 * 1 + 25 * 2 / 3) / 101)


def test_recall_counts_the_boxes_of_at_least_that_score() -> None:
    found, scenes = random_judgement(1)
    whole = curve(found, match(found, scenes), int(scenes.count.sum()))
    sure = Detections(found.boxes, found.scores, found.present & (found.scores >= 0.5))
    assert whole.at(0.5)[0] == curve(sure, match(sure, scenes), int(scenes.count.sum())).recall[-1]
    assert whole.at(2.0) == (0.0, 1.0)
