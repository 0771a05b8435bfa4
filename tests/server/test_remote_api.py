"""What clients and workers may say of remote strategies and tasks, and what they are answered."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx2
import pytest
from served_under_test import Served, served

from tuner.remote.exchange import Exchange, NoAnswer, QuestionRefused
from tuner.remote.question import Question

__all__ = ["served"]
TALK = "c" * 32
START = '{"type":"start"}\n{"type":"ask","count":1}'
ANSWER = {"answer": {"proposals": [{"unit": [0.5]}]}}
TASK = {
    "name": "mine",
    "space": {"parameters": {"x": {"kind": "Float", "low": 0.0, "high": 1.0}}},
    "objectives": [{"name": "error"}],
}


class Caller:
    """One who speaks HTTP with a token."""

    def __init__(self, served: Served, kind: str = "token") -> None:
        self.url = f"{served.url}/api/v1"
        self.client = httpx2.Client(headers={"Authorization": f"Bearer {served.token(kind)}"}, trust_env=False)

    def __call__(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self.client.request(method, f"{self.url}/{path}", **options)


@pytest.fixture
def caller(served: Served) -> Caller:
    return Caller(served)


@pytest.fixture
def worker(served: Served) -> Caller:
    return Caller(served, "exchange-token")


@pytest.fixture
def session(caller: Caller) -> str:
    return str(caller("POST", "remote-strategies", json={"name": "mine"}).json()["id"])


def ask(worker: Caller, session: str, text: str = START, number: int = 0, **options: Any) -> httpx2.Response:
    return worker("POST", f"exchange/{session}/{TALK}/{number}", json={"text": text, **options})


def test_a_session_comes_with_the_entry_that_a_suite_needs(caller: Caller) -> None:
    opened = caller("POST", "remote-strategies", json={"name": "mine", "supports": "continuous", "seconds": 5})

    told = opened.json()
    assert opened.status_code == 201
    assert opened.headers["location"] == f"/api/v1/remote-strategies/{told['id']}"
    options = {"session": told["id"], "seconds": 5.0, "supports": "continuous"}
    assert told["entry"] == {"name": "remote", "label": "mine", "options": options}
    assert caller("GET", f"remote-strategies/{told['id']}").json()["entry"] == told["entry"]
    assert [one["id"] for one in caller("GET", "remote-strategies").json()["items"]] == [told["id"]]


@pytest.mark.parametrize(
    ("collection", "body", "told"),
    [
        ("remote-strategies", {}, "body.name"),
        ("remote-strategies", {"name": "<b>"}, "body.name"),
        ("remote-strategies", {"name": "mine", "supports": "everything"}, "supports names 'everything'"),
        ("remote-strategies", {"name": "mine", "seconds": 0}, "body.seconds"),
        ("remote-strategies", {"name": "mine", "more": 1}, "body.more"),
        ("remote-tasks", {"name": "mine"}, "body.space"),
        ("remote-tasks", {**TASK, "space": {"parameters": {}}}, "at least one parameter"),
        ("remote-tasks", {**TASK, "objectives": [{"name": "error", "goal": "lower"}]}, "'minimize' or 'maximize'"),
        ("remote-tasks", {**TASK, "fidelity": {"name": "epochs", "low": 0, "high": 1}}, "a fidelity needs 0 < low"),
    ],
)
def test_what_cannot_be_is_refused_with_a_line(
    caller: Caller, collection: str, body: dict[str, Any], told: str
) -> None:
    refused = caller("POST", collection, json=body)

    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert told in refused.json()["detail"]


def test_a_question_reaches_the_client_and_its_answer_the_worker(caller: Caller, worker: Caller, session: str) -> None:
    first = ask(worker, session)
    asked = caller("GET", f"remote-strategies/{session}/questions").json()["questions"]
    place = f"remote-strategies/{session}/questions/{TALK}/0"
    answered = caller("POST", place, json=ANSWER)
    again = ask(worker, session)

    assert (first.status_code, first.json()) == (202, {"answered": 0})
    assert asked == [
        {
            "conversation": TALK,
            "number": 0,
            "messages": [{"type": "start"}, {"type": "ask", "count": 1}],
            "answer": None,
            "is_broken": False,
        }
    ]
    assert answered.status_code == 204
    assert (again.status_code, again.json()) == (200, ANSWER)


def test_a_second_answer_is_refused_unless_it_is_the_same(caller: Caller, worker: Caller, session: str) -> None:
    ask(worker, session)
    place = f"remote-strategies/{session}/questions/{TALK}/0"

    statuses = [caller("POST", place, json=body).status_code for body in (ANSWER, ANSWER)]
    other = caller("POST", place, json={"answer": {"proposals": []}})

    assert statuses == [204, 204]
    assert other.status_code == 409


@pytest.mark.parametrize(
    "answer",
    [{}, {"proposals": 1}, {"proposals": [{}]}, {"proposals": [{"unit": [1], "configuration": {}}]}, {"values": {}}],
)
def test_an_answer_that_is_none_is_refused_and_may_be_mended(
    caller: Caller, worker: Caller, session: str, answer: dict[str, Any]
) -> None:
    ask(worker, session)
    place = f"remote-strategies/{session}/questions/{TALK}/0"

    assert caller("POST", place, json={"answer": answer}).status_code == 422
    assert caller("POST", place, json=ANSWER).status_code == 204


def test_not_a_number_is_no_answer(caller: Caller, worker: Caller) -> None:
    session = caller("POST", "remote-tasks", json=TASK).json()["id"]
    ask(worker, session, '{"type":"evaluate"}')
    body = b'{"answer":{"values":{"error":NaN}}}'
    headers = {"Content-Type": "application/json"}

    refused = caller("POST", f"remote-tasks/{session}/questions/{TALK}/0", content=body, headers=headers)

    assert refused.status_code == 400


def test_a_question_in_other_words_or_of_no_session_or_an_ended_one_is_refused(
    caller: Caller, worker: Caller, session: str
) -> None:
    ask(worker, session)

    assert ask(worker, session, '{"type":"other"}').status_code == 409
    assert ask(worker, session, "no messages").status_code == 422
    assert ask(worker, "0" * 32).status_code == 404
    assert caller("DELETE", f"remote-strategies/{session}").status_code == 204
    assert ask(worker, session).status_code == 410
    assert caller("GET", f"remote-strategies/{session}/questions").json() == {"questions": [], "is_ended": True}


def test_the_exchange_token_opens_the_exchange_and_nothing_else(worker: Caller, session: str) -> None:
    place = f"remote-strategies/{session}"

    assert worker("GET", f"{place}/questions").status_code == 403
    assert worker("POST", f"{place}/questions/{TALK}/0", json=ANSWER).status_code == 403
    assert worker("POST", "remote-strategies", json={"name": "mine"}).status_code == 403
    assert ask(worker, session).status_code == 202


def test_the_token_for_reading_answers_nothing(served: Served, session: str) -> None:
    reader = Caller(served, "read-only-token")

    assert reader("POST", f"remote-strategies/{session}/questions/{TALK}/0", json=ANSWER).status_code == 403
    assert ask(reader, session).status_code == 403


def test_a_worker_that_waits_is_answered_at_once(caller: Caller, worker: Caller, session: str) -> None:
    def answer() -> None:
        asked = caller("GET", f"remote-strategies/{session}/questions", params={"wait": 20}).json()["questions"]
        caller("POST", f"remote-strategies/{session}/questions/{TALK}/{asked[0]['number']}", json=ANSWER)

    began = time.monotonic()
    answering = threading.Thread(target=answer)
    answering.start()
    answered = ask(worker, session, wait=20)
    answering.join(20)

    assert answered.json() == ANSWER
    assert time.monotonic() - began < 15


def exchange(served: Served) -> Exchange:
    return Exchange(served.url, served.token("exchange-token"))


def test_the_worker_gives_up_once_nothing_is_answered(served: Served, session: str) -> None:
    with pytest.raises(NoAnswer, match=r"^no answer within 0.2 seconds$"):
        exchange(served).ask(Question(session, TALK, 0, START), 0.2)


def test_the_worker_says_why_it_cannot_ask(served: Served, caller: Caller, session: str) -> None:
    caller("DELETE", f"remote-strategies/{session}")

    with pytest.raises(QuestionRefused, match="its client has ended the session"):
        exchange(served).ask(Question(session, TALK, 0, START), 5)


def test_the_worker_tries_again_while_the_service_is_away(served: Served, caller: Caller, session: str) -> None:
    question = Question(session, TALK, 0, START)
    found: list[object] = []
    asking = threading.Thread(target=lambda: found.append(exchange(served).ask(question, 20)))
    served.crash()
    asking.start()
    served.start()
    caller("GET", f"remote-strategies/{session}/questions", params={"wait": 20})
    Caller(served)("POST", f"remote-strategies/{session}/questions/{TALK}/0", json=ANSWER)
    asking.join(20)

    assert found == [ANSWER["answer"]]


def test_the_worker_says_that_the_service_cannot_be_reached(served: Served, session: str) -> None:
    served.crash()

    with pytest.raises(NoAnswer, match=r"\(the service cannot be reached\)"):
        exchange(served).ask(Question(session, TALK, 0, START), 0.3)
