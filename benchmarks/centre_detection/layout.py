"""The grid of cells and anchors: which is responsible for a digit, and how it says where the digit is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tuner.configuration import Configuration

from .scenes import SIDE, Scenes

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALUES: Final = 5
"""What a cell says for each anchor: objectness, two offsets in the cell, two logarithms of the sides."""
_LARGEST_LOG: Final = 4.0


class Place(NamedTuple):
    """Where boxes belong in the grid, and what is to be said of them there."""

    cell: NDArray[np.int64]
    """Row times grid plus column [n]."""
    anchor: NDArray[np.int64]
    """The anchor most like the box [n]."""
    values: NDArray[np.float64]
    """Centre's offsets in the cell, in [0, 1], then the logarithms of width and height over the anchor's [n, 4]."""


@dataclass(frozen=True, slots=True)
class Layout:
    """grid x grid cells, each with square anchors of these sides in pixels."""

    grid: int
    anchors: tuple[float, ...]

    @property
    def cell(self) -> float:
        """The side of a cell in pixels."""
        return SIDE / self.grid

    def place(self, boxes: NDArray[np.float64]) -> Place:
        """The place of each box [n, 4].

        A centre on the border of two cells belongs to the one to the right or below, on the scene's edge to the last.
        """
        centre, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        cells = np.clip(np.floor(centre / self.cell), 0, self.grid - 1).astype(np.int64)
        anchor = self._likeness(sides).argmax(axis=1)
        logs = np.log(sides / np.asarray(self.anchors)[anchor, None])
        offsets = centre / self.cell - cells
        return Place(cells[:, 1] * self.grid + cells[:, 0], anchor, np.concatenate([offsets, logs], axis=1))

    def targets(self, scenes: Scenes) -> NDArray[np.float64]:
        """What the detector should say [s, anchors, VALUES, cells]: objectness 1 where responsible, then the values.

        Of two digits at one place the larger is kept; the other cannot be found.
        """
        targets = np.zeros((len(scenes.count), len(self.anchors), VALUES, self.grid**2))
        for rank in reversed(range(scenes.boxes.shape[1])):
            rows = np.flatnonzero(scenes.count > rank)
            cell, anchor, values = self.place(scenes.boxes[rows, rank])
            targets[rows, anchor, 0, cell] = 1.0
            targets[rows, anchor, 1:, cell] = values
        return targets

    def boxes(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The boxes [s, anchors, cells, 4] that offsets and logarithms [s, anchors, 4, cells] stand for."""
        row, column = np.divmod(np.arange(self.grid**2), self.grid)
        centre_x = (column + values[:, :, 0]) * self.cell
        centre_y = (row + values[:, :, 1]) * self.cell
        sides = np.exp(np.clip(values[:, :, 2:], -_LARGEST_LOG, _LARGEST_LOG))
        sides *= np.asarray(self.anchors)[:, None, None]
        half_width, half_height = sides[:, :, 0] / 2, sides[:, :, 1] / 2
        corners = (centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height)
        return np.stack(corners, axis=-1)

    def _likeness(self, sides: NDArray[np.float64]) -> NDArray[np.float64]:
        """Intersection over union [n, anchors] of boxes with these sides [n, 2] and the anchors, centre on centre."""
        anchors = np.asarray(self.anchors)
        shared = np.minimum(sides[:, :1], anchors) * np.minimum(sides[:, 1:], anchors)
        likeness: NDArray[np.float64] = shared / (sides[:, :1] * sides[:, 1:] + anchors**2 - shared)
        return likeness


def layout_of(configuration: Configuration) -> Layout:
    """The layout of a configuration: its anchors grow by the factor `anchor_spread`, around `anchor_size`."""
    count = configuration.integer("anchors")
    spread = configuration.number("anchor_spread") if count > 1 else 1.0
    size = configuration.number("anchor_size")
    sides = tuple(size * spread ** (index - (count - 1) / 2) for index in range(count))
    return Layout(configuration.integer("grid"), sides)


def collisions(layout: Layout, scenes: Scenes) -> int:
    """How many digits have their place taken by a larger one."""
    return int(scenes.count.sum() - layout.targets(scenes)[:, :, 0].sum())
