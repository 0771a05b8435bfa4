"""A suite as it is asked for over HTTP: a shipped one by its name or one as a table, with changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from ..errors import InvalidSuite
from ..suite import Suite, parse_suite
from .cards import SuiteCard
from .submissions import RefusedSuite, check_shape


@dataclass(frozen=True, slots=True)
class SuiteRequest:
    """What is to be run; None leaves the suite as it is."""

    suite: str | Mapping[str, Any]
    """The name of an installed suite, or a suite as a table."""
    seeds: int | None = None
    """How many, in place of the suite's."""
    trials: int | None = None
    """Of each study, on every task."""
    strategies: tuple[str, ...] | None = None
    """Registered names, in place of the suite's."""


def composed(request: SuiteRequest, shipped: Callable[[str], SuiteCard]) -> str:
    """The suite that is asked for, as TOML; raises `InvalidSuite` or what `shipped` raises."""
    if isinstance(request.suite, str):
        card = shipped(request.suite)
        if card.broken:
            raise InvalidSuite(f"suite {card.name!r} is broken: {card.broken}")
        suite = parse_suite(card.toml, card.name)
    else:
        suite = parse_suite(_toml(request.suite))
    return _changed(suite, request).to_toml()


def _toml(table: Mapping[str, Any]) -> str:
    """The table as TOML, which has no null: keys without a value are left out."""
    try:
        text = tomli_w.dumps(_without_null(table))
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidSuite(f"the suite cannot be written as TOML: {error}") from None
    check_shape(text)
    return text


def _without_null(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_null(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        if any(one is None for one in value):
            raise RefusedSuite("a list of the suite holds null")
        return [_without_null(one) for one in value]
    return value


def _changed(suite: Suite, request: SuiteRequest) -> Suite:
    changes: dict[str, Any] = {}
    if request.strategies is not None:
        changes["strategies"] = [{"name": name} for name in request.strategies]
    if request.seeds is not None:
        changes["seeds"] = request.seeds
    if request.trials is not None:
        changes["budget"] = suite.budget.model_dump(exclude_unset=True) | {"trials": request.trials}
        tasks = [entry.model_dump(exclude_unset=True) for entry in suite.tasks]
        for task in tasks:
            if task.get("budget"):
                task["budget"] |= {"trials": request.trials}
        changes["tasks"] = tasks
    return suite.changed(**changes) if changes else suite
