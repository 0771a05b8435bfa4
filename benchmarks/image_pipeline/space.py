"""The search space of the image pipeline: each step is one method or none, with parameters of its own."""

from __future__ import annotations

from typing import Final

from tuner.parameter import Categorical, Float, Integer
from tuner.space import Condition, SearchSpace

SPACE: Final = SearchSpace(
    {
        "denoising": Categorical(("none", "gaussian", "median", "bilateral")),
        "gaussian_sigma": Float(0.3, 2.5, log=True),
        "median_radius": Integer(1, 3),
        "bilateral_sigma_color": Float(0.02, 1.0, log=True),
        "bilateral_sigma_spatial": Float(0.5, 3.0, log=True),
        "contrast": Categorical(("none", "gamma", "clahe")),
        "gamma": Float(0.25, 4.0, log=True),
        "clahe_clip": Float(0.01, 0.5, log=True),
        "binarisation": Categorical(("none", "otsu", "adaptive")),
        "adaptive_radius": Integer(1, 10),
        "adaptive_offset": Float(-0.15, 0.05),
        "edges": Categorical(("none", "sobel", "canny")),
        "canny_sigma": Float(0.3, 3.0, log=True),
        "morphology": Categorical(("none", "opening", "closing")),
        "morphology_radius": Integer(1, 2),
        "features": Categorical(("raw", "hog")),
        "hog_orientations": Integer(4, 12),
        "hog_cell": Integer(3, 8),
        "hog_block": Integer(1, 3),
        "classifier": Categorical(("knn", "logistic", "svm")),
        "logistic_C": Float(1e-4, 1e2, log=True, default=1.0),
        "svm_C": Float(1e-5, 1e1, log=True, default=1.0),
        "knn_neighbours": Integer(1, 50, log=True, default=5),
    },
    (
        Condition("gaussian_sigma", "denoising", ("gaussian",)),
        Condition("median_radius", "denoising", ("median",)),
        Condition("bilateral_sigma_color", "denoising", ("bilateral",)),
        Condition("bilateral_sigma_spatial", "denoising", ("bilateral",)),
        Condition("gamma", "contrast", ("gamma",)),
        Condition("clahe_clip", "contrast", ("clahe",)),
        Condition("adaptive_radius", "binarisation", ("adaptive",)),
        Condition("adaptive_offset", "binarisation", ("adaptive",)),
        Condition("canny_sigma", "edges", ("canny",)),
        Condition("morphology_radius", "morphology", ("opening", "closing")),
        Condition("hog_orientations", "features", ("hog",)),
        Condition("hog_cell", "features", ("hog",)),
        Condition("hog_block", "features", ("hog",)),
        Condition("logistic_C", "classifier", ("logistic",)),
        Condition("svm_C", "classifier", ("svm",)),
        Condition("knn_neighbours", "classifier", ("knn",)),
    ),
)
"""Without any step: raw pixels and their nearest neighbours, which is the default."""

STEPS: Final = ("denoising", "contrast", "binarisation", "edges", "morphology")
"""The steps that turn images into images, in the order in which they are taken."""
