"""Pictures from arrays: a decoder that knows nothing of ours finds the same pixels again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from results import pictures
from results.errors import ResultsError
from results.pictures import picture

GREY, COLOUR = 0, 2
shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
pixel_arrays = (shapes | shapes.map(lambda shape: (*shape, 3))).flatmap(lambda shape: arrays(np.uint8, shape))


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG file as its specification lays them out, each checked against its CRC."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (crc,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert crc == zlib.crc32(kind + content)
        yield kind, content
        place += 12 + length


def decoded(png: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG file of 8 bits a channel, without interlacing, whose lines are stored as they are."""
    parts = list(chunks(png))
    assert [kind for kind, _ in parts] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, bits, kind, *rest = struct.unpack(">IIBBBBB", parts[0][1])
    assert (bits, rest) == (8, [0, 0, 0])
    channels = {GREY: 1, COLOUR: 3}[kind]
    lines = np.frombuffer(zlib.decompress(parts[1][1]), np.uint8).reshape(height, 1 + width * channels)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape((height, width) if kind == GREY else (height, width, 3))


@given(pixel_arrays)
def test_the_png_holds_the_pixels_of_the_array(pixels: NDArray[np.uint8]) -> None:
    found = decoded(picture("c", "d", pixels, width=10).png)

    assert found.shape == pixels.shape
    assert (found == pixels).all()


def test_an_array_that_does_not_lie_in_one_piece_is_drawn_as_it_reads() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)[::2, ::-1].transpose(1, 0, 2)

    assert (decoded(picture("c", "d", pixels, width=10).png) == pixels).all()


def test_the_same_pixels_give_the_same_bytes() -> None:
    pixels = np.eye(5, dtype=np.uint8)

    assert picture("c", "d", pixels, width=10) == picture("c", "d", pixels.copy(), width=10)


def test_the_width_on_the_page_is_not_that_of_the_pixels() -> None:
    assert picture("caption", "description", np.zeros((2, 3), np.uint8), width=120).width == 120


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((2, 2)), r"not float64 of shape \[2, 2\]"),
        (np.zeros((2, 2), np.int16), r"not int16 of shape \[2, 2\]"),
        (np.zeros(4, np.uint8), r"not uint8 of shape \[4\]"),
        (np.zeros((2, 2, 4), np.uint8), r"not uint8 of shape \[2, 2, 4\]"),
        (np.zeros((1, 2, 2, 3), np.uint8), r"not uint8 of shape \[1, 2, 2, 3\]"),
        (np.zeros((0, 2), np.uint8), "has 1 to 4000000 pixels, not 0 x 2"),
        (np.zeros((2001, 2000), np.uint8), "has 1 to 4000000 pixels, not 2001 x 2000"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(pixels: NDArray[np.uint8], reason: str) -> None:
    with pytest.raises(ResultsError, match=f"picture 'c': .*{reason}") as refused:
        picture("c", "d", pixels, width=10)

    assert "\n" not in str(refused.value)


def test_the_largest_picture_is_still_one() -> None:
    pixels = np.zeros((2000, pictures._MOST_PIXELS // 2000), np.uint8)

    assert decoded(picture("c", "d", pixels, width=10).png).shape == pixels.shape


def test_a_picture_of_no_width_is_refused() -> None:
    with pytest.raises(ResultsError, match="picture 'c': is shown at least 1 pixel wide, not 0"):
        picture("c", "d", np.zeros((2, 2), np.uint8), width=0)
