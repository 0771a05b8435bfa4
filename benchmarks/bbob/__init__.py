"""COCO's 24 noiseless functions for black-box optimisers, as one task with the function as an option."""

from __future__ import annotations

from .task import Bbob

__all__ = ["Bbob"]
