"""Pictures from arrays of pixels, as PNG: the same pixels give the same bytes."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from .errors import ResultsError
from .items import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2
_MOST_PIXELS = 4_000_000
"""What a page that holds its pictures can bear."""


def picture(caption: str, description: str, pixels: NDArray[np.uint8], *, width: int) -> Picture:
    """A picture of grey pixels [height, width] or of colours [height, width, 3], shown `width` page pixels wide."""
    shape = pixels.shape
    if pixels.dtype.name != "uint8" or len(shape) not in {2, 3} or shape[2:] not in {(), (3,)}:
        raise ResultsError(
            f"picture {caption!r}: pixels are uint8 of shape [height, width] or [height, width, 3], "
            f"not {pixels.dtype.name} of shape {list(shape)}"
        )
    if not 0 < shape[0] * shape[1] <= _MOST_PIXELS:
        raise ResultsError(f"picture {caption!r}: has 1 to {_MOST_PIXELS} pixels, not {shape[0]} x {shape[1]}")
    if width < 1:
        raise ResultsError(f"picture {caption!r}: is shown at least 1 pixel wide, not {width}")
    return Picture(caption, description, _png(pixels), int(width))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    height, width = pixels.shape[:2]
    kind = _GREY if pixels.ndim == 2 else _COLOUR
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)  # the zero: a line that is stored as it is
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(lines, 9)), _chunk(b"IEND", b""))
    return _SIGNATURE + b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
