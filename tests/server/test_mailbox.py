"""The mailbox keeps what it has said yes to, and takes nothing back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuner.server import mailbox as module
from tuner.server.mailbox import (
    AnsweredOtherwise,
    AskedOtherwise,
    Mailbox,
    SessionEnded,
    TooManySessions,
    UnknownQuestion,
    UnknownSession,
    canonical,
)

TALK = "c" * 32
KILLED = """
import os, signal, sys
from pathlib import Path
from tuner.server.mailbox import Mailbox
mailbox = Mailbox(Path(sys.argv[1]))
session = mailbox.open("strategy", "mine", {}, 0.0).id
mailbox.ask(session, "c" * 32, 0, "first", 1.0)
mailbox.answer(session, "c" * 32, 0, '{"proposals":[]}', 2.0)
mailbox.ask(session, "c" * 32, 1, "second", 3.0)
print(session, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path / "service.sqlite")
    yield made
    made.close()


@pytest.fixture
def session(mailbox: Mailbox) -> str:
    return mailbox.open("strategy", "mine", {"name": "mine"}, 0.0).id


def test_a_question_waits_until_it_is_answered(mailbox: Mailbox, session: str) -> None:
    assert mailbox.ask(session, TALK, 0, "what?", 1.0) is None
    assert [(one.number, one.text) for one in mailbox.waiting(session, 10)] == [(0, "what?")]

    mailbox.answer(session, TALK, 0, '{"a":1}', 2.0)

    assert mailbox.waiting(session, 10) == []
    assert mailbox.ask(session, TALK, 0, "what?", 3.0) == '{"a":1}'


def test_a_question_asked_again_in_other_words_is_refused(mailbox: Mailbox, session: str) -> None:
    mailbox.ask(session, TALK, 0, "what?", 1.0)

    with pytest.raises(AskedOtherwise, match="question 0 of this conversation was another one"):
        mailbox.ask(session, TALK, 0, "why?", 2.0)


def test_an_answer_is_accepted_once_and_the_same_one_again_is_no_error(mailbox: Mailbox, session: str) -> None:
    mailbox.ask(session, TALK, 0, "what?", 1.0)
    mailbox.answer(session, TALK, 0, "1", 2.0)
    mailbox.answer(session, TALK, 0, "1", 3.0)

    with pytest.raises(AnsweredOtherwise):
        mailbox.answer(session, TALK, 0, "2", 4.0)
    assert mailbox.ask(session, TALK, 0, "what?", 5.0) == "1"
    assert mailbox.answers(session) == 1


def test_two_equal_answers_are_the_same_text_whatever_their_order() -> None:
    assert canonical({"b": 1, "a": [0.1]}) == canonical({"a": [0.1], "b": 1})


def test_nobody_answers_what_was_not_asked(mailbox: Mailbox, session: str) -> None:
    with pytest.raises(UnknownQuestion):
        mailbox.answer(session, TALK, 0, "1", 1.0)


def test_questions_wait_in_the_order_in_which_they_were_asked(mailbox: Mailbox, session: str) -> None:
    for number, talk in enumerate("dcba"):
        mailbox.ask(session, talk * 32, 0, "what?", float(-number))

    assert [one.conversation[0] for one in mailbox.waiting(session, 3)] == ["d", "c", "b"]


def test_a_session_that_has_ended_keeps_its_answers_and_takes_no_new_question(mailbox: Mailbox, session: str) -> None:
    mailbox.ask(session, TALK, 0, "what?", 1.0)
    mailbox.answer(session, TALK, 0, "1", 2.0)
    mailbox.end(session, "strategy", 3.0)
    mailbox.end(session, "strategy", 4.0)

    assert mailbox.ask(session, TALK, 0, "what?", 5.0) == "1"
    with pytest.raises(SessionEnded):
        mailbox.ask(session, TALK, 1, "and now?", 6.0)


def test_a_session_is_found_by_its_own_kind_only(mailbox: Mailbox, session: str) -> None:
    assert mailbox.session(session, "strategy").name == "mine"
    with pytest.raises(UnknownSession):
        mailbox.session(session, "task")
    with pytest.raises(UnknownSession):
        mailbox.ask("0" * 32, TALK, 0, "what?", 1.0)


def test_sessions_have_numbers_of_128_bits_that_are_never_the_same(mailbox: Mailbox) -> None:
    numbers = {mailbox.open("task", "mine", {}, 0.0).id for _ in range(20)}

    assert len(numbers) == 20
    assert {len(number) for number in numbers} == {32}


def test_there_are_only_so_many_open_sessions(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SESSIONS", 2)
    first = mailbox.open("task", "mine", {}, 0.0)
    mailbox.open("task", "mine", {}, 0.0)

    with pytest.raises(TooManySessions):
        mailbox.open("task", "mine", {}, 0.0)
    mailbox.end(first.id, "task", 1.0)
    assert mailbox.open("task", "mine", {}, 0.0).answers == 0


def test_what_was_acknowledged_outlives_a_killed_process(tmp_path: Path) -> None:
    database = tmp_path / "service.sqlite"
    done = subprocess.run([sys.executable, "-c", KILLED, str(database)], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    session = done.stdout.strip()

    again = Mailbox(database)
    assert again.ask(session, TALK, 0, "first", 4.0) == '{"proposals":[]}'
    assert [one.text for one in again.waiting(session, 10)] == ["second"]
    assert [one.number for one in again.conversation(session, TALK, 0, 10)] == [0, 1]
    again.close()
