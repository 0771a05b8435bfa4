"""Gradient descent on features of very different magnitudes: what scaling them is worth."""

from .task import FeatureScaling

__all__ = ["FeatureScaling"]
