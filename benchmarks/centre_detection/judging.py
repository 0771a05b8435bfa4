"""From what a detector says to boxes, and from boxes to average precision as COCO defines it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .boxes import overlap, suppress
from .layout import Layout
from .scenes import Scenes

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES: Final = 48
"""The most confident boxes of a scene, before suppression; the others are not looked at."""
ENOUGH: Final = 0.5
"""The overlap from which a box has found a digit."""
CONFIDENT: Final = 0.5
"""The objectness from which a box counts for recall and precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The boxes found in scenes, most confident first."""

    boxes: NDArray[np.float64]
    """[s, n, 4]"""
    scores: NDArray[np.float64]
    """[s, n]"""
    present: NDArray[np.bool_]
    """Which of them were not suppressed [s, n]."""


def detect(said: NDArray[np.float64], layout: Layout, limit: float) -> Detections:
    """The boxes in what a detector said [s, anchors, VALUES, cells] (objectness and offsets in [0, 1])."""
    count = len(said)
    scores = said[:, :, 0].reshape(count, -1)
    boxes = layout.boxes(said[:, :, 1:]).reshape(count, -1, 4)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :CANDIDATES]
    scores = np.take_along_axis(scores, order, axis=1)
    boxes = np.take_along_axis(boxes, order[:, :, None], axis=1)
    return Detections(boxes, scores, suppress(boxes, np.ones(scores.shape, dtype=np.bool_), limit))


def match(found: Detections, scenes: Scenes) -> NDArray[np.int64]:
    """The digit that each detection has found [s, n], or -1.

    The most confident choose first; each takes the digit it overlaps most, by at least `ENOUGH`, of those still free.
    """
    overlaps = overlap(found.boxes, scenes.boxes)
    free = scenes.present
    matches = np.full(found.scores.shape, -1)
    rows = np.arange(len(free))
    for rank in range(found.scores.shape[1]):
        candidates = np.where(free, overlaps[:, rank], -1.0)
        best = candidates.argmax(axis=1)
        is_match = found.present[:, rank] & (candidates[rows, best] >= ENOUGH)
        matches[is_match, rank] = best[is_match]
        free[rows[is_match], best[is_match]] = False
    return matches


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision and recall as ever less confident boxes are counted [m]."""

    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    """As it is; not made monotone."""
    score: NDArray[np.float64]

    @property
    def interpolated(self) -> NDArray[np.float64]:
        """The best precision at the recalls 0, 0.01, ..., 1 or any greater one [101]; 0 where none is reached."""
        best = np.append(np.maximum.accumulate(self.precision[::-1])[::-1], 0.0)
        interpolated: NDArray[np.float64] = best[np.searchsorted(self.recall, np.linspace(0.0, 1.0, 101), side="left")]
        return interpolated

    @property
    def average_precision(self) -> float:
        """The mean of `interpolated`: COCO's average precision at one overlap."""
        return float(self.interpolated.mean())

    def at(self, score: float) -> tuple[float, float]:
        """Recall and precision of the boxes of at least this score; 0 and 1 without any box."""
        last = int((self.score >= score).sum()) - 1
        return (0.0, 1.0) if last < 0 else (float(self.recall[last]), float(self.precision[last]))

    @property
    def balanced_score(self) -> float:
        """The score down to which boxes have the greatest harmonic mean of precision and recall."""
        total = self.recall + self.precision
        mean = np.divide(2 * self.recall * self.precision, total, out=np.zeros_like(total), where=total > 0)
        return float(self.score[mean.argmax()])


def curve(found: Detections, matches: NDArray[np.int64], digits: int) -> Curve:
    """The curve of detections with these matches, in scenes with so many digits in all."""
    scores, hits = found.scores[found.present], matches[found.present] >= 0
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(hits[order])
    return Curve(right / digits, right / np.arange(1, len(right) + 1), scores[order])


def judge(found: Detections, scenes: Scenes) -> dict[str, float]:
    """Average precision at an overlap of 0.5, and recall at an objectness of 0.5."""
    judged = curve(found, match(found, scenes), int(scenes.count.sum()))
    return {"average_precision": judged.average_precision, "recall": judged.at(CONFIDENT)[0]}
