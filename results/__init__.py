"""Read a run's stored trials, analyse them, and build the report."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import build_report
    from .store import Store, open_store

_MODULE_OF = {"Store": "store", "build_report": "report", "open_store": "store"}

__all__ = ["Store", "build_report", "open_store"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import results` costs next to nothing."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'results' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
