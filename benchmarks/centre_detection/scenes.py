"""Small grey scenes made of handwritten digits whose boxes are known exactly."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tuner.seeds import derive_seed

from ..datasets import load, split
from .boxes import area, overlap

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE: Final = 48
"""Height and width of a scene, in pixels."""
SMALLEST: Final = 8
"""The least side that a digit's image of 8 x 8 pixels is scaled to."""
LARGEST: Final = 20
"""The greatest side that a digit's image is scaled to."""
JUDGED: Final = 96
"""Scenes for validation, and as many held out."""
MOST_OVERLAP: Final = 0.1
"""How much the boxes of two digits may overlap."""
_TRIES: Final = 20
_SCRAPS: Final = 3
_CLOSE: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """Scenes and the boxes of their digits, the largest digit first; the arrays are read-only."""

    pixels: NDArray[np.float64]
    """Brightness [s, SIDE, SIDE], in [0, 1]."""
    boxes: NDArray[np.float64]
    """The tight box of the ink of each digit [s, most, 4]; zero beyond the scene's count."""
    count: NDArray[np.int64]
    """How many digits each scene has [s], at least one."""

    def __post_init__(self) -> None:
        for array in (self.pixels, self.boxes, self.count):
            array.setflags(write=False)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows of `boxes` are digits [s, most]."""
        return np.arange(self.boxes.shape[1]) < self.count[:, None]


class SceneParts(NamedTuple):
    """Scenes made of three disjoint sets of digit images."""

    train: Scenes
    validation: Scenes
    held_out: Scenes


@functools.lru_cache(maxsize=32)
def scene_parts(data_seed: int, scenes: int, digits: int) -> SceneParts:
    """This many scenes for training with at most `digits` digits each, and `JUDGED` for either judgement."""
    data = load("digits")
    images = data.X.reshape(-1, 8, 8) / 16.0
    outer = split(data, data_seed)
    rng = np.random.default_rng(derive_seed(data_seed, "scenes"))
    rest = rng.permutation(outer.train)
    cut = len(rest) // 4
    return SceneParts(
        train=compose(images[rest[cut:]], scenes, digits, rng),
        validation=compose(images[rest[:cut]], JUDGED, digits, rng),
        held_out=compose(images[outer.held_out], JUDGED, digits, rng),
    )


def compose(images: NDArray[np.float64], count: int, digits: int, rng: np.random.Generator) -> Scenes:
    """`count` scenes with 1 to `digits` of these images [n, 8, 8], which overlap by at most `MOST_OVERLAP`."""
    made = [_scene(images, digits, rng) for _ in range(count)]
    boxes = np.zeros((count, digits, 4))
    for row, (_, found) in zip(boxes, made, strict=True):
        row[: len(found)] = found[np.argsort(-area(found), kind="stable")]
    return Scenes(np.stack([pixels for pixels, _ in made]), boxes, np.array([len(found) for _, found in made]))


def enlarge(image: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """A square image [m, m] drawn at side x side pixels, interpolated linearly."""
    at = np.clip((np.arange(side) + 0.5) * len(image) / side - 0.5, 0, len(image) - 1)
    weights = np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(len(image))))
    return weights @ image @ weights.T


def ink_box(image: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """The box [4] of an image's pixels that are not blank, where the image is drawn at side x side pixels."""
    columns, rows = np.flatnonzero(image.any(axis=0)), np.flatnonzero(image.any(axis=1))
    corners = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], dtype=np.float64)
    return corners * side / len(image)


def _scene(
    images: NDArray[np.float64], digits: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pixels = _background(rng)
    boxes: list[NDArray[np.float64]] = []
    wanted = int(rng.integers(1, digits + 1))
    for number in range(wanted + int(rng.integers(_SCRAPS + 1))):
        image = images[rng.integers(len(images))]
        is_scrap = number >= wanted
        box = _draw(pixels, _scrap(image, rng) if is_scrap else image, boxes, rng, is_scrap=is_scrap)
        if box is not None and not is_scrap:
            boxes.append(box)
    noise = rng.normal(0.0, rng.uniform(0.02, 0.08), pixels.shape)
    return np.clip(pixels + noise, 0.0, 1.0), np.array(boxes)


def _background(rng: np.random.Generator) -> NDArray[np.float64]:
    """A slope of brightness in any direction, between dark and a third of full brightness."""
    across, down = rng.uniform(-1, 1, 2)
    ramp = np.arange(SIDE) / (SIDE - 1) - 0.5
    slope: NDArray[np.float64] = rng.uniform(0.1, 0.2) + 0.1 * (across * ramp + down * ramp[:, None])
    return slope


def _scrap(image: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A quarter of a digit: ink that is no digit."""
    down, across = rng.integers(0, 5, 2)
    piece = np.zeros_like(image)
    piece[2:6, 2:6] = image[down : down + 4, across : across + 4]
    return piece


def _draw(
    pixels: NDArray[np.float64],
    image: NDArray[np.float64],
    taken: list[NDArray[np.float64]],
    rng: np.random.Generator,
    *,
    is_scrap: bool,
) -> NDArray[np.float64] | None:
    """Brighten the pixels by the image, and return the box of its ink; None where no place was free enough."""
    side = int(rng.integers(SMALLEST, LARGEST + 1))
    if not image.any():
        return None
    shape, box = enlarge(image, side), ink_box(image, side)
    for _ in range(_TRIES):
        left, top = _corner(taken, side, rng)
        moved: NDArray[np.float64] = box + np.array([left, top, left, top])
        if not taken or overlap(moved[None], np.array(taken)).max() <= MOST_OVERLAP:
            region = pixels[top : top + side, left : left + side]
            region += rng.uniform(0.4, 0.8) * shape * (0.8 if is_scrap else 1.0)
            return moved
    return None


def _corner(taken: list[NDArray[np.float64]], side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Where to try to put an image: anywhere, or, every second time, close to a digit that is there."""
    place = rng.integers(0, SIDE - side + 1, 2)
    if taken and rng.uniform() < 0.5:
        near = taken[rng.integers(len(taken))][:2].astype(np.int64)
        place = np.clip(near + rng.integers(-_CLOSE, _CLOSE + 1, 2), 0, SIDE - side)
    return int(place[0]), int(place[1])
