"""What SMAC3 is told of how to search; names and defaults are its own."""

from __future__ import annotations

from dataclasses import dataclass

from .option_checks import not_negative, positive, whole, whole_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class SmacOptions:
    """The options of SMAC3's facade for hyperparameter optimisation that are on offer."""

    n_configs: int | None = None
    n_configs_per_hyperparameter: int = 10
    max_ratio: float = 0.25
    n_trees: int = 10
    challengers: int = 10_000
    retrain_after: int = 8
    xi: float = 0.0

    def __post_init__(self) -> None:
        whole_or_none("n_configs", self.n_configs, 1)
        whole("n_configs_per_hyperparameter", self.n_configs_per_hyperparameter, 1)
        positive("max_ratio", self.max_ratio, 1)
        whole("n_trees", self.n_trees, 1)
        whole("challengers", self.challengers, 1)
        whole("retrain_after", self.retrain_after, 1)
        not_negative("xi", self.xi)
