"""The default choice among the Bayesian strategies, made from measured results."""

from __future__ import annotations

from typing import ClassVar

from .gaussian_process import GaussianProcess


class Bayesian(GaussianProcess):
    """The Bayesian strategy to take when you have no other reason: today the Gaussian process of Optuna.

    With the same seed and options it proposes what `gp` proposes. Why it was chosen, and the figures, are in
    docs/decisions/0002-which-strategy-is-bayesian.md. For conditional problems, which it refuses, take `tpe`.
    """

    _known_as: ClassVar[str] = "bayesian"
