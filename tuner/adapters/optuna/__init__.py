"""Optuna, both ways: any strategy as a sampler of Optuna, and any sampler of Optuna as a strategy."""

from __future__ import annotations

from .sampler_strategy import SamplerStrategy, strategy_of
from .strategy_sampler import StrategySampler
from .study_space import distributions_of

__all__ = ["SamplerStrategy", "StrategySampler", "distributions_of", "strategy_of"]
