"""Studies as the service shows them, kept until more of their run is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .run_views import StudyView

_MOST: Final = 16
"""How many runs are kept."""


class KeptStudies:
    """Those of the runs that were asked for last."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[int, ...], list[StudyView]]] = {}

    def of(self, run: str, stamp: tuple[int, ...], make: Callable[[], list[StudyView]]) -> list[StudyView]:
        """The studies of a run, made anew where the stamp is another one than before."""
        kept = self._kept.get(run)
        if kept is None or kept[0] != stamp:
            kept = (stamp, make())
        self._kept.pop(run, None)
        self._kept[run] = kept
        for name in list(self._kept)[:-_MOST]:
            self._kept.pop(name, None)
        return kept[1]
