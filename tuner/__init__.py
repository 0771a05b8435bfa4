"""Benchmark hyperparameter search strategies: the vocabulary, and the machinery that runs studies."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .configuration import Configuration, Value
    from .errors import TunerError
    from .modifier import Modifier
    from .parameter import Categorical, Float, Integer, Parameter
    from .problem import Budget, Feature, Fidelity, Objective, Problem
    from .session import Where, resume_run, run_suite
    from .space import Condition, SearchSpace
    from .strategy import SearchStrategy
    from .suite import Suite, load_suite
    from .task import Task, TaskCard
    from .trial import Failure, FailureKind, Measurement, Outcome, Proposal, Trial, TrialResult

_HOME = {
    "configuration": ("Configuration", "Value"),
    "errors": ("TunerError",),
    "modifier": ("Modifier",),
    "parameter": ("Categorical", "Float", "Integer", "Parameter"),
    "problem": ("Budget", "Feature", "Fidelity", "Objective", "Problem"),
    "session": ("Where", "resume_run", "run_suite"),
    "space": ("Condition", "SearchSpace"),
    "strategy": ("SearchStrategy",),
    "suite": ("Suite", "load_suite"),
    "task": ("Task", "TaskCard"),
    "trial": ("Failure", "FailureKind", "Measurement", "Outcome", "Proposal", "Trial", "TrialResult"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Budget",
    "Categorical",
    "Condition",
    "Configuration",
    "Failure",
    "FailureKind",
    "Feature",
    "Fidelity",
    "Float",
    "Integer",
    "Measurement",
    "Modifier",
    "Objective",
    "Outcome",
    "Parameter",
    "Problem",
    "Proposal",
    "SearchSpace",
    "SearchStrategy",
    "Suite",
    "Task",
    "TaskCard",
    "Trial",
    "TrialResult",
    "TunerError",
    "Value",
    "Where",
    "load_suite",
    "resume_run",
    "run_suite",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import tuner` costs next to nothing."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'tuner' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
