from __future__ import annotations

import inspect

from tuner import errors
from tuner.errors import TunerError, suggest


def test_every_error_is_a_tuner_error_and_says_when_it_is_met() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
    assert len(kinds) > 10
    for kind in kinds:
        assert issubclass(kind, TunerError)
        assert kind.__doc__


def test_a_suggestion_names_the_nearest_and_all_known() -> None:
    assert suggest("bayes", ["random", "bayesian"]) == "; did you mean 'bayesian'? known: bayesian, random"


def test_a_suggestion_does_not_mind_the_case_of_letters() -> None:
    assert suggest("tpesampler", ["GPSampler", "TPESampler"]).startswith("; did you mean 'TPESampler'?")
    assert suggest("RANDOM", ["grid", "random"]).startswith("; did you mean 'random'?")


def test_nothing_is_suggested_when_nothing_is_near() -> None:
    assert suggest("xyz", ["random", "grid"]) == "; known: grid, random"


def test_an_empty_list_is_said_to_be_empty() -> None:
    assert suggest("xyz", []) == "; known: none"
