"""Starter files for strategies, tasks and modifiers."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from ..errors import TunerError
from ..registry import Kind


class CannotStart(TunerError):
    """A starter file that cannot be written where it was asked for."""


def write_starter(kind: Kind, path: Path) -> str:
    """Write a working strategy, task or modifier to a new file; returns the name of its class. Never overwrites."""
    name = class_name_for(path)
    text = Template((files(__name__) / f"{kind}.py.txt").read_text(encoding="utf-8"))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text.substitute(class_name=name, file=path))
    except FileExistsError:
        raise CannotStart(f"{path} is there already, and is not overwritten") from None
    except OSError as error:
        raise CannotStart(f"cannot write {path}: {error.strerror}") from None
    return name


def class_name_for(path: Path) -> str:
    """The class that a file of this name defines: `my_search.py` has `MySearch`."""
    if path.suffix != ".py":
        raise CannotStart(f"a plug-in is a Python file: {path.name!r} does not end in .py")
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", path.stem))
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CannotStart(f"no class can be named after {path.name!r}: begin its name with a letter")
    return name
