"""Scenes as colour pixels: the grid, the cells that are responsible, and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .layout import Layout
from .scenes import SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE: Final = 4
"""Pixels of the drawing for each pixel of the scene."""
FOUND: Final = (0, 190, 130)
"""The colour of a box that has found a digit: green."""
FALSE: Final = (230, 95, 0)
"""The colour of a box around no digit, or around one that was found already: orange."""
MISSED: Final = (86, 180, 233)
"""The colour of the true box of a digit that no box has found: blue."""
_TINT: Final = (240, 228, 66)
_LINE: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What to draw over a scene, each [n, 4]."""

    true: NDArray[np.float64]
    found: NDArray[np.float64]
    false: NDArray[np.float64]
    missed: NDArray[np.float64]


def draw(pixels: NDArray[np.float64], layout: Layout, drawing: Drawing) -> NDArray[np.uint8]:
    """A scene [SIDE, SIDE], enlarged: colours [SIDE * SCALE, SIDE * SCALE, 3]."""
    grey = np.repeat(np.repeat(pixels * 255.0, SCALE, axis=0), SCALE, axis=1)
    image = np.repeat(grey[:, :, None], 3, axis=2)
    side = round(layout.cell) * SCALE
    for cell in set(layout.place(drawing.true).cell.tolist()):
        row, column = divmod(cell, layout.grid)
        _blend(image, slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side), _TINT, 0.2)
    for border in range(side, SIDE * SCALE, side):
        _blend(image, slice(border, border + 1), slice(None), (255, 255, 255), 0.35)
        _blend(image, slice(None), slice(border, border + 1), (255, 255, 255), 0.35)
    for boxes, colour in ((drawing.missed, MISSED), (drawing.false, FALSE), (drawing.found, FOUND)):
        for box in boxes:
            _frame(image, box, colour)
    colours: NDArray[np.uint8] = np.rint(image).astype(np.uint8)
    return colours


def _blend(image: NDArray[np.float64], rows: slice, columns: slice, colour: tuple[int, int, int], share: float) -> None:
    image[rows, columns] = (1 - share) * image[rows, columns] + share * np.array(colour)


def _frame(image: NDArray[np.float64], box: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    """The outline of a box, within the picture."""
    left, top, right, bottom = np.clip(np.rint(box * SCALE), 0, SIDE * SCALE).astype(np.int64).tolist()
    inner = (
        slice(top + _LINE, max(top + _LINE, bottom - _LINE)),
        slice(left + _LINE, max(left + _LINE, right - _LINE)),
    )
    inside = image[inner].copy()
    image[top:bottom, left:right] = colour
    image[inner] = inside
