"""Bayesian optimisation with a Gaussian process of our own, on numpy and scipy alone."""

from .strategy import GaussianProcess

__all__ = ["GaussianProcess"]
