"""Which values an option may have that comes over HTTP: no path, no command, nothing that cannot be shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from ..configuration import Value

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
_PATH_LIKE: Final = re.compile(
    r"(?:.*_)?(?:path|paths|file|files|filename|folder|folders|dir|directory|root|home|url|uri)"
)
_COMMANDS: Final = frozenset({"command", "program", "executable", "shell", "script", "module"})
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(?::[A-Za-z0-9_-]{1,80})?")
"""The name of a table or model that ships, or that a package has, as in `lcdb:44`; a path to a file has a dot."""
_LONGEST: Final = 200
_LARGEST: Final = 2**63


def check_options(options: Mapping[str, Value]) -> str | None:
    """What is wrong with options, in a few words; None for nothing."""
    return next(filter(None, (_check_option(name, value) for name, value in options.items())), None)


def check_values(values: Mapping[str, Value]) -> str | None:
    """What is wrong with the values of a configuration, likewise: they lead nowhere, but are stored and shown."""
    return next(filter(None, (_check_shown(name[:80], value) for name, value in values.items())), None)


def _check_option(name: str, value: Value) -> str | None:
    if not _NAME.fullmatch(name):
        return f"{_escaped(name)} is no name of an option"
    if name.casefold() in _COMMANDS:
        return f"option {name!r} may not be set over HTTP"
    if not isinstance(value, str):
        return _check_shown(name, value)
    if _PATH_LIKE.fullmatch(name.casefold()) and not _PLAIN_NAME.fullmatch(value):
        return f"option {name!r} is the name of something that is installed, and no path: not {_escaped(value)}"
    return _check_shown(name, value) or _check_path(name, value)


def _check_shown(name: str, value: Value) -> str | None:
    if isinstance(value, str):
        if len(value) > _LONGEST:
            return f"the value of {_escaped(name)} has {len(value):,} characters, and at most {_LONGEST} are allowed"
        if any(unicodedata.category(c)[0] == "C" for c in value + name):
            return f"the value of {_escaped(name)} holds a character that cannot be shown: {_escaped(value)}"
    elif not -_LARGEST <= value < _LARGEST and not isinstance(value, float):
        return f"the value of {_escaped(name)} is too large"
    return None


def _check_path(name: str, value: str) -> str | None:
    if "/" in value or "\\" in value or ".." in value or value.startswith("~"):
        return f"option {name!r} looks like a path, which may not come over HTTP: {_escaped(value)}"
    return None


def _escaped(text: str) -> str:
    return repr(text[:80].encode("ascii", "backslashreplace").decode()) if not text.isprintable() else repr(text[:80])
