"""Any sampler of Optuna as a strategy."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import ClassVar

from optuna.samplers import BaseSampler

from ...configuration import Value
from ...errors import InvalidOption, describe
from ...extras import distributions_of
from ...problem import Budget, Problem
from ...strategies.optuna_sampler import OptunaSampler
from ...strategy import SearchStrategy, own_options
from ...trial import Proposal
from ..constructor_options import check_options
from .known_samplers import check_usable, find_sampler, known_as
from .sampler_options import quiet_arguments, scalar_options


class SamplerStrategy(OptunaSampler):
    """Proposes what a sampler of Optuna suggests in a study held in memory.

    How failed and pending trials, ordered categoricals and conditions are told is said at `OptunaSampler`. A sampler
    that stops its study, as one that has tried everything does, has nothing more to propose. Whether it can be asked
    while trials are pending, and repeats itself with the same seed, is for the sampler to keep: `tuner check` tells.
    """

    sampler: ClassVar[type[BaseSampler]]
    """The sampler's class."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget, **options: Value | None) -> None:
        """Make the sampler; raises `InvalidOption` for options that it does not take or complains about."""
        check_options(type(self).__name__, own_options(type(self)), options, known_as(self.sampler).checks)
        super().__init__(problem, seed=seed, budget=budget, make_sampler=_maker(self.sampler, options))
        self._is_stopped = False
        self._study.stop = self._stop  # type: ignore[method-assign]  # Optuna's own raises outside of study.optimize

    def ask(self, count: int) -> Sequence[Proposal]:
        return [] if self._is_stopped else super().ask(count)

    def _stop(self) -> None:
        self._is_stopped = True


def strategy_of(name: str | type[BaseSampler]) -> type[SearchStrategy]:
    """The strategy that a sampler of Optuna makes, by its name there, the dotted path to it, or its class.

    Its options are the arguments of the sampler's constructor that are strings, numbers or bools; the seed comes from
    the study. Of a class that is made from none of Optuna's own it is taken for granted that it searches floats,
    integers and choices, and nothing else: a subclass of the strategy can say more in `supports`. Raises
    `UnknownPlugin`, `BrokenPlugin` for what cannot be a strategy, or `MissingExtra`.
    """
    return _made_of(name) if isinstance(name, str) else _strategy_of(name)


@cache
def _made_of(name: str) -> type[SamplerStrategy]:
    return _strategy_of(find_sampler(name))


def _strategy_of(kind: type[BaseSampler]) -> type[SamplerStrategy]:
    check_usable(kind)
    known = known_as(kind)
    bring = distributions_of([] if kind.__module__.startswith("optuna.") else [kind.__module__])
    members = {
        "__doc__": f"Proposes what {kind.__name__} of Optuna suggests.",
        "__module__": __name__,
        "__signature__": scalar_options(kind),
        "sampler": kind,
        "supports": known.supports,
        "packages": tuple(dict.fromkeys(["optuna", *known.packages, *bring])),
    }
    return types.new_class(kind.__name__, (SamplerStrategy,), exec_body=lambda body: body.update(members))


def _maker(kind: type[BaseSampler], options: Mapping[str, Value | None]) -> Callable[..., BaseSampler]:
    def make(*, seed: int) -> BaseSampler:
        try:
            return kind(**quiet_arguments(kind), **options, seed=seed)  # type: ignore[call-arg]  # every usable one takes a seed
        except Exception as error:
            raise InvalidOption(f"{kind.__name__} cannot be made: {describe(error)}") from error

    return make
