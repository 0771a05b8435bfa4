"""The searchers of Ray Tune by name, and what each of them needs and takes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from inspect import Signature

from ray.tune.search import Searcher

from ...errors import BrokenPlugin, MissingExtra, UnknownPlugin, suggest
from ...problem import Feature
from ...strategies.option_checks import positive, whole
from .. import constructor_options
from ..constructor_options import Check
from ..library_class import check_class, import_class


@dataclass(frozen=True, slots=True)
class KnownSearcher:
    """What the constructor of a searcher does not tell."""

    module: str
    """Below ray.tune.search."""
    package: str
    """What must be importable."""
    distribution: str
    """What to install, as pip calls it; it works with no other version where one is named."""
    supports: Feature = Feature.MIXED
    checks: Mapping[str, Check] = field(default_factory=dict)
    """Of the options whose values it would use, or complain about, in the middle of a study."""
    instead: str | None = None
    """The strategy of ours that does the same."""


KNOWN = {
    "BayesOptSearch": KnownSearcher(
        "bayesopt.bayesopt_search",
        "bayes_opt",
        "bayesian-optimization==1.4.3",
        Feature.CONTINUOUS,
        {
            "random_search_steps": partial(whole, least=0),
            "patience": partial(whole, least=1),
            "repeat_float_precision": partial(whole, least=0),
        },
        "bayes-opt",
    ),
    "HEBOSearch": KnownSearcher("hebo.hebo_search", "hebo", "HEBO", checks={"max_concurrent": partial(whole, least=1)}),
    "HyperOptSearch": KnownSearcher(
        "hyperopt.hyperopt_search",
        "hyperopt",
        "hyperopt",
        checks={"n_initial_points": partial(whole, least=0), "gamma": partial(positive, most=1)},
    ),
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
_KIND = "Searcher of Ray Tune"


def find_searcher(name: str) -> type[Searcher]:
    """The searcher's class, by its name in Ray Tune or by the dotted path to it.

    Raises `UnknownPlugin` where there is none of that name, or `BrokenPlugin` where its module cannot be imported or
    what it names is no Searcher.
    """
    if name in _REFUSED:
        raise BrokenPlugin(f"{name} {_REFUSED[name]}")
    known = KNOWN.get(name)
    if known is None and "." not in name:
        raise UnknownPlugin(f"Ray Tune has no searcher called {name!r}{suggest(name, KNOWN)}")
    return import_class(f"ray.tune.search.{known.module}.{name}" if known else name, Searcher, _KIND)


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
    return constructor_options.scalar_options(kind, _NOT_OPTIONS)


def check_usable(kind: type[Searcher]) -> None:
    """Raise `UnknownPlugin` for what is no searcher, `BrokenPlugin` for one that cannot be a strategy.

    Raises `MissingExtra` where its package is not installed, or not in the version that it works with.
    """
    check_class(kind, Searcher, _KIND)
    name, known = kind.__name__, known_as(kind)
    if kind.__module__.startswith("ray.tune.") and name in _REFUSED:
        raise BrokenPlugin(f"{name} {_REFUSED[name]}")
    if known is not None:
        _check_installed(name, known)


def _check_installed(name: str, known: KnownSearcher) -> None:
    if find_spec(known.package) is None:
        raise MissingExtra(f"{name} needs {known.package}: pip install '{known.distribution}'")
    package, _, wanted = known.distribution.partition("==")
    found = version(package) if wanted else ""
    if found != wanted:
        instead = f"; the strategy {known.instead!r} does the same with a newer one" if known.instead else ""
        raise MissingExtra(f"{name} works with {package} {wanted} alone, and {found} is installed{instead}")
