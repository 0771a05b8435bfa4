"""The mailbox keeps what it has said yes to, and takes nothing back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tuner.remote.question import Question
from tuner.server import mailbox as module
from tuner.server.mailbox import ENDED_SECONDS, IDLE_SECONDS, Mailbox, canonical
from tuner.server.mailbox_errors import (
    AnsweredOtherwise,
    AskedOtherwise,
    MailboxUnreachable,
    SessionEnded,
    SessionFull,
    TooManyQuestions,
    TooManySessions,
    UnknownQuestion,
    UnknownSession,
)

TALK = "c" * 32
BEFORE = "ALTER TABLE remote_sessions DROP COLUMN bytes"
"""Makes of the tables those of a version that did not count bytes."""
KILLED = """
import os, signal, sys
from pathlib import Path
from tuner.remote.question import Question
from tuner.server.mailbox import Mailbox
mailbox = Mailbox(Path(sys.argv[1]))
session = mailbox.open("strategy", "mine", {}, 0.0).id
mailbox.ask(Question(session, "c" * 32, 0, "first"), 1.0)
mailbox.answer(session, "c" * 32, 0, '{"proposals":[]}', 2.0)
mailbox.ask(Question(session, "c" * 32, 1, "second"), 3.0)
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
    assert mailbox.ask(Question(session, TALK, 0, "what?"), 1.0) is None
    assert [(one.number, one.text) for one in mailbox.waiting(session, 10)] == [(0, "what?")]

    mailbox.answer(session, TALK, 0, '{"a":1}', 2.0)

    assert mailbox.waiting(session, 10) == []
    assert mailbox.ask(Question(session, TALK, 0, "what?"), 3.0) == '{"a":1}'


def test_a_question_asked_again_in_other_words_is_refused(mailbox: Mailbox, session: str) -> None:
    mailbox.ask(Question(session, TALK, 0, "what?"), 1.0)

    with pytest.raises(AskedOtherwise, match="question 0 of this conversation was another one"):
        mailbox.ask(Question(session, TALK, 0, "why?"), 2.0)


def test_an_answer_is_accepted_once_and_the_same_one_again_is_no_error(mailbox: Mailbox, session: str) -> None:
    mailbox.ask(Question(session, TALK, 0, "what?"), 1.0)
    mailbox.answer(session, TALK, 0, "1", 2.0)
    mailbox.answer(session, TALK, 0, "1", 3.0)

    with pytest.raises(AnsweredOtherwise):
        mailbox.answer(session, TALK, 0, "2", 4.0)
    assert mailbox.ask(Question(session, TALK, 0, "what?"), 5.0) == "1"
    assert mailbox.answers(session) == 1


def test_two_equal_answers_are_the_same_text_whatever_their_order() -> None:
    assert canonical({"b": 1, "a": [0.1]}) == canonical({"a": [0.1], "b": 1})


def test_nobody_answers_what_was_not_asked(mailbox: Mailbox, session: str) -> None:
    with pytest.raises(UnknownQuestion):
        mailbox.answer(session, TALK, 0, "1", 1.0)


def test_questions_wait_in_the_order_in_which_they_were_asked(mailbox: Mailbox, session: str) -> None:
    for number, talk in enumerate("dcba"):
        mailbox.ask(Question(session, talk * 32, 0, "what?"), float(-number))

    assert [one.conversation[0] for one in mailbox.waiting(session, 3)] == ["d", "c", "b"]


def test_a_session_that_has_ended_keeps_its_answers_and_takes_no_new_question(mailbox: Mailbox, session: str) -> None:
    mailbox.ask(Question(session, TALK, 0, "what?"), 1.0)
    mailbox.answer(session, TALK, 0, "1", 2.0)
    mailbox.end(session, "strategy", 3.0)
    mailbox.end(session, "strategy", 4.0)

    assert mailbox.ask(Question(session, TALK, 0, "what?"), 5.0) == "1"
    with pytest.raises(SessionEnded):
        mailbox.ask(Question(session, TALK, 1, "and now?"), 6.0)


def test_a_session_is_found_by_its_own_kind_only(mailbox: Mailbox, session: str) -> None:
    assert mailbox.session(session, "strategy").name == "mine"
    with pytest.raises(UnknownSession):
        mailbox.session(session, "task")
    with pytest.raises(UnknownSession):
        mailbox.ask(Question("0" * 32, TALK, 0, "what?"), 1.0)


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


def test_only_so_many_questions_of_a_session_wait_and_an_answer_makes_room(
    mailbox: Mailbox, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    mailbox.ask(Question(session, TALK, 0, "what?"), 1.0)

    with pytest.raises(TooManyQuestions, match="1 questions of this session wait already"):
        mailbox.ask(Question(session, TALK, 1, "and now?"), 2.0)
    assert mailbox.ask(Question(session, TALK, 0, "what?"), 3.0) is None
    mailbox.answer(session, TALK, 0, "1", 4.0)
    assert mailbox.ask(Question(session, TALK, 1, "and now?"), 5.0) is None


def test_a_session_stores_only_so_many_bytes_of_questions_and_answers(
    mailbox: Mailbox, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    mailbox.ask(Question(session, TALK, 0, "é" * 300), 1.0)

    with pytest.raises(SessionFull, match="would take 1,002 bytes, and at most 1,000 are kept"):
        mailbox.ask(Question(session, TALK, 1, "12"), 2.0)
    with pytest.raises(SessionFull, match="would take 1,001 bytes"):
        mailbox.answer(session, TALK, 0, "1" * 201, 3.0)
    mailbox.answer(session, TALK, 0, "1" * 200, 4.0)
    assert mailbox.ask(Question(session, TALK, 0, "é" * 300), 5.0) == "1" * 200


def test_what_is_refused_is_not_counted(mailbox: Mailbox, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 0)
    with pytest.raises(TooManyQuestions):
        mailbox.ask(Question(session, TALK, 0, "what?"), 1.0)

    assert mailbox.session(session, "strategy").size == 0


def test_what_an_earlier_version_has_stored_is_counted(tmp_path: Path) -> None:
    database = tmp_path / "service.sqlite"
    with closing(Mailbox(database)) as mailbox:
        session = mailbox.open("strategy", "mine", {}, 0.0).id
        mailbox.ask(Question(session, TALK, 0, "what é?"), 1.0)
        mailbox.answer(session, TALK, 0, "12345", 2.0)
        mailbox.ask(Question(session, TALK, 1, "and now?"), 3.0)
        size = mailbox.session(session, "strategy").size
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(BEFORE)

    with closing(Mailbox(database)) as again:
        assert again.session(session, "strategy").size == size
        assert again.ask(Question(session, TALK, 0, "what é?"), 4.0) == "12345"


def test_a_session_is_stale_some_time_after_its_client_was_there_or_has_ended_it(mailbox: Mailbox) -> None:
    idle = mailbox.open("task", "idle", {}, 0.0).id
    seen = mailbox.open("task", "seen", {}, 0.0).id
    ended = mailbox.open("task", "ended", {}, 0.0).id
    mailbox.seen(seen, 2.0)
    mailbox.end(ended, "task", 1.0)

    assert mailbox.stale(ENDED_SECONDS + 1) == []
    assert mailbox.stale(ENDED_SECONDS + 2) == [ended]
    assert sorted(mailbox.stale(IDLE_SECONDS + 1)) == sorted([idle, ended])


def test_a_session_is_forgotten_with_all_that_was_said_and_the_others_stay(mailbox: Mailbox, session: str) -> None:
    other = mailbox.open("strategy", "mine", {}, 10.0).id
    for one in (session, other):
        mailbox.ask(Question(one, TALK, 0, "what?"), 1.0)

    mailbox.forget(session, IDLE_SECONDS + 5)
    mailbox.forget(other, IDLE_SECONDS + 5)

    assert mailbox.waiting(session, 10) == []
    with pytest.raises(UnknownSession):
        mailbox.session(session, "strategy")
    assert [one.text for one in mailbox.waiting(other, 10)] == ["what?"]


def test_long_questions_are_told_a_few_at_once(mailbox: Mailbox, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOLD_BYTES", 10)
    for number in range(4):
        mailbox.ask(Question(session, TALK, number, "a" * 6), 1.0)

    assert [one.number for one in mailbox.waiting(session, 100)] == [0, 1]
    assert [one.number for one in mailbox.conversation(session, TALK, 2, 100)] == [2, 3]


def test_a_file_that_cannot_be_written_is_a_reason_to_come_again(mailbox: Mailbox, session: str) -> None:
    mailbox._connection.execute("PRAGMA query_only = ON")

    with pytest.raises(MailboxUnreachable, match="the mailbox cannot be written") as refused:
        mailbox.ask(Question(session, TALK, 0, "what?"), 1.0)
    assert refused.value.status == 503


def test_what_was_acknowledged_outlives_a_killed_process(tmp_path: Path) -> None:
    database = tmp_path / "service.sqlite"
    command = [sys.executable, "-c", KILLED, str(database)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    session = done.stdout.strip()

    again = Mailbox(database)
    assert again.ask(Question(session, TALK, 0, "first"), 4.0) == '{"proposals":[]}'
    assert [one.text for one in again.waiting(session, 10)] == ["second"]
    assert [one.number for one in again.conversation(session, TALK, 0, 10)] == [0, 1]
    again.close()
