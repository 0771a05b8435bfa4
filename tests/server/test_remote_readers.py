"""Who may only read looks at what remote strategies are asked, and changes nothing by that."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pages_under_test import ORIGIN
from service_under_test import make_service

from tuner.server.app import create_app
from tuner.server.settings import ServerSettings

TALK, OTHER = "c" * 32, "d" * 32
QUESTION = {"text": '{"type":"ask","count":1}'}
LONG_AGO = 1000.0


class Room:
    """A service with a session whose client was there long ago; visited with the full token, and with the other."""

    def __init__(self, client: TestClient, settings: ServerSettings) -> None:
        self.client = client
        self.settings = settings
        self.session = self.ask("POST", "remote-strategies", json={"name": "mine"}).json()["id"]
        self.place = f"remote-strategies/{self.session}"
        self.store("UPDATE remote_sessions SET last_seen = ? WHERE id = ?", LONG_AGO, self.session)

    def ask(self, method: str, path: str, *, reading: bool = False, **options: Any) -> Any:
        file = self.settings.folder.read_token if reading else self.settings.folder.token
        headers = {"Authorization": f"Bearer {file.read_text().strip()}"}
        return self.client.request(method, f"/api/v1/{path}", headers=headers, **options)

    def question(self, conversation: str) -> None:
        asked = self.ask("POST", f"exchange/{self.session}/{conversation}/0", json=QUESTION)
        assert asked.status_code == 202

    def store(self, change: str, *values: object) -> None:
        with closing(sqlite3.connect(self.settings.folder.database)) as connection, connection:
            assert connection.execute(change, values).rowcount == 1

    def read(self, **parameters: float) -> list[str]:
        """The conversations that a reader sees to wait."""
        answer = self.ask("GET", f"{self.place}/questions", reading=True, params=parameters)
        assert answer.status_code == 200, answer.text
        return [one["conversation"] for one in answer.json()["questions"]]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, ServerSettings]]:
    service = make_service(tmp_path_factory.mktemp("readers") / "runs")
    settings = ServerSettings(runs=service.folder.runs)
    guard = create_app(settings, service)
    with TestClient(guard, base_url=ORIGIN) as client:
        yield client, settings
    guard.sessions.close()
    service.close()
    service.queue.close()


@pytest.fixture
def room(shared: tuple[TestClient, ServerSettings]) -> Room:
    return Room(*shared)


def test_a_reader_sees_the_questions_that_wait(room: Room) -> None:
    room.question(TALK)

    assert room.read() == [TALK]


def test_a_reader_is_not_taken_for_the_client(room: Room) -> None:
    room.read()

    assert room.ask("GET", room.place).json()["last_seen"] == LONG_AGO


def test_a_reader_answers_no_question_that_cannot_be_told(room: Room) -> None:
    room.question(TALK)
    room.question(OTHER)
    room.store("UPDATE questions SET text = 'NaN' WHERE session = ? AND conversation = ?", room.session, TALK)

    assert room.read() == [OTHER]
    (shown,) = room.ask("GET", f"{room.place}/questions/{TALK}").json()["questions"]
    assert (shown["is_broken"], answered(room)) == (True, 0)


def answered(room: Room) -> int:
    found: int = room.ask("GET", room.place).json()["answers"]
    return found


def test_a_reader_waits_for_nothing(room: Room) -> None:
    began = time.monotonic()

    assert room.read(wait=30) == []
    assert time.monotonic() - began < 10


def test_a_reader_of_an_ended_session_is_told_that_it_has_ended(room: Room) -> None:
    room.question(TALK)
    room.ask("DELETE", room.place)

    answer = room.ask("GET", f"{room.place}/questions", reading=True)

    assert answer.json() == {"questions": [], "is_ended": True}
