"""How the numbers of a stack of nets lie in flat tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor


@dataclass(slots=True)
class Size:
    """The shape of one layer of the stack."""

    count: int
    width: int
    fan_in: int = 0
    is_hidden: bool = False

    def total(self, *, scaled: bool) -> int:
        """How many numbers it has."""
        return self.count * self.width * (self.fan_in + (2 if scaled and self.is_hidden else 1))


class Cutter:
    """Cuts flat tensors into parts, one after the other."""

    def __init__(self, *flats: Tensor) -> None:
        self._flats = flats
        self._place = 0

    def __call__(self, *shape: int) -> tuple[Tensor, ...]:
        """The next part of each, in this shape."""
        start, self._place = self._place, self._place + int(np.prod(shape))
        return tuple(flat[start : self._place].view(shape) for flat in self._flats)


def beside(part: Tensor, flat: Tensor) -> Tensor:
    """What lies in a flat tensor where the part lies in the stack's numbers."""
    place = part.storage_offset()
    return flat[place : place + part.numel()].view(part.shape)
