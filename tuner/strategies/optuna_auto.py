"""The AutoSampler of OptunaHub, which chooses among the samplers of Optuna."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from optuna.samplers import BaseSampler

from ..errors import MissingExtra, describe
from ..extras import require
from ..problem import Budget, Feature, Problem
from ..trial import Proposal
from .optuna_sampler import OptunaSampler

_PACKAGE = "samplers/auto_sampler"


class OptunaAuto(OptunaSampler):
    """Takes the Gaussian process, TPE, CMA-ES or NSGA-II of Optuna, by the space, the objectives and the trials so far.

    https://hub.optuna.org/samplers/auto_sampler. With categoricals or conditions it is TPE; with numbers only it is
    the Gaussian process for 250 trials, then CMA-ES, or NSGA-II for several objectives.

    OptunaHub downloads its samplers from GitHub when they are first loaded. This strategy downloads nothing: it takes
    the sampler from OptunaHub's cache, and refuses to work where the cache has none. Which revision that is, no record
    says. Failures and pending trials are handled as each of Optuna's samplers does.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
    packages: ClassVar[tuple[str, ...]] = ("optuna", "optunahub", "cmaes", "torch")

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        """Take up a problem; raises `MissingExtra` where optunahub, torch or the sampler is not there."""
        require("optuna-auto", "optunahub", "optuna-auto")
        require("optuna-auto", "torch", "optuna-auto")
        super().__init__(problem, seed=seed, budget=budget, make_sampler=_load(cached_registry()))

    def ask(self, count: int) -> Sequence[Proposal]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Optuna says of experimental options, each time it changes samplers
            return super().ask(count)


def cached_registry() -> Path:
    """Where OptunaHub keeps what it has downloaded of its registry."""
    home = os.environ.get("OPTUNAHUB_CACHE_HOME")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(home or caches / "optunahub") / "github.com" / "optuna" / "optunahub-registry" / "main" / "package"


def _load(registry: Path) -> type[BaseSampler]:
    if not (registry / _PACKAGE / "__init__.py").is_file():
        command = f"python -c \"import optunahub; optunahub.load_module('{_PACKAGE}')\""
        raise MissingExtra(f"optuna-auto needs the sampler {_PACKAGE} in {registry}; to download it: {command}")
    try:
        import optunahub
    except ImportError as error:  # as where there is no git
        raise MissingExtra(f"optuna-auto needs optunahub, which cannot be imported: {describe(error)}") from error
    module = optunahub.load_local_module(_PACKAGE, registry_root=str(registry))
    found: type[BaseSampler] = module.AutoSampler
    return found
