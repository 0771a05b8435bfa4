"""Equality by identity, as a part of what is compared otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    """Equal to what holds the very same object; a list, for one, is else compared item by item."""

    held: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held

    __hash__ = None  # type: ignore[assignment]
