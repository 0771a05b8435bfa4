"""The steps of the pipeline, as scikit-image does them: images in, images out, and features at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from skimage import exposure, feature, filters, morphology, restoration

from tuner.configuration import Configuration

from .space import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLAHE_TILE = 8
_CANNY: dict[str, float | bool] = {"low_threshold": 0.7, "high_threshold": 0.9, "use_quantiles": True}
"""Thresholds that follow an image's own gradients: fixed ones would find nothing where contrast is low."""


def take_steps(images: NDArray[np.float64], configuration: Configuration) -> NDArray[np.float64]:
    """The images [n, height, width] after the last step."""
    for _, changed in each_step(images, configuration):
        images = changed
    return images


def each_step(images: NDArray[np.float64], configuration: Configuration) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """The name of each step that is not `none`, with the images [n, height, width] after it."""
    for step in STEPS:
        method = configuration.text(step)
        if method != "none":
            images = np.asarray(_METHODS[method](images, configuration), dtype=np.float64)
            yield step, images


def features_of(images: NDArray[np.float64], configuration: Configuration) -> NDArray[np.float64]:
    """What the classifier gets [n, d]: the pixels themselves, or histograms of oriented gradients."""
    if configuration.text("features") == "raw":
        return images.reshape(len(images), -1)
    return np.array([feature.hog(image, **hog_settings(configuration)) for image in images], dtype=np.float64)


def hog_settings(configuration: Configuration) -> dict[str, int | tuple[int, int]]:
    """The configuration's histograms of oriented gradients, as scikit-image names their settings."""
    cell, block = configuration.integer("hog_cell"), configuration.integer("hog_block")
    return {
        "orientations": configuration.integer("hog_orientations"),
        "pixels_per_cell": (cell, cell),
        "cells_per_block": (block, block),
    }


def _gaussian(images: NDArray[np.float64], configuration: Configuration) -> object:
    sigma = configuration.number("gaussian_sigma")
    return filters.gaussian(images, sigma=(0.0, sigma, sigma))


def _median(images: NDArray[np.float64], configuration: Configuration) -> object:
    return filters.median(images, morphology.disk(configuration.integer("median_radius"))[None])


def _bilateral(images: NDArray[np.float64], configuration: Configuration) -> object:
    sigmas = {name: configuration.number(f"bilateral_{name}") for name in ("sigma_color", "sigma_spatial")}
    return [restoration.denoise_bilateral(image, **sigmas) for image in images]


def _gamma(images: NDArray[np.float64], configuration: Configuration) -> object:
    return exposure.adjust_gamma(images, configuration.number("gamma"))


def _clahe(images: NDArray[np.float64], configuration: Configuration) -> object:
    clip = configuration.number("clahe_clip")
    clipped = np.clip(images, 0.0, 1.0)  # bilateral means leave [0, 1] by rounding
    return [exposure.equalize_adapthist(image, kernel_size=_CLAHE_TILE, clip_limit=clip) for image in clipped]


def _otsu(images: NDArray[np.float64], _: Configuration) -> object:
    return [image > filters.threshold_otsu(image) for image in images]


def _adaptive(images: NDArray[np.float64], configuration: Configuration) -> object:
    side = 2 * configuration.integer("adaptive_radius") + 1
    return images > filters.threshold_local(images, (1, side, side), offset=configuration.number("adaptive_offset"))


def _sobel(images: NDArray[np.float64], _: Configuration) -> object:
    return [filters.sobel(image) for image in images]


def _canny(images: NDArray[np.float64], configuration: Configuration) -> object:
    return [feature.canny(image, sigma=configuration.number("canny_sigma"), **_CANNY) for image in images]


def _opening(images: NDArray[np.float64], configuration: Configuration) -> object:
    return morphology.opening(images, morphology.disk(configuration.integer("morphology_radius"))[None])


def _closing(images: NDArray[np.float64], configuration: Configuration) -> object:
    return morphology.closing(images, morphology.disk(configuration.integer("morphology_radius"))[None])


_METHODS: dict[str, Callable[[NDArray[np.float64], Configuration], object]] = {
    "gaussian": _gaussian,
    "median": _median,
    "bilateral": _bilateral,
    "gamma": _gamma,
    "clahe": _clahe,
    "otsu": _otsu,
    "adaptive": _adaptive,
    "sobel": _sobel,
    "canny": _canny,
    "opening": _opening,
    "closing": _closing,
}
