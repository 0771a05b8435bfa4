"""Seeds keyed by content: which number a purpose gets never depends on the order of asking."""

from __future__ import annotations

import hashlib


def derive_seed(root: int, *key: str | int) -> int:
    """A seed in [0, 2**63) for a purpose, from the root seed and a key that names the purpose.

    The first 8 bytes of sha256 over the key's parts, each with its length and type, so that
    ("ab", "c") and ("a", "bc") differ. Feed it to `numpy.random.default_rng`.
    """
    return SeedStream(root, *key).seed


class SeedStream:
    """The seeds of a purpose that has many numbered parts, such as the trials of a study."""

    def __init__(self, root: int, *key: str | int) -> None:
        self._digest = hashlib.sha256()
        for part in (root, *key):
            text = str(part).encode()
            self._digest.update(b"%c%d:%s" % (b"si"[isinstance(part, int)], len(text), text))

    @property
    def seed(self) -> int:
        """The seed of the purpose itself."""
        return int.from_bytes(self._digest.digest()[:8], "little") >> 1

    def __getitem__(self, number: int) -> int:
        """The seed of part `number`: the same as `derive_seed` with the number appended to the key."""
        digest = self._digest.copy()
        text = b"%d" % number
        digest.update(b"i%d:%s" % (len(text), text))
        return int.from_bytes(digest.digest()[:8], "little") >> 1
