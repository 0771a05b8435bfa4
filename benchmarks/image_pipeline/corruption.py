"""Damage to images as a camera does it: blur, low contrast, uneven light, noise, dead and hot pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SPOT = 0.35
"""How wide a spot of light is, as a share of the image's side."""


def corrupt(images: NDArray[np.float64], level: float, generator: np.random.Generator) -> NDArray[np.float64]:
    """Images [n, height, width] in [0, 1], each damaged to a degree of its own; level 0 leaves them as they are."""
    blurred = _blurred(images, level * generator.random(len(images)))
    share = np.minimum(0.7 * level * generator.random((len(images), 1, 1)), 0.9)
    greyed = (1 - share) * blurred + share * generator.random((len(images), 1, 1))
    lit = greyed + 0.6 * level * _spots(images.shape, generator)
    noisy = lit + 0.08 * level * generator.standard_normal(images.shape)
    return _salted(np.clip(noisy, 0.0, 1.0), min(0.1 * level, 1.0), generator)


def _blurred(images: NDArray[np.float64], sigmas: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy import ndimage

    blurred = [ndimage.gaussian_filter(image, sigma) for image, sigma in zip(images, sigmas.tolist(), strict=True)]
    return np.array(blurred, dtype=np.float64)


def _spots(shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.float64]:
    """A round spot of light or shadow somewhere in each image, from -1 to 1."""
    count, height, width = shape
    middle = generator.random((2, count, 1, 1))
    strength = generator.uniform(-1.0, 1.0, (count, 1, 1))
    down, right = np.linspace(0, 1, height)[:, None], np.linspace(0, 1, width)[None, :]
    away = (down - middle[0]) ** 2 + (right - middle[1]) ** 2
    spots: NDArray[np.float64] = strength * np.exp(-away / (2 * _SPOT**2))
    return spots


def _salted(images: NDArray[np.float64], share: float, generator: np.random.Generator) -> NDArray[np.float64]:
    """This share of all pixels turned black or white."""
    is_hit = generator.random(images.shape) < share
    salt = generator.integers(0, 2, images.shape).astype(np.float64)
    return np.where(is_hit, salt, images)
