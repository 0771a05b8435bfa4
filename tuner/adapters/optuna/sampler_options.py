"""The arguments of a sampler's constructor that a suite can hold: the options of the strategy that it makes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from inspect import Parameter, Signature

from optuna.samplers import BaseSampler

from ...configuration import Value
from ...errors import BrokenPlugin, InvalidOption, suggest

_SCALARS: Mapping[str, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "float": (float, int), "str": (str,)}
_QUIET = ("warn_independent_sampling", "warn_asynchronous_seeding")
"""Whether a sampler says on a log what is known here: no options, and false."""
_UNION = re.compile(r"(?:typing\.)?(?:Optional|Union)\[(.*)\]")


def scalar_options(kind: type[BaseSampler]) -> Signature:
    """The arguments that are strings, numbers or bools, as keywords with the sampler's own defaults.

    Raises `BrokenPlugin` where it cannot be made without another one.
    """
    options: list[Parameter] = []
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name in {"seed", *_QUIET} or parameter.kind in {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}:
            continue
        if _scalars_of(parameter):
            options.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
        elif parameter.default is Parameter.empty:
            raise BrokenPlugin(f"{kind.__name__} needs {parameter.name!r}, which a suite cannot hold")
    return Signature(options)


def quiet_arguments(kind: type[BaseSampler]) -> dict[str, bool]:
    """What keeps the sampler from logging a warning for each trial."""
    taken = inspect.signature(kind).parameters
    return {name: False for name in _QUIET if name in taken and taken[name].default is True}


def check_options(name: str, known: Mapping[str, Parameter], options: Mapping[str, Value | None]) -> None:
    """Raise `InvalidOption` for an option that the sampler does not have, or of a type that it does not take."""
    for option, value in options.items():
        if option not in known:
            raise InvalidOption(f"{name} has no option {option!r}{suggest(option, known)}")
        words = _scalars_of(known[option])
        kinds = {kind for word in words for kind in _SCALARS[word]}
        if type(value) not in kinds and value != known[option].default:
            raise InvalidOption(f"{name}'s {option} is {' or '.join(words)}, not {value!r}")


def _scalars_of(parameter: Parameter) -> list[str]:
    """The names of the plain types that an argument takes: as annotated, or else as its default has it."""
    if parameter.annotation is Parameter.empty:
        words = [type(parameter.default).__name__]
    else:
        words = _words(parameter.annotation)
    return [word for word in words if word in _SCALARS]


def _words(annotation: object) -> list[str]:
    """The names in an annotation, which may be a string that names what is not imported at run time."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = text.strip("'\" ")
    union = _UNION.fullmatch(text)
    parts = re.split(r"[,|]", union[1]) if union else text.split("|")
    return [part.strip() for part in parts]
