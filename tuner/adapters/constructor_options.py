"""The arguments of another library's constructor that a suite can hold: the options of the strategy that it makes."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Collection, Mapping
from inspect import Parameter, Signature
from typing import TypeAlias

from ..configuration import Value
from ..errors import BrokenPlugin, InvalidOption, suggest

Check: TypeAlias = Callable[[str, object], object]
"""Given an option's name and value, raises `InvalidOption` for a value that the library does not refuse in time."""

_SCALARS: Mapping[str, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "float": (float, int), "str": (str,)}
_UNION = re.compile(r"(?:typing\.)?(?:Optional|Union)\[(.*)\]")


def scalar_options(kind: type, left_out: Collection[str]) -> Signature:
    """The arguments that are strings, numbers or bools, as keywords with the constructor's own defaults.

    Raises `BrokenPlugin` where it cannot be called without another one.
    """
    options: list[Parameter] = []
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name in left_out or parameter.kind in {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}:
            continue
        if _scalars_of(parameter):
            options.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
        elif parameter.default is Parameter.empty:
            raise BrokenPlugin(f"{kind.__name__} needs {parameter.name!r}, which a suite cannot hold")
    return Signature(options)


def check_options(
    owner: str, known: Mapping[str, Parameter], options: Mapping[str, Value | None], checks: Mapping[str, Check]
) -> None:
    """Raise `InvalidOption` for an option that is not known, or whose value is not of its type or fails its check.

    A number is finite, whatever its check. The default is always allowed.
    """
    for name, value in options.items():
        if name not in known:
            raise InvalidOption(f"{owner} has no option {name!r}{suggest(name, known)}")
        default = known[name].default
        if type(value) is not type(default) or value != default:
            _check(f"{owner}'s {name}", value, _scalars_of(known[name]), checks.get(name))


def _check(name: str, value: Value | None, words: list[str], check: Check | None) -> None:
    if type(value) not in {kind for word in words for kind in _SCALARS[word]}:
        raise InvalidOption(f"{name} is {' or '.join(words)}, not {value!r:.80}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidOption(f"{name} is a finite number, not {value!r}")
    if check is not None:
        check(name, value)


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
