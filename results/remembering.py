"""Analyses that many parts of a report ask for are made once for each store."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Concatenate, ParamSpec, TypeVar

from .store import Store

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def once_a_store(
    analysis: Callable[Concatenate[Store, Arguments], Result],
) -> Callable[Concatenate[Store, Arguments], Result]:
    """The analysis, which keeps its result with the store it was made of.

    Its other arguments must be hashable; one that is left out counts as its default. Whoever gets a result shares it
    with all others, and must not change it.
    """
    parameters = signature(analysis)

    @wraps(analysis)
    def remembered(store: Store, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        given = parameters.bind(store, *args, **kwargs)
        given.apply_defaults()
        key = (analysis, *tuple(given.arguments.items())[1:])
        if key not in store.remembered:
            store.remembered[key] = analysis(store, *args, **kwargs)
        found: Result = store.remembered[key]
        return found

    return remembered
