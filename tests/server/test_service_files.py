"""The files of a run over HTTP: what an answer means, and for how long one is waited for."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import httpx2
import pytest
from answers_under_test import JOURNAL, ME, RUN, Refusing, connected, short_pauses

from tuner.client.connection import Connection
from tuner.runners import insistence
from tuner.runners.insistence import BrokenOff, Insistence
from tuner.runners.service_files import ServiceFiles
from tuner.server.jobs import LeaseLost, QueueUnreachable
from tuner.server.run_files import LARGEST_PIECE
from tuner.server.work_queue import NotDelivered

__all__ = ["short_pauses"]
pytestmark = pytest.mark.usefixtures("short_pauses")


def files_of(connection: Connection) -> ServiceFiles:
    return ServiceFiles(connection, RUN, ME, Insistence(threading.Event()))


@pytest.mark.parametrize(("status", "kind"), [(409, LeaseLost), (423, NotDelivered), (422, NotDelivered)])
def test_a_refusal_means_a_lost_lease_only_where_the_service_says_so(
    tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    with connected(Refusing(status)) as connection, pytest.raises(kind, match=r"^no$"):
        files_of(connection).append(JOURNAL, 0, b"j")
    assert list(tmp_path.iterdir()) == []


class Shaky:
    """Has a file of three pieces, and fails every other request."""

    content = b"abc" * LARGEST_PIECE

    def __init__(self) -> None:
        self.count = 0
        self.places: list[int] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.count += 1
        if self.count % 2:
            raise httpx2.ConnectError("lost on the way")
        if request.url.path.endswith("/files"):
            digest = hashlib.sha256(self.content).hexdigest()
            return httpx2.Response(200, json=[{"path": JOURNAL, "size": len(self.content), "sha256": digest}])
        place = int(request.url.params["place"])
        self.places.append(place)
        return httpx2.Response(200, content=self.content[place : place + LARGEST_PIECE])


def test_a_fetch_goes_on_with_the_piece_that_was_lost(tmp_path: Path) -> None:
    service = Shaky()
    with connected(service) as connection:
        files_of(connection).fetch(tmp_path)

    assert service.places == [0, LARGEST_PIECE, 2 * LARGEST_PIECE]
    assert (tmp_path / JOURNAL).read_bytes() == service.content


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, content=b"<html>log in</html>"),
        httpx2.Response(200, json={"path": 1}),
        httpx2.Response(200, json=[{"path": JOURNAL}]),
        httpx2.Response(200, json=[{"path": JOURNAL, "size": "much", "sha256": ""}]),
    ],
)
def test_whoever_answers_in_the_services_place_is_no_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response
) -> None:
    monkeypatch.setattr(insistence, "_PATIENCE_SECONDS", 0.0)
    with connected(lambda _request: answer) as connection:
        files = files_of(connection)
        with pytest.raises(NotDelivered, match=r"^what answers at http://127.0.0.1:1 is no service: "):
            files.fetch(tmp_path)
        with pytest.raises(NotDelivered, match=r"^what answers at http://127.0.0.1:1 is no service: 200$"):
            files.append(JOURNAL, 0, b"j")


def test_nothing_is_asked_any_more_once_that_is_over() -> None:
    insisting, asked = Insistence(threading.Event()), []
    insisting.over.set()

    with pytest.raises(BrokenOff):
        insisting.until_answered(lambda: asked.append(1))
    assert asked == []


def test_what_is_out_of_reach_for_a_while_is_asked_until_it_answers() -> None:
    failures = [QueueUnreachable("no"), QueueUnreachable("no")]

    def ask() -> str:
        if failures:
            raise failures.pop()
        return "here"

    assert Insistence(threading.Event()).until_answered(ask) == "here"
