"""Classic models of scikit-learn on its data sets, with the search spaces and scores of Bayesmark."""

from __future__ import annotations

from .task import Classic

__all__ = ["Classic"]
