"""A value that an option cannot have is refused when the strategy is made, whichever strategy it is."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tuner import Suite
from tuner.adapters.optuna import known_samplers
from tuner.errors import InvalidOption, MissingExtra
from tuner.plan import make_plan
from tuner.problem import Budget
from tuner.registry import entry_points, find, load_strategy
from tuner.strategy import SearchStrategy, own_options
from tuner.testing.problems import continuous, integer_only, with_fidelity

NAMES = [
    *entry_points("strategy"),
    *[f"optuna:{name}" for name in known_samplers.KNOWN],
    "tune:HyperOptSearch",
    "tune:OptunaSearch",
]
HUGE = 10**400
"""A whole number that no float can hold."""
GIVEN = {"program": {"command": "awk -f search.awk"}, "remote": {"session": "0" * 32}}


def loaded(name: str) -> type[SearchStrategy]:
    try:
        return load_strategy(find("strategy", name))
    except MissingExtra as error:
        pytest.skip(str(error))


def make(name: str, kind: type[SearchStrategy], /, **options: Any) -> SearchStrategy:
    example = with_fidelity() if kind.needs_fidelity else integer_only() if "BruteForce" in name else continuous()
    try:
        return kind(example.problem, seed=0, budget=Budget(trials=20), **(GIVEN.get(name, {}) | options))
    except MissingExtra as error:
        pytest.skip(str(error))


def is_number(option: inspect.Parameter) -> bool:
    if isinstance(option.default, bool):
        return False
    return isinstance(option.default, int | float) or bool(re.search(r"\b(int|float)\b", str(option.annotation)))


def is_flag(option: inspect.Parameter) -> bool:
    return isinstance(option.default, bool) or bool(re.search(r"\bbool\b", str(option.annotation)))


def is_text(option: inspect.Parameter) -> bool:
    return not is_number(option) and not is_flag(option)


def accepted(name: str, is_meant: Callable[[inspect.Parameter], bool], *values: object) -> Iterator[tuple[str, object]]:
    """The options that take one of the values, and those whose refusal is not one line with the value."""
    kind = loaded(name)
    for option in filter(is_meant, own_options(kind).values()):
        for value in values:
            try:
                make(name, kind, **{option.name: value})
            except InvalidOption as error:
                told = str(error)
                if option.name in told and repr(value)[:60] in told and "\n" not in told:
                    continue
            yield option.name, value


@pytest.mark.parametrize("name", NAMES)
def test_no_numeric_option_takes_what_is_no_finite_number(name: str) -> None:
    assert list(accepted(name, is_number, math.nan, math.inf, "text", True)) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_numeric_option_takes_a_huge_number_of_either_sign(name: str) -> None:
    assert list(accepted(name, is_number, -(10**9), -1e300, HUGE)) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_flag_takes_a_number_or_a_word(name: str) -> None:
    assert list(accepted(name, is_flag, 1, 0, "true", math.nan)) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_word_is_a_number_or_a_flag(name: str) -> None:
    assert list(accepted(name, is_text, 3, math.nan, True)) == []


@pytest.mark.parametrize(
    ("name", "option", "value", "told"),
    [
        ("hyperopt", "gamma", 5, "gamma is a number above 0, at most 1, not 5"),
        ("tpe", "n_ei_candidates", 10**7, "n_ei_candidates is a whole number of at most 1000000, not 10000000"),
        ("program", "seconds", 1e9, r"seconds is a number above 0, at most 1e\+08, not 1000000000.0"),
        ("grid", "points", 10**7, "points is a whole number of at most 1000000, not 10000000"),
        (
            "optuna:TPESampler",
            "n_startup_trials",
            -5,
            "TPESampler's n_startup_trials is a whole number of at least 0, not -5",
        ),
        ("optuna:CmaEsSampler", "sigma0", 0, "CmaEsSampler's sigma0 is a finite number above 0, not 0"),
        ("optuna:CmaEsSampler", "popsize", 2, "CmaEsSampler's popsize is a whole number of at least 4, not 2"),
        ("optuna:NSGAIISampler", "crossover_prob", 1.5, "NSGAIISampler's crossover_prob is a number from 0 to 1, not"),
        ("tune:HyperOptSearch", "n_initial_points", "text", "HyperOptSearch's n_initial_points is int, not 'text'"),
        ("tune:HyperOptSearch", "gamma", 5.0, "HyperOptSearch's gamma is a number above 0, at most 1, not 5.0"),
    ],
)
def test_a_suite_with_such_a_value_is_refused_when_it_is_planned(
    name: str, option: str, value: float | str, told: str
) -> None:
    make(name, loaded(name))
    entry = {"name": name, "options": GIVEN.get(name, {}) | {option: value}}
    suite = Suite.model_validate({"name": "s", "tasks": ["branin"], "strategies": [entry], "budget": {"trials": 9}})

    with pytest.raises(InvalidOption, match=told):
        make_plan(suite)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hyperopt", {"gamma": 1}),
        ("smac", {"max_ratio": 1, "xi": 0}),
        ("optuna:TPESampler", {"n_startup_trials": 0, "prior_weight": 0.0}),
        ("optuna:CmaEsSampler", {"inc_popsize": -1, "popsize": 4, "sigma0": 1}),
        ("optuna:NSGAIISampler", {"mutation_prob": None, "crossover_prob": 1}),
        ("tune:HyperOptSearch", {"n_initial_points": 0, "gamma": 1.0}),
    ],
)
def test_the_least_the_most_and_the_default_are_taken(name: str, options: dict[str, object]) -> None:
    assert isinstance(make(name, loaded(name), **options), SearchStrategy)
