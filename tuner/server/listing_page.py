"""A part of a long list, with the length of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item]):
    """Some items of a list."""

    items: list[_Item]
    total: int
    """How many there are on all pages together."""
    offset: int
    """How many come before the first one here."""
    limit: int
    """The most that a page holds."""

    @property
    def next(self) -> int | None:
        """The offset of the next page; None for the last one."""
        after = self.offset + len(self.items)
        return after if self.items and after < self.total else None


def page_of(items: Sequence[_Item], offset: int, limit: int) -> Page[_Item]:
    """One page of a list that is there as a whole."""
    return Page(list(items[offset : offset + limit]), len(items), offset, limit)
