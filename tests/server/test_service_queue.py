"""The queue of a service as a runner elsewhere sees it: a name for each job, and what an answer means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from answers_under_test import Answer, connected
from distant_under_test import NAME, distant, submit
from served_under_test import Served, served

from tuner.runners.insistence import Insistence
from tuner.runners.service_files import ServiceFiles
from tuner.runners.service_queue import ServiceQueue
from tuner.server.jobs import JobState, LeaseLost, QueueUnreachable

__all__ = ["served"]
JOB = {"run": NAME, "suite": "", "workers": None, "wish": None, "attempts": 1, "message": ""}


class Claims:
    """Answers claims in turn, and notes by which names they came."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._answers = iter(answers)
        self.owners: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.owners.append(json.loads(request.content)["owner"])
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def noted() -> list[str]:
    return []


@contextmanager
def queue_of(answer: Answer, noted: list[str]) -> Iterator[ServiceQueue]:
    with connected(answer) as connection:
        yield ServiceQueue(connection, connection, Path("/scratch"), lambda: 0, noted.append)


def test_each_job_is_held_by_a_name_of_its_own_which_is_noted_before(noted: list[str]) -> None:
    claims = Claims(httpx2.Response(200, json=JOB), httpx2.Response(200, json=JOB))
    with queue_of(claims, noted) as queue:
        jobs = [queue.claim("me", 0.0), queue.claim("me", 0.0)]

    assert [job and job.owner for job in jobs] == claims.owners == noted
    assert len(set(noted)) == 2
    assert all(name.startswith("me.") for name in noted)


def test_a_name_by_which_nothing_was_given_is_used_again(noted: list[str]) -> None:
    claims = Claims(httpx2.Response(204), httpx2.Response(204), httpx2.Response(200, json=JOB))
    with queue_of(claims, noted) as queue:
        assert [queue.claim("me", 0.0) is None for _ in range(3)] == [True, True, False]

    assert (len(set(claims.owners)), len(noted)) == (1, 1)


def test_a_name_by_which_something_may_have_been_given_is_not(noted: list[str]) -> None:
    claims = Claims(httpx2.ReadError("the answer was lost"), httpx2.Response(204))
    with queue_of(claims, noted) as queue:
        with pytest.raises(QueueUnreachable):
            queue.claim("me", 0.0)
        queue.claim("me", 0.0)

    assert len(set(claims.owners)) == 2


def test_what_is_late_of_a_jobs_former_life_is_not_taken_although_the_same_runner_has_it(
    served: Served, tmp_path: Path
) -> None:
    submit(served)
    with distant(served, tmp_path / "scratch") as far:
        former = far.queue.claim("far", 0.0)
        served.queue.release(f"distant/{far.noted[0]}")
        latter = far.queue.claim("far", 0.0)
        assert former is not None
        assert latter is not None
        assert (former.run, latter.run) == (NAME, NAME)
        late = ServiceFiles(far.connection, NAME, former.owner or "", Insistence(threading.Event()))
        with pytest.raises(LeaseLost, match=f"^{NAME} is no longer held by distant/{former.owner}$"):
            late.append("journal/000001.journal", 0, b"late")
        with pytest.raises(LeaseLost):
            far.queue.put_back(NAME, former.owner or "")
        assert far.queue.put_back(NAME, latter.owner or "") is JobState.QUEUED


@pytest.mark.parametrize(
    "answer",
    [
        {"content": b"<html>log in</html>"},
        {"json": []},
        {"json": {"run": NAME}},
        {"json": {**JOB, "wish": "dance"}},
        {"json": {**JOB, "run": "../mine"}},
        {"json": {**JOB, "run": 1}},
    ],
)
def test_whoever_answers_in_the_services_place_gives_no_job(answer: dict[str, Any], noted: list[str]) -> None:
    told = r"^what answers at http://127.0.0.1:1 is no service: "
    with (
        queue_of(lambda _request: httpx2.Response(200, **answer), noted) as queue,
        pytest.raises(QueueUnreachable, match=told),
    ):
        queue.claim("me", 0.0)


@pytest.mark.parametrize("content", [b"<html>log in</html>", b"[]", b'{"wish": "dance", "state": "odd"}'])
def test_whoever_answers_in_the_services_place_says_nothing_of_a_job(content: bytes, noted: list[str]) -> None:
    with queue_of(lambda _request: httpx2.Response(200, content=content), noted) as queue:
        with pytest.raises(QueueUnreachable):
            queue.renew(NAME, "me", 0.0, 0)
        with pytest.raises(QueueUnreachable):
            queue.put_back(NAME, "me")


@pytest.mark.parametrize("status", [408, 423, 429, 500, 503])
def test_a_service_that_cannot_answer_just_now_is_out_of_reach(status: int, noted: list[str]) -> None:
    with queue_of(lambda _request: httpx2.Response(status), noted) as queue, pytest.raises(QueueUnreachable):
        queue.renew(NAME, "me", 0.0, 0)
