"""A remote strategy outside a service says so, and its options are checked when it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runs_under_test import HERE, suite

from tuner import Budget, Categorical, Float, Objective, Problem, SearchSpace, run_suite
from tuner.errors import InvalidOption, UnsupportedProblem
from tuner.remote.exchange import TOKEN_VARIABLE, URL_VARIABLE, exchange_from_environment, service_variables
from tuner.remote.remote_strategy import RemoteStrategy

SESSION = "0" * 32
LINE = Problem(SearchSpace({"x": Float(0.0, 1.0)}), (Objective("loss"),))
CHOICES = Problem(SearchSpace({"x": Categorical(("a", "b"))}), (Objective("loss"),))


@pytest.fixture
def in_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setenv(TOKEN_VARIABLE, "0" * 64)


def make(problem: Problem = LINE, **options: Any) -> RemoteStrategy:
    return RemoteStrategy(problem, seed=1, budget=Budget(trials=3), **{"session": SESSION, **options})


def test_outside_a_service_its_studies_are_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    entry = {"name": "remote", "options": {"session": SESSION}}

    studies = run_suite(suite(strategies=["random", entry]), out=tmp_path / "run", where=HERE).studies

    remote = studies[studies["strategy"] == "remote"]
    assert set(remote["status"]) == {"skipped"}
    assert all("start one with `tuner serve`" in message for message in remote["message"])


@pytest.mark.usefixtures("in_service")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"session": "mine"}, "session is the 32 hexadecimal digits"),
        ({"seconds": 0}, "seconds is a number above 0"),
        ({"supports": "all"}, "supports names 'all'"),
        ({"needs_fidelity": 1}, "needs_fidelity is true or false"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOption, match=told):
        make(**options)


@pytest.mark.usefixtures("in_service")
def test_a_problem_that_its_client_does_not_support_is_refused() -> None:
    with pytest.raises(UnsupportedProblem, match="does not support categorical problems"):
        make(CHOICES, supports="continuous")
    with pytest.raises(UnsupportedProblem, match="needs a problem with a fidelity"):
        make(needs_fidelity=True)


@pytest.mark.parametrize("url", ["nonsense", "file:///etc/passwd", "http://user:word@host"])
def test_only_an_http_url_is_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)
    monkeypatch.setenv(TOKEN_VARIABLE, "0" * 64)

    with pytest.raises(UnsupportedProblem, match="holds no URL of a service"):
        exchange_from_environment()


@pytest.mark.usefixtures("in_service")
def test_workers_elsewhere_are_given_what_they_need_and_nothing_else() -> None:
    assert set(service_variables()) == {URL_VARIABLE, TOKEN_VARIABLE}
