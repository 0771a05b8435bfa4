"""A conditional image pipeline: which steps to take before a simple classifier, and how."""

from __future__ import annotations

from .task import ImagePipeline

__all__ = ["ImagePipeline"]
