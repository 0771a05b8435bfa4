"""The 24 BBOB functions: what each is called, which group it belongs to, and what makes it hard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEPARABLE: Final = "separable"
MODERATE: Final = "moderate conditioning"
ILL_CONDITIONED: Final = "high conditioning, unimodal"
MULTIMODAL: Final = "multimodal, global structure"
WEAK: Final = "multimodal, weak structure"

DIMENSIONS: Final = (2, 3, 5, 10, 20, 40)
"""The dimensions of the BBOB suite."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a function."""

    name: str
    group: str
    property: str
    """What makes it easy or hard, as a clause."""


FUNCTIONS: Final = (
    Known("sphere", SEPARABLE, "equally curved in all directions; nothing is easier"),
    Known("ellipsoid, separable", SEPARABLE, "curved a million times as much along the last axis as along the first"),
    Known("Rastrigin, separable", SEPARABLE, "about 10^d minima, which can be left one axis at a time"),
    Known("Büche-Rastrigin", SEPARABLE, "about 10^d minima, laid out askew so that symmetric steps mislead"),
    Known("linear slope", SEPARABLE, "a plane; the optimum is a corner of the box"),
    Known("attractive sector", MODERATE, "very asymmetric: only a narrow cone of directions leads to low values"),
    Known("step ellipsoid", MODERATE, "terraces: the gradient is zero almost everywhere"),
    Known("Rosenbrock", MODERATE, "a narrow, bending valley; coordinates depend on their neighbours"),
    Known("Rosenbrock, rotated", MODERATE, "the same bending valley, now along no axis"),
    Known("ellipsoid", ILL_CONDITIONED, "rotated, with a condition number of a million"),
    Known("discus", ILL_CONDITIONED, "one direction, along no axis, is curved a million times as much as all others"),
    Known("bent cigar", ILL_CONDITIONED, "a smooth but very thin, slightly bent ridge; one direction stays flat"),
    Known("sharp ridge", ILL_CONDITIONED, "a crease that must be followed: beside it the slope leads only onto it"),
    Known("different powers", ILL_CONDITIONED, "sensitivities drift further apart the closer the optimum is"),
    Known("Rastrigin", MULTIMODAL, "about 10^d minima on a rotated, stretched bowl"),
    Known("Weierstrass", MULTIMODAL, "rugged at every scale, with an optimum that is not unique"),
    Known("Schaffer F7", MULTIMODAL, "many minima whose frequency and height vary over the bowl"),
    Known("Schaffer F7, ill-conditioned", MULTIMODAL, "the same ripples on a bowl stretched a hundredfold more"),
    Known("Griewank-Rosenbrock", MULTIMODAL, "ripples laid over a bending valley"),
    Known(
        "Schwefel x sin x",
        WEAK,
        "2^d deep minima near the corners of the box, with little that leads from one to the best",
    ),
    Known("Gallagher, 101 peaks", WEAK, "101 wells at random places; the best has a condition number of about 30"),
    Known("Gallagher, 21 peaks", WEAK, "21 wells at random places; the best is a thin one, of condition number 1000"),
    Known("Katsuura", WEAK, "rugged and repetitive: more than 10^d minima of nearly equal depth"),
    Known("Lunacek bi-Rastrigin", WEAK, "two funnels full of minima, and the wider one is the wrong one"),
)
"""Function k of the suite is `FUNCTIONS[k - 1]`; after Finck, Hansen, Ros and Auger 2009."""
