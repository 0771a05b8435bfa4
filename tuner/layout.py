"""The start-up check that the packages of tuner-bench stand side by side, none hidden by a stranger's."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from .errors import TunerError

_SIBLINGS = ("benchmarks", "results")


class HiddenPackage(TunerError):
    """A package of tuner-bench that Python cannot see, since another one of its name comes first or it is gone."""


def check_layout() -> None:
    """Raise `HiddenPackage` unless `benchmarks` and `results` come from where `tuner` does; imports neither."""
    home = Path(__file__).resolve().parent.parent
    for name in _SIBLINGS:
        found = _folder_of(name)
        if found is None:
            raise HiddenPackage(f"no package called {name!r} beside {home / 'tuner'}; install tuner-bench again")
        if found != home / name:
            raise HiddenPackage(
                f"another package called {name!r} at {found} hides tuner-bench's at {home / name}; "
                "rename or uninstall it, or start Python in another folder"
            )


def _folder_of(name: str) -> Path | None:
    """Where Python takes a top-level package or module from; None where it finds nothing."""
    loaded = sys.modules.get(name)
    origin = loaded.__file__ if loaded is not None else _origin_of(name)
    if origin is None:
        return None
    file = Path(origin).resolve()
    return file.parent if file.name == "__init__.py" else file


def _origin_of(name: str) -> str | None:
    spec = importlib.util.find_spec(name)
    return None if spec is None else spec.origin
