"""What the service says of each strategy, task, modifier and suite that is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, JsonValue

from ..errors import TunerError, suggest

_DOCUMENTED = ConfigDict(use_attribute_docstrings=True)


class UnknownCard(TunerError):
    """A strategy, task, modifier or suite that is not installed."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option, told so that a form can be drawn for it."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    type: Literal["integer", "number", "boolean", "text", "choice"]
    default: str | int | float | bool | None
    """None where nothing is chosen unless somebody does."""
    choices: list[str | int | float | bool] = field(default_factory=list)
    """Of a choice, what may be chosen; else empty."""
    is_optional: bool = False
    """Whether it may be left without a value."""
    doc: str = ""
    """What it does; empty where nobody has said so."""


@dataclass(frozen=True, slots=True)
class StrategyCard:
    """A search strategy."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    summary: str
    """One line."""
    description: str
    """Paragraphs of plain text, between blank lines."""
    supports: list[str]
    """Features of problems that it can meet: continuous, integer, categorical, conditional, multiobjective."""
    needs_fidelity: bool
    options: list[Option]
    packages: list[str]
    """Distributions that do its thinking."""
    provider: str
    """The distribution that it comes with, and its version."""
    broken: str | None = None
    """Why it cannot be loaded."""
    missing: str | None = None
    """What has to be installed before it can be used."""
    refused: str | None = None
    """Why a suite that comes over HTTP may not name it."""


@dataclass(frozen=True, slots=True)
class ObjectiveCard:
    """A value that studies optimise."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    goal: Literal["minimize", "maximize"]
    best_known: float | None
    """The best value that anybody knows of; None where nobody does."""


@dataclass(frozen=True, slots=True)
class FidelityCard:
    """How much of the real thing an evaluation does."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task, with its default options."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    summary: str
    """One line."""
    description: str
    """Paragraphs of plain text, between blank lines."""
    data: str
    licence: str
    source: str
    """A paper or a URL, as text."""
    cost: str
    """About how long one evaluation takes, in words."""
    options: list[Option]
    provider: str
    space: dict[str, JsonValue] | None
    """`parameters` by name (kind Float, Integer or Categorical, with low, high, log or choices) and `conditions`;
    None where the task cannot be made here."""
    objectives: list[ObjectiveCard]
    fidelity: FidelityCard | None
    broken: str | None = None
    """Why it cannot be loaded."""
    missing: str | None = None
    """What has to be installed before it can be evaluated."""
    pictures: list[JsonValue] = field(default_factory=list)
    """Of its values, where evaluations take microseconds, as items of a report."""


@dataclass(frozen=True, slots=True)
class ModifierCard:
    """A modifier: what changes a task."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    summary: str
    description: str
    options: list[Option]
    provider: str
    broken: str | None = None
    """Why it cannot be loaded."""


@dataclass(frozen=True, slots=True)
class SuiteCard:
    """A suite that is installed."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    description: str
    toml: str
    """The file, with its comments."""
    tasks: list[str]
    """Labels."""
    strategies: list[str]
    """Labels."""
    seeds: int
    """How many; the most, where the suite stops once its strategies are told apart."""
    trials: int | None
    """Of one study at most, the largest of all tasks; None where some budget counts none."""
    broken: str | None = None
    """Why it cannot be read."""


Card = StrategyCard | TaskCard | ModifierCard | SuiteCard


@dataclass(frozen=True, slots=True)
class CatalogueContent:
    """All of it, as catalogue.json holds it."""

    strategies: list[StrategyCard]
    tasks: list[TaskCard]
    modifiers: list[ModifierCard]
    suites: list[SuiteCard]
    adapters: dict[str, list[str]]
    """Classes of other libraries that are strategies, by the word before the colon, as in `optuna:TPESampler`."""
    suite_schema: dict[str, Any]
    """JSON schema of a suite."""
    installed: str
    """Digest of the installed distributions that this was made with."""


_Card = TypeVar("_Card", StrategyCard, TaskCard, SuiteCard)


def card_named(cards: Sequence[_Card], name: str, kind: str) -> _Card:
    """The card of this name; raises `UnknownCard`."""
    found = next((card for card in cards if card.name == name), None)
    if found is None:
        raise UnknownCard(f"no {kind} called {name[:80]!r}{suggest(name[:80], [card.name for card in cards])}")
    return found
