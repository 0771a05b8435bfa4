"""The default choice among the Bayesian strategies, made from measured results."""

from __future__ import annotations

from .gaussian_process import GaussianProcess


class Bayesian(GaussianProcess):
    """The Bayesian strategy to take when you have no other reason: today the Gaussian process of our own.

    With the same seed and options it proposes what `gp` proposes. Why it was chosen, and the figures, are in
    docs/decisions/0009-our-own-gaussian-process.md.
    """
