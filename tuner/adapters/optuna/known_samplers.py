"""The samplers of Optuna by name, and what each of them needs, takes and can do."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec

from optuna.samplers import BaseSampler

from ...errors import BrokenPlugin, MissingExtra, UnknownPlugin, suggest
from ...problem import Feature
from ...strategies.option_checks import not_negative, one_of, positive, probability, whole
from ..constructor_options import Check
from ..library_class import check_class, import_class


@dataclass(frozen=True, slots=True)
class KnownSampler:
    """What the class of a sampler does not tell."""

    supports: Feature
    """What it searches itself, where Optuna would draw the rest at random beside it."""
    packages: tuple[str, ...] = ()
    """What it needs besides Optuna: packages that are called as their distributions are."""
    extra: str | None = None
    """The extra of tuner-bench that installs them; None where every installation has them."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """Of the options whose values it would use, or complain about, in the middle of a study."""


_ANY = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
_NUMBERS = Feature.CONTINUOUS | Feature.INTEGER
_KIND = "sampler of Optuna"
_STARTUP: Mapping[str, Check] = {"n_startup_trials": partial(whole, least=0)}
_GENETIC: Mapping[str, Check] = {
    "population_size": partial(whole, least=2),
    "mutation_prob": probability,
    "crossover_prob": probability,
    "swapping_prob": probability,
}

KNOWN = {
    "BruteForceSampler": KnownSampler(_ANY & ~Feature.CONTINUOUS),
    "CmaEsSampler": KnownSampler(
        _NUMBERS,
        ("cmaes",),
        checks={
            **_STARTUP,
            "sigma0": positive,
            "popsize": partial(whole, least=4),
            "inc_popsize": partial(whole, least=1),
            "restart_strategy": partial(one_of, known=("ipop", "bipop")),
        },
    ),
    "GPSampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE, ("torch",), "nets", _STARTUP),
    "NSGAIIISampler": KnownSampler(
        Feature.MIXED | Feature.MULTIOBJECTIVE, checks={**_GENETIC, "dividing_parameter": partial(whole, least=1)}
    ),
    "NSGAIISampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE, checks=_GENETIC),
    "QMCSampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE, ("scipy",)),
    "RandomSampler": KnownSampler(_ANY),
    "TPESampler": KnownSampler(
        _ANY, checks={**_STARTUP, "n_ei_candidates": partial(whole, least=1), "prior_weight": not_negative}
    ),
}
"""The samplers that Optuna brings and that can be strategies."""

_OTHERS = KnownSampler(Feature.MIXED)
"""What is taken for granted of a sampler that is not made from one of these."""
_REFUSED = {
    "BaseGASampler": "is abstract: name a class that is made from it",
    "BaseSampler": "is abstract: name a class that is made from it",
    "GridSampler": "needs its grid as 'search_space', which a suite cannot hold; use the strategy 'grid'",
    "PartialFixedSampler": "only wraps another sampler, which a suite cannot hold; fix parameters in the task instead",
}


def find_sampler(name: str) -> type[BaseSampler]:
    """The sampler's class, by its name in `optuna.samplers` or by the dotted path to it.

    Raises `UnknownPlugin` where there is none of that name, or `BrokenPlugin` where its module cannot be imported.
    """
    if "." not in name and name not in KNOWN and name not in _REFUSED:
        raise UnknownPlugin(f"Optuna has no sampler called {name!r}{suggest(name, KNOWN)}")
    path = name if "." in name else f"optuna.samplers.{name}"
    return import_class(path, BaseSampler, _KIND)  # type: ignore[type-abstract]  # mypy takes no abstract class for a type


def known_as(kind: type[BaseSampler]) -> KnownSampler:
    """What is known of a class: what holds for the one of Optuna's that it is or is made from."""
    return next(
        (KNOWN[base.__name__] for base in kind.__mro__ if _is_optunas(base) and base.__name__ in KNOWN), _OTHERS
    )


def check_usable(kind: type[BaseSampler]) -> None:
    """Raise `UnknownPlugin` for what is no sampler, `BrokenPlugin` for one that cannot be a strategy.

    Raises `MissingExtra` where its package is not installed.
    """
    check_class(kind, BaseSampler, _KIND)
    name, known = kind.__name__, known_as(kind)
    if _is_optunas(kind) and name in _REFUSED:
        raise BrokenPlugin(f"{name} {_REFUSED[name]}")
    if inspect.isabstract(kind):
        raise BrokenPlugin(f"{name} lacks {', '.join(sorted(kind.__abstractmethods__))}, which every sampler has")
    if "seed" not in inspect.signature(kind).parameters:
        needed = "give its __init__ a keyword 'seed', which one that draws nothing may ignore"
        raise BrokenPlugin(f"{name} takes no seed, so a study with it could not be repeated: {needed}")
    missing = [package for package in known.packages if find_spec(package) is None]
    if missing:
        command = f"'tuner-bench[{known.extra}]'" if known.extra else " ".join(missing)
        raise MissingExtra(f"{name} needs {', '.join(missing)}: pip install {command}")


def _is_optunas(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "optuna"
