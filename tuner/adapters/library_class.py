"""Classes of another library: found by the path to them, or given."""

from __future__ import annotations

import importlib
from typing import TypeVar

from ..errors import BrokenPlugin, UnknownPlugin, describe

_Class = TypeVar("_Class")


def import_class(path: str, base: type[_Class], kind: str) -> type[_Class]:
    """The class at a dotted path; `kind` is what the library calls it, as in "sampler of Optuna".

    Raises `BrokenPlugin` where its module cannot be imported, `UnknownPlugin` where no such class is there.
    """
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        raise BrokenPlugin(f"{path} cannot be imported: {describe(error)}") from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise UnknownPlugin(f"{path} names no {kind}")
    return found


def check_class(given: object, base: type, kind: str) -> None:
    """Raise `UnknownPlugin` for what is no such class."""
    if not (isinstance(given, type) and issubclass(given, base)):
        raise UnknownPlugin(f"{given!r:.80} is no {kind}: give a name, or a class made from {base.__name__}")
