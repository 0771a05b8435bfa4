"""Histograms of oriented gradients as a picture: strokes along the edges that they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from skimage import draw, feature

from tuner.configuration import Configuration

from .steps import hog_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE: Final = 3
"""How many pixels of the picture are one of the image's."""


def strokes_of(image: NDArray[np.float64], configuration: Configuration) -> NDArray[np.float64]:
    """A star of strokes for each cell [SCALE * height, SCALE * width], each as bright as its orientation is strong."""
    histograms, cell = cell_histograms(image, configuration), SCALE * configuration.integer("hog_cell")
    height, width = image.shape
    picture = np.zeros((SCALE * height, SCALE * width))
    for (row, column, orientation), strength in np.ndenumerate(histograms):
        angle = np.pi * (orientation + 0.5) / histograms.shape[2]
        down, right = (cell // 2 - 1) * np.cos(angle), (cell // 2 - 1) * np.sin(angle)  # across the gradient
        middle = (cell * row + cell // 2, cell * column + cell // 2)
        ends = (middle[0] - down, middle[1] + right, middle[0] + down, middle[1] - right)
        pixels = draw.line(*(round(float(end)) for end in ends))
        picture[pixels] = np.maximum(picture[pixels], strength)
    return picture


def cell_histograms(image: NDArray[np.float64], configuration: Configuration) -> NDArray[np.float64]:
    """The normalised histogram of each cell [rows, columns, orientations], the mean over the blocks it is in."""
    found = feature.hog(image, **hog_settings(configuration), feature_vector=False)
    blocks = np.asarray(found, dtype=np.float64)
    rows, columns, side, _, orientations = blocks.shape
    total = np.zeros((rows + side - 1, columns + side - 1, orientations))
    times = np.zeros((*total.shape[:2], 1))
    for down in range(side):
        for right in range(side):
            total[down : down + rows, right : right + columns] += blocks[:, :, down, right]
            times[down : down + rows, right : right + columns] += 1
    mean: NDArray[np.float64] = total / times
    return mean
