"""Boxes as corners [..., 4] (left, top, right, bottom, in pixels): overlap, and suppression of doubles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def area(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The area [...] of boxes [..., 4]."""
    sides: NDArray[np.float64] = boxes[..., 2:] - boxes[..., :2]
    areas: NDArray[np.float64] = sides[..., 0] * sides[..., 1]
    return areas


def overlap(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union [..., n, m] of each of `first` [..., n, 4] with each of `second` [..., m, 4]."""
    a, b = first[..., :, None, :], second[..., None, :, :]
    width = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    height = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    shared = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    union = area(a) + area(b) - shared
    shares: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return shares


def suppress(boxes: NDArray[np.float64], present: NDArray[np.bool_], limit: float) -> NDArray[np.bool_]:
    """Which of the boxes [s, n, 4] of each scene, most confident first, remain [s, n].

    Going down the list, a box is dropped where it overlaps a box that remained by more than `limit`.
    """
    doubles = overlap(boxes, boxes) > limit
    kept = present.copy()
    for rank in range(boxes.shape[1] - 1):
        kept[:, rank + 1 :] &= ~(kept[:, rank, None] & doubles[:, rank, rank + 1 :])
    return kept
