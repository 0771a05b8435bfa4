"""The sections of a report: one module each, found by name, so that a plug-in can add or replace one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from inspect import getmodule
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ResultsError
from ..store import Store

if TYPE_CHECKING:
    from ..report import Section

SectionBuilder: TypeAlias = "Callable[[Store], Section | None]"
"""Builds a section from a store; None where the store gives no reason for one. Raises NothingToCompare, with the
reason, where readers would look for the section but the store holds too little for it: the section
then has the title that its module gives in TITLE, and says the reason."""

ENTRY_POINTS = "results.sections"
"""The group in which a plug-in names its sections: `ablation = "package.module:function"`."""

_BUILT_IN = {
    "verdict": "results.sections.verdict:section",
    "joined": "results.sections.joined:section",
    "leaderboard": "results.sections.leaderboard:section",
    "aggregates": "results.sections.aggregates:section",
    "best-so-far": "results.sections.curves:section",
    "run-length": "results.sections.run_length:section",
    "several-objectives": "results.sections.several_objectives:section",
    "ranks": "results.sections.ranks:section",
    "sure-enough": "results.sections.sure_enough:section",
    "significance": "results.sections.significance:section",
    "held-out": "results.sections.held_out:section",
    "honesty": "results.sections.honesty:section",
    "hyperparameters": "results.sections.hyperparameters:section",
    "cost": "results.sections.cost:section",
    "trial-cost": "results.sections.trial_cost:section",
    "simulated-clock": "results.sections.simulated_clock:section",
    "failures": "results.sections.failures:section",
    "exhibits": "results.sections.exhibits:section",
    "setup": "results.sections.setup:section",
}


class BrokenSection(ResultsError):
    """A section that a plug-in names but that cannot be loaded."""


def section_targets() -> Mapping[str, str]:
    """Name to `module:function`, in page order: the built-in ones, then plug-ins by name.

    A plug-in with the name of a built-in section takes its place.
    """
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return _BUILT_IN | {point.name: point.value for point in found}


def load_section(name: str, target: str) -> SectionBuilder:
    """The function behind `module:function`; raises BrokenSection with the reason."""
    module, _, function = target.partition(":")
    try:
        builder: SectionBuilder = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise BrokenSection(f"section {name!r} ({target}) cannot be loaded: {error}") from error
    return builder


def section_title(name: str, builder: SectionBuilder | None = None) -> str:
    """TITLE in the module of the builder; made from the name where there is no such title."""
    given = getattr(getmodule(builder), "TITLE", None)
    return given if isinstance(given, str) else name.replace("-", " ").capitalize()
