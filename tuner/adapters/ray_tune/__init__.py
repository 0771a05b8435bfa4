"""Ray Tune, both ways: any strategy as a searcher of Tune, and any searcher of Tune as a strategy."""

from __future__ import annotations

from .param_space import ParamSpace
from .searcher_strategy import SearcherStrategy, strategy_of
from .strategy_searcher import StrategySearcher
from .tune_domains import param_space_of

__all__ = ["ParamSpace", "SearcherStrategy", "StrategySearcher", "param_space_of", "strategy_of"]
