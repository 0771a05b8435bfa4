"""Packages that a strategy needs and that not every installation has."""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import MissingExtra


def require(strategy: str, package: str, extra: str, *, module: str | None = None) -> None:
    """Raise `MissingExtra` unless the package can be imported; `module` is its name in Python, if that is another."""
    if find_spec(module or package) is None:
        raise MissingExtra(f"{strategy} needs {package}: pip install 'tuner-bench[{extra}]'")
