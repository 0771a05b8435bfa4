"""The pages of a service as a browser gets them: through the guard, with a cookie."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from example_store import write_example_run
from fastapi.testclient import TestClient
from httpx2 import Response
from service_under_test import make_service

from tuner.server.app import create_app
from tuner.server.service import Service
from tuner.server.settings import Limits, ServerSettings
from tuner.server.tokens import Access

ORIGIN = "http://127.0.0.1:8321"
PAGE = {"accept": "text/html"}


@dataclass
class Browser:
    """A browser that was let in, without script."""

    client: TestClient

    def get(self, path: str) -> Response:
        return self.client.get(path, headers=PAGE)

    def text(self, path: str) -> str:
        """What a page that is there says, its spaces as one."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return words(answer.text)

    def post(self, path: str, **fields: str | list[str]) -> Response:
        """Send a form of a page."""
        csrf = re.findall(r'name="csrf" value="([0-9a-f]+)"', self.get("/").text)[0]
        sent: Mapping[str, str | list[str]] = {"csrf": csrf, **fields}
        return self.client.post(path, data=sent, headers={**PAGE, "origin": ORIGIN}, follow_redirects=False)


@contextmanager
def browsing(service: Service, access: Access = Access.FULL) -> Iterator[Browser]:
    generous = Limits(requests_per_second=1e6)  # a fast machine asks more often than a person
    guard = create_app(ServerSettings(runs=service.folder.runs, limits=generous), service)
    with TestClient(guard, base_url=ORIGIN) as client:
        code = guard.sessions.new_code(time.time(), access=access)
        assert client.get(f"/enter?code={code}", headers=PAGE).status_code == 200
        yield Browser(client)
    guard.sessions.close()


@contextmanager
def serving(runs: Path, access: Access = Access.FULL) -> Iterator[Browser]:
    """A browser of a service on a folder of its own."""
    made = make_service(runs)
    with browsing(made, access) as browser:
        yield browser
    made.close()
    made.queue.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Of a service with one finished run called `example`, for tests that change nothing."""
    runs = tmp_path_factory.mktemp("runs")
    write_example_run(runs / "example")
    with serving(runs) as browser:
        yield browser


class Seen(HTMLParser):
    """What stands in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in {"script", "style"}:
            self.texts.append(data)


def words(page: str) -> str:
    """The page's text."""
    return " ".join(" ".join(Seen(page).texts).replace("\u202f", " ").split())
