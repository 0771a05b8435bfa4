"""How often and how much: token buckets, and what is open at once."""

from __future__ import annotations

import ipaddress
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_MOST_KEYS: Final = 4096
_LONGEST_ADDRESS: Final = 64


class Buckets:
    """A token bucket a key: full at first, refilled evenly. Only the keys seen last are remembered."""

    def __init__(self, size: float, per_second: float, clock: Callable[[], float]) -> None:
        self._size = size
        self._per_second = per_second
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one token; 0, or how many seconds to wait until there is one."""
        now = self._clock()
        level, since = self._levels.pop(key, (self._size, now))
        level = min(self._size, level + (now - since) * self._per_second)
        wait = 0.0 if level >= 1 else (1 - level) / self._per_second
        self._levels[key] = (level if wait else level - 1, now)
        if len(self._levels) > _MOST_KEYS:
            self._levels.popitem(last=False)
        return wait


class Places:
    """Counts what each visitor has open."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def open(self, visitor: str, most: int) -> bool:
        """Count one more; false where the visitor has as many as it may."""
        if self._open[visitor] >= most:
            return False
        self._open[visitor] += 1
        return True

    def close(self, visitor: str) -> None:
        """Count one less."""
        self._open[visitor] -= 1
        if self._open[visitor] <= 0:
            del self._open[visitor]


def network_of(peer: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, since whoever has one address has all of those."""
    return _network_of(peer[:_LONGEST_ADDRESS])


@lru_cache(_MOST_KEYS)
def _network_of(peer: str) -> str:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:  # a proxy says of whom it asks, whatever that may be
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
