"""The arguments of a sampler's constructor that are options of the strategy that it makes, and those that are not."""

from __future__ import annotations

import inspect
from inspect import Signature

from optuna.samplers import BaseSampler

from .. import constructor_options

_QUIET = ("warn_independent_sampling", "warn_asynchronous_seeding")
"""Whether a sampler says on a log what is known here: no options, and false."""


def scalar_options(kind: type[BaseSampler]) -> Signature:
    """The arguments that are strings, numbers or bools; raises `BrokenPlugin` where others are needed."""
    return constructor_options.scalar_options(kind, {"seed", *_QUIET})


def quiet_arguments(kind: type[BaseSampler]) -> dict[str, bool]:
    """What keeps the sampler from logging a warning for each trial."""
    taken = inspect.signature(kind).parameters
    return {name: False for name in _QUIET if name in taken and taken[name].default is True}
