"""Finding digits in small scenes with a one-stage detector: grid, anchors and the weights of its loss decide."""

from .task import CentreDetection

__all__ = ["CentreDetection"]
