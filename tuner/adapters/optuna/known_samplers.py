"""The samplers of Optuna by name, and what each of them needs, takes and can do."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from importlib.util import find_spec

from optuna.samplers import BaseSampler

from ...errors import BrokenPlugin, MissingExtra, UnknownPlugin, describe, suggest
from ...problem import Feature


@dataclass(frozen=True, slots=True)
class KnownSampler:
    """What the class of a sampler does not tell."""

    supports: Feature
    """What it searches itself, where Optuna would draw the rest at random beside it."""
    packages: tuple[str, ...] = ()
    """What it needs besides Optuna: packages that are called as their distributions are."""
    extra: str | None = None
    """The extra of tuner-bench that installs them; None where every installation has them."""


_ANY = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
_NUMBERS = Feature.CONTINUOUS | Feature.INTEGER

KNOWN = {
    "BruteForceSampler": KnownSampler(_ANY & ~Feature.CONTINUOUS),
    "CmaEsSampler": KnownSampler(_NUMBERS, ("cmaes",)),
    "GPSampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE, ("torch",), "nets"),
    "NSGAIIISampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE),
    "NSGAIISampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE),
    "QMCSampler": KnownSampler(Feature.MIXED | Feature.MULTIOBJECTIVE, ("scipy",)),
    "RandomSampler": KnownSampler(_ANY),
    "TPESampler": KnownSampler(_ANY),
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
    module, _, class_name = (name if "." in name else f"optuna.samplers.{name}").rpartition(".")
    try:
        found = getattr(importlib.import_module(module), class_name, None)
    except Exception as error:
        raise BrokenPlugin(f"{module}.{class_name} cannot be imported: {describe(error)}") from error
    if not (isinstance(found, type) and issubclass(found, BaseSampler)):
        raise UnknownPlugin(f"{module}.{class_name} names no sampler of Optuna")
    return found


def known_as(kind: type[BaseSampler]) -> KnownSampler:
    """What is known of a class: what holds for the one of Optuna's that it is or is made from."""
    return next(
        (KNOWN[base.__name__] for base in kind.__mro__ if _is_optunas(base) and base.__name__ in KNOWN), _OTHERS
    )


def check_usable(kind: type[BaseSampler]) -> None:
    """Raise `BrokenPlugin` for what cannot be a strategy, `MissingExtra` where its package is not installed."""
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
