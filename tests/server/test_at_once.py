"""Where handlers work: in a thread the first time, in the event loop once all they need is at hand."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from tuner.server import at_once
from tuner.server.at_once import AtHand, at_once_if_at_hand
from tuner.server.service_folder import ServiceFolder


@dataclass
class Facade:
    at_hand: AtHand


@at_once_if_at_hand
def where_of_run(service: Facade, run: str) -> str:
    """Which thread works on it."""
    return threading.current_thread().name


@at_once_if_at_hand
def where_of_all(service: Facade) -> str:
    return threading.current_thread().name


@at_once_if_at_hand
def failing(service: Facade, run: str) -> str:
    raise LookupError(threading.current_thread().name)


@pytest.fixture
def facade(tmp_path: Path) -> Facade:
    (tmp_path / "one" / "journal").mkdir(parents=True)
    return Facade(AtHand(ServiceFolder(tmp_path)))


def in_loop(facade: Facade, run: str = "one") -> bool:
    return asyncio.run(where_of_run(service=facade, run=run)) == threading.current_thread().name


def test_what_was_answered_before_is_answered_in_the_event_loop(facade: Facade) -> None:
    assert [in_loop(facade), in_loop(facade), in_loop(facade)] == [False, True, True]


def test_each_run_is_asked_for_in_a_thread_first(facade: Facade) -> None:
    assert [in_loop(facade, run) for run in ("one", "two", "one", "two")] == [False, False, True, True]


@pytest.mark.parametrize("name", ["trials.parquet", "journal/000001.journal"])
def test_a_large_run_is_told_of_in_a_thread_always(
    facade: Facade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(at_once, "MOST_BYTES", 100)
    (tmp_path / "one" / name).write_bytes(bytes(100))
    before = [in_loop(facade), in_loop(facade)]
    (tmp_path / "one" / name).write_bytes(bytes(101))

    assert (before, [in_loop(facade), in_loop(facade)]) == ([False, True], [False, False])


def test_many_runs_are_listed_in_a_thread(facade: Facade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "MOST_RUNS", 2)

    def is_in_loop() -> bool:
        return asyncio.run(where_of_all(service=facade)) == threading.current_thread().name

    before = [is_in_loop(), is_in_loop()]
    for name in ("two", "three"):
        (tmp_path / name).mkdir()

    assert (before, is_in_loop()) == ([False, True], False)


@pytest.mark.parametrize("name", ["run.json", "suite.toml"])
def test_a_run_that_has_ended_or_was_replaced_is_told_of_in_a_thread_first(
    facade: Facade, tmp_path: Path, name: str
) -> None:
    before = [in_loop(facade), in_loop(facade)]
    (tmp_path / "one" / name).write_text("{}")

    assert (before, [in_loop(facade), in_loop(facade)]) == ([False, True], [False, True])


def test_the_list_is_made_in_a_thread_where_a_run_is_large_or_has_begun(
    facade: Facade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_in_loop() -> bool:
        return asyncio.run(where_of_all(service=facade)) == threading.current_thread().name

    before = [is_in_loop(), is_in_loop()]
    (tmp_path / "one" / "run.json").write_text("{}")
    begun = [is_in_loop(), is_in_loop()]
    monkeypatch.setattr(at_once, "MOST_BYTES", 100)
    (tmp_path / "one" / "trials.parquet").write_bytes(bytes(101))

    assert (before, begun, [is_in_loop(), is_in_loop()]) == ([False, True], [False, True], [False, False])


def test_what_could_not_be_answered_is_not_taken_to_be_at_hand(facade: Facade) -> None:
    for _ in range(2):
        with pytest.raises(LookupError) as raised:
            asyncio.run(failing(service=facade, run="one"))
        assert str(raised.value) != threading.current_thread().name


def test_what_was_asked_for_longest_ago_is_asked_for_in_a_thread_again(
    facade: Facade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "MOST_RUNS", 2)

    assert [in_loop(facade, run) for run in ("one", "two", "three", "one")] == [False] * 4
