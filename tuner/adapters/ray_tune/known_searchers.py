"""The searchers of Ray Tune by name, and what each of them needs and takes."""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import Parameter, Signature

from ray.tune.search import Searcher

from ...errors import BrokenPlugin, MissingExtra, UnknownPlugin, describe, suggest
from ...problem import Feature


@dataclass(frozen=True, slots=True)
class KnownSearcher:
    """What the constructor of a searcher does not tell."""

    module: str
    """Below ray.tune.search."""
    package: str
    """What must be importable."""
    distribution: str
    """What to install, as pip calls it."""
    supports: Feature = Feature.MIXED


KNOWN = {
    "BayesOptSearch": KnownSearcher(
        "bayesopt.bayesopt_search", "bayes_opt", "bayesian-optimization==1.4.3", Feature.CONTINUOUS
    ),
    "HEBOSearch": KnownSearcher("hebo.hebo_search", "hebo", "HEBO"),
    "HyperOptSearch": KnownSearcher("hyperopt.hyperopt_search", "hyperopt", "hyperopt"),
    "OptunaSearch": KnownSearcher("optuna.optuna_search", "optuna", "optuna"),
}
"""The searchers that Ray Tune brings and that can be strategies."""

_REFUSED = {
    "AxSearch": "cannot be repeated: for the same seed Ax promises similar trials, not the same",
    "BasicVariantGenerator": "is no Searcher; use the strategies 'random' and 'grid'",
    "ConcurrencyLimiter": "only wraps another searcher; a suite's parallelism says how many trials run at once",
    "NevergradSearch": "takes no seed, and its optimizer is a class, which a suite cannot hold",
    "Repeater": "only wraps another searcher; more seeds tell noise from progress",
    "TuneBOHB": "works only with the scheduler HyperBandForBOHB, which stops trials early",
    "ZOOptSearch": "takes no seed, so a study with it could not be repeated",
}
_SEEDS = ("seed", "random_state_seed", "random_state")
_NOT_OPTIONS = {"space", "metric", "mode", "points_to_evaluate", "evaluated_rewards", *_SEEDS}
_SCALARS = {bool, int, float, str}


def find_searcher(name: str) -> type[Searcher]:
    """The searcher's class, by its name in Ray Tune or by the dotted path to it.

    Raises `UnknownPlugin`, `BrokenPlugin` for what cannot be a strategy, or `MissingExtra` where its package is not
    installed.
    """
    if name in _REFUSED:
        raise BrokenPlugin(f"{name} {_REFUSED[name]}")
    known = KNOWN.get(name)
    if known is None and "." not in name:
        raise UnknownPlugin(f"Ray Tune has no searcher called {name!r}{suggest(name, KNOWN)}")
    module, _, class_name = (f"ray.tune.search.{known.module}.{name}" if known else name).rpartition(".")
    return _imported(module, class_name)


def known_as(kind: type[Searcher]) -> KnownSearcher | None:
    """What is known of a class that Ray Tune brings; None for other classes."""
    return KNOWN.get(kind.__name__) if kind.__module__.startswith("ray.tune.") else None


def seed_option(kind: type[Searcher]) -> str:
    """The keyword that takes the searcher's seed; raises `BrokenPlugin` where there is none."""
    taken = inspect.signature(kind).parameters
    for name in _SEEDS:
        if name in taken:
            return name
    raise BrokenPlugin(f"{kind.__name__} takes none of {', '.join(_SEEDS)}, so a study with it could not be repeated")


def scalar_options(kind: type[Searcher]) -> Signature:
    """The constructor's arguments that a suite can hold, as keywords; raises `BrokenPlugin` where others are needed."""
    hints = _hints(kind)
    options: list[Parameter] = []
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name in _NOT_OPTIONS or parameter.kind in {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}:
            continue
        if _is_scalar(hints.get(parameter.name), parameter.default):
            options.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
        elif parameter.default is Parameter.empty:
            raise BrokenPlugin(f"{kind.__name__} needs {parameter.name!r}, which a suite cannot hold")
    return Signature(options)


def _imported(module: str, class_name: str) -> type[Searcher]:
    try:
        found = getattr(importlib.import_module(module), class_name, None)
    except Exception as error:
        raise BrokenPlugin(f"{module}.{class_name} cannot be imported: {describe(error)}") from error
    if not (isinstance(found, type) and issubclass(found, Searcher)):
        raise UnknownPlugin(f"{module}.{class_name} names no Searcher of Ray Tune")
    return _usable(found)


def _usable(found: type[Searcher]) -> type[Searcher]:
    name, known = found.__name__, known_as(found)
    if found.__module__.startswith("ray.tune.") and name in _REFUSED:
        raise BrokenPlugin(f"{name} {_REFUSED[name]}")
    if known is not None and find_spec(known.package) is None:
        raise MissingExtra(f"{name} needs {known.package}: pip install '{known.distribution}'")
    return found


def _hints(kind: type[Searcher]) -> dict[str, object]:
    try:
        return typing.get_type_hints(kind.__init__)
    except (NameError, TypeError):  # annotations that name what is not installed
        return {}


def _is_scalar(hint: object, default: object) -> bool:
    """Whether an argument can be a string, number or bool."""
    if hint is None:
        return default is not Parameter.empty and type(default) in _SCALARS
    is_union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    kinds = set(typing.get_args(hint)) if is_union else {hint}
    return bool(kinds & _SCALARS)
