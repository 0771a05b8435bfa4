"""What is needed and not installed, and the command that installs it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import packages_distributions
from importlib.util import find_spec

from .errors import MissingExtra
from .task import TaskCard

_OWN = "tuner-bench"


def lacks(card: TaskCard) -> str | None:
    """Why a task with this card cannot be evaluated here, on one line; None where it can. Imports nothing."""
    missing = [name for name in card.modules if not _can_be_found(name)]
    if not missing:
        return None
    told = f"needs {', '.join(missing)}"
    return f"{told}: pip install '{_OWN}[{card.extra}]'" if card.extra else f"{told}, not installed here"


def require(user: str, package: str, extra: str, *, module: str | None = None) -> None:
    """Raise `MissingExtra` unless the package can be imported; `module` is its name in Python, if that is another.

    `user` is who needs it: a strategy's name, or a few words.
    """
    if find_spec(module or package) is None:
        raise MissingExtra(f"{user} needs {package}: pip install '{_OWN}[{extra}]'")


def distributions_of(modules: Iterable[str]) -> list[str]:
    """The installed distributions that provide these modules, in alphabetical order."""
    wanted = list(modules)
    providers = packages_distributions() if wanted else {}  # takes a while
    return sorted({name for module in wanted for name in providers.get(module.partition(".")[0], [])})


def _can_be_found(module: str) -> bool:
    """Looks for the package only: looking for a module inside it would import it."""
    try:
        return find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):  # a module that is half imported, or was put in place of one by hand
        return False
