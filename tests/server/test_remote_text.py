"""What cannot be told is not stored; and where it was stored, it costs its conversation and nothing else."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from pages_under_test import ORIGIN
from service_under_test import make_service

from tuner.server.app import create_app
from tuner.server.bodies import depth_of
from tuner.server.settings import ServerSettings

TALK, OTHER = "c" * 32, "d" * 32
GOOD = '{"type":"ask","count":1}'
ANSWER = {"proposals": [{"unit": [0.5]}]}
BROKEN = {
    "half a character": r'"\ud800"',
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "a number beyond all others": "1e999",
    "a number of very many digits": "1" * 5000,
    "deep nesting": "[" * 40 + "]" * 40,
    "very deep nesting": "[" * 100_000 + "]" * 100_000,
}
TASK = {
    "name": "mine",
    "space": {"parameters": {"x": {"kind": "Categorical", "choices": ["a", "b"]}}},
    "objectives": [{"name": "error"}],
}


class Told:
    """A service with a new session of a strategy and one of a task, and a way past all checks into what is stored."""

    def __init__(self, client: TestClient, settings: ServerSettings) -> None:
        self.client = client
        self.settings = settings
        self.sessions = {
            "strategy": self.post("remote-strategies", json={"name": "mine"}).json()["id"],
            "task": self.post("remote-tasks", json=TASK).json()["id"],
        }

    def get(self, path: str) -> Response:
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, **options: Any) -> Response:
        return self.client.post(f"/api/v1/{path}", **options)

    def ask(self, text: str, conversation: str = TALK, kind: str = "strategy") -> Response:
        return self.post(f"exchange/{self.sessions[kind]}/{conversation}/0", json={"text": text})

    def answer(self, body: str, conversation: str = TALK, kind: str = "strategy") -> Response:
        place = f"{self.place(kind)}/questions/{conversation}/0"
        return self.post(place, content=body.encode(), headers={"Content-Type": "application/json"})

    def place(self, kind: str = "strategy") -> str:
        return f"remote-{'strategies' if kind == 'strategy' else 'tasks'}/{self.sessions[kind]}"

    def questions(self, kind: str = "strategy") -> list[str]:
        """The conversations whose questions wait."""
        answer = self.get(f"{self.place(kind)}/questions")
        assert answer.status_code == 200, answer.text
        return [one["conversation"] for one in answer.json()["questions"]]

    def store(self, column: str, value: str, kind: str = "strategy") -> None:
        """Change what is stored of the first conversation."""
        with closing(sqlite3.connect(self.settings.folder.database)) as connection, connection:
            place = (self.sessions[kind], TALK)
            done = connection.execute(
                f"UPDATE questions SET {column} = ? WHERE session = ? AND conversation = ?", (value, *place)
            )
            assert done.rowcount == 1


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, ServerSettings]]:
    service = make_service(tmp_path_factory.mktemp("told") / "runs")
    settings = ServerSettings(runs=service.folder.runs)
    guard = create_app(settings, service)
    token = settings.folder.token.read_text().strip()
    with TestClient(guard, base_url=ORIGIN, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client, settings
    guard.sessions.close()
    service.close()
    service.queue.close()


@pytest.fixture
def told(shared: tuple[TestClient, ServerSettings]) -> Told:
    return Told(*shared)


@pytest.mark.parametrize("what", BROKEN)
def test_a_question_is_refused_that_holds(told: Told, what: str) -> None:
    refused = told.ask(f'{{"type":"start"}}\n{{"type":"tell","value":{BROKEN[what]}}}')

    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("text holds messages of the program protocol, one a line: ")
    assert told.questions() == []
    assert told.ask(GOOD).status_code == 202


def test_half_a_character_in_the_text_itself_is_refused_too(told: Told) -> None:
    place = f"exchange/{told.sessions['strategy']}/{TALK}/0"
    refused = told.post(place, content=rb'{"text":"\ud800"}', headers={"Content-Type": "application/json"})

    assert refused.status_code == 422
    assert told.questions() == []


@pytest.mark.parametrize("what", BROKEN)
def test_an_answer_may_be_mended_that_held(told: Told, what: str) -> None:
    told.ask(GOOD)

    refused = told.answer(f'{{"answer":{{"proposals":[{{"unit":[{BROKEN[what]}]}}]}}}}')

    assert refused.status_code in {400, 422}
    assert len(refused.json()["detail"]) < 300
    assert told.answer(json.dumps({"answer": ANSWER})).status_code == 204
    assert told.ask(GOOD).json() == {"answer": ANSWER}


def test_a_failure_that_no_worker_could_be_told_is_refused(told: Told) -> None:
    told.ask(GOOD)

    refused = told.answer(r'{"answer":{"failure":"\ud800"}}')

    line = r"an answer is told to workers as JSON: its texts have to be Unicode, and \ud800 alone is half a character"
    assert (refused.status_code, refused.json()["detail"]) == (422, line)


def test_a_task_that_could_not_be_told_is_refused_and_others_are_listed(told: Told) -> None:
    body = json.dumps(TASK).replace('"a"', r'"\ud800"').encode()

    refused = told.post("remote-tasks", content=body, headers={"Content-Type": "application/json"})

    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("a task is told as JSON: its texts have to be Unicode")
    assert told.get("remote-tasks").json()["items"][0]["id"] == told.sessions["task"]


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("kind", ["strategy", "task"])
def test_a_stored_question_that_cannot_be_told_fails_its_conversation_alone(told: Told, kind: str, what: str) -> None:
    broken = f'{{"type":"tell","value":{BROKEN[what]}}}'
    for conversation in (TALK, OTHER):
        told.ask(GOOD, conversation, kind)
    told.store("text", broken, kind)

    assert told.questions(kind) == [OTHER]

    (shown,) = told.get(f"{told.place(kind)}/questions/{TALK}").json()["questions"]
    assert (shown["is_broken"], shown["messages"]) == (True, [])
    assert told.ask(broken, kind=kind).status_code == 422
    message = "the question that is stored cannot be told"
    assert failure_of(told, kind) == (message if kind == "strategy" else {"kind": "invalid", "message": message})


def failure_of(told: Told, kind: str) -> Any:
    """What is stored as the answer to the first conversation."""
    query = "SELECT answer FROM questions WHERE session = ? AND conversation = ?"
    with closing(sqlite3.connect(told.settings.folder.database)) as connection:
        return json.loads(connection.execute(query, (told.sessions[kind], TALK)).fetchone()[0])["failure"]


@pytest.mark.parametrize("what", BROKEN)
def test_a_stored_answer_that_cannot_be_told_fails_its_conversation_alone(told: Told, what: str) -> None:
    for conversation in (TALK, OTHER):
        told.ask(GOOD, conversation)
        told.answer(json.dumps({"answer": ANSWER}), conversation)
    broken = f'{{"proposals":{BROKEN[what]}}}'
    told.store("answer", broken)

    refused = told.ask(GOOD)

    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("the answer that is stored cannot be told: ")
    assert told.ask(GOOD, OTHER).json() == {"answer": ANSWER}
    (shown,) = told.get(f"{told.place()}/questions/{TALK}").json()["questions"]
    assert (shown["is_broken"], shown["answer"]) == (True, None)


@pytest.mark.parametrize("definition", ["no JSON", "[]", "{}", "[" * 100_000])
def test_a_session_of_which_nothing_is_known_is_told_without_an_entry(told: Told, definition: str) -> None:
    other = told.post("remote-strategies", json={"name": "other"}).json()
    with closing(sqlite3.connect(told.settings.folder.database)) as connection, connection:
        values = (definition, told.sessions["strategy"])
        connection.execute("UPDATE remote_sessions SET definition = ? WHERE id = ?", values)

    listed = told.get("remote-strategies").json()["items"]

    assert [one["id"] for one in listed[:2]] == [other["id"], told.sessions["strategy"]]
    assert told.get(told.place()).json()["entry"] == {}


def test_long_texts_are_read_beside_the_event_loop(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    in_loop: list[bool] = []

    def noted(text: bytes) -> int:
        in_loop.append(asyncio._get_running_loop() is not None)
        return depth_of(text)

    monkeypatch.setattr("tuner.server.tellable.depth_of", noted)
    acts: list[Callable[[], Response]] = [
        lambda: told.ask(GOOD),
        lambda: told.get(f"{told.place()}/questions"),
        lambda: told.get(f"{told.place()}/questions/{TALK}"),
        lambda: told.answer(json.dumps({"answer": ANSWER})),
        lambda: told.ask(GOOD),
        lambda: told.post("remote-tasks", json=TASK),
        lambda: told.get(told.place("task")),
    ]
    for act in acts:
        in_loop.clear()
        assert act().status_code < 300
        assert set(in_loop) == {False}


def test_sessions_are_listed_page_by_page_and_without_what_their_clients_have_said(told: Told) -> None:
    others = [told.post("remote-tasks", json=TASK).json()["id"] for _ in range(2)]

    first = told.get("remote-tasks?limit=2").json()
    second = told.client.get(first["next"]).json()

    assert [one["id"] for one in [*first["items"], *second["items"]]][:3] == [*others[::-1], told.sessions["task"]]
    assert (first["total"], len(first["items"]), second["offset"]) == (second["total"], 2, 2)
    assert "entry" not in first["items"][0]
