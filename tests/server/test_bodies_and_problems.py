"""What handlers read, and how errors are told."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from example_store import write_example_run
from fastapi import Request
from guarded_app import Client, Guarded, Reply, guarded
from service_under_test import make_service
from starlette.responses import HTMLResponse, Response

from results import errors as results_errors
from tuner import errors as tuner_errors
from tuner.errors import InvalidSuite
from tuner.server.app import create_app
from tuner.server.bodies import depth_of
from tuner.server.problems import status_of
from tuner.server.service_folder import UnknownRun
from tuner.server.settings import ServerSettings

JSON = [("content-type", "application/json; charset=utf-8")]


@pytest.fixture
def service(tmp_path: Path) -> Guarded:
    return guarded(tmp_path)


def sent_json(service: Guarded, body: bytes) -> Reply:
    return service.client.ask("/api/v1/json", "POST", token=service.token, headers=JSON, body=body)


def test_json_arrives_as_it_was_sent(service: Guarded) -> None:
    value = {"suite": "quick", "seeds": [1, 2.5, None, True, 'a "[{" \\']}

    assert json.loads(sent_json(service, json.dumps(value).encode()).body) == {"value": value}


def test_json_may_be_nested_32_deep_and_no_deeper(service: Guarded) -> None:
    assert sent_json(service, b"[" * 32 + b"]" * 32).status == 200
    assert sent_json(service, b"[" * 33 + b"]" * 33).status == 400
    assert sent_json(service, b'{"a":' * 33 + b"1" + b"}" * 33).status == 400
    assert sent_json(service, b"[" * 500_000).status == 400


def test_brackets_in_strings_are_no_depth() -> None:
    assert depth_of(json.dumps(["[" * 50, {"{": '"[\\"[\\'}]).encode()) == 2


@pytest.mark.parametrize("hostile", [b'"' * 10**6, b'"\\' * 500_000, b'\\"' * 500_000, b"[]" * 500_000])
def test_finding_the_depth_takes_time_in_proportion_to_the_text(hostile: bytes) -> None:
    began = time.process_time()
    depth_of(hostile)

    assert time.process_time() - began < 2


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[Infinity]", b"\xff\xfe", b"1" * 5000, b'"\\', b"'a'"])
def test_what_is_no_json_is_refused(service: Guarded, body: bytes) -> None:
    reply = sent_json(service, body)

    assert reply.status == 400
    assert reply.detail.startswith("the body is no JSON: ")


def test_json_of_another_type_is_refused(service: Guarded) -> None:
    headers = [("content-type", "text/plain")]
    reply = service.client.ask("/api/v1/json", "POST", token=service.token, headers=headers, body=b"{}")

    assert (reply.status, reply.detail) == (415, "the body must be application/json")


def test_the_fields_of_a_form_arrive(service: Guarded) -> None:
    headers = [("content-type", "application/x-www-form-urlencoded")]
    reply = service.client.ask("/form", "POST", token=service.token, headers=headers, body=b"a=1&b=&c=%C3%A9+x")

    assert json.loads(reply.body) == {"a": "1", "b": "", "c": "é x"}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("UnknownPlugin", 404),
        ("NoSuchRun", 404),
        ("UnknownLabel", 404),
        ("RunLocked", 409),
        ("ClusterUnavailable", 503),
        ("CorruptStore", 500),
        ("UnreadableVersion", 500),
        ("InvalidSuite", 422),
        ("InvalidOption", 422),
        ("UnsupportedProblem", 422),
        ("NothingToCompare", 422),
    ],
)
def test_an_error_of_ours_has_the_status_of_its_situation(name: str, status: int) -> None:
    kind = getattr(tuner_errors, name, None) or getattr(results_errors, name)

    assert status_of(kind("text")) == status


def test_an_error_derived_from_another_has_its_status() -> None:
    class UnknownRunToday(UnknownRun):
        pass

    class RefusedToday(InvalidSuite):
        pass

    assert [status_of(UnknownRunToday()), status_of(RefusedToday())] == [404, 422]


def test_a_path_that_does_not_exist_is_a_problem_for_programs(service: Guarded) -> None:
    reply = service.client.ask("/api/v1/nowhere", token=service.token)

    assert json.loads(reply.body) == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not Found"}


def test_a_person_gets_the_page_of_an_error(service: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = ModuleType("tuner.server.pages")
    vars(pages)["error_page"] = page_of
    monkeypatch.setitem(sys.modules, "tuner.server.pages", pages)
    reply = service.client.ask("/nowhere", token=service.token, headers=[("accept", "text/html")])

    assert (reply.status, reply.text) == (404, "<p>Not Found</p>")


def page_of(_request: Request, status: int, detail: str, *, again: bool) -> Response:
    return HTMLResponse(f"<p>{detail}</p>", status)


def test_where_no_page_can_be_made_a_person_gets_a_line(service: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tuner.server.pages", ModuleType("tuner.server.pages"))
    reply = service.client.ask("/nowhere", token=service.token, headers=[("accept", "text/html")])

    assert (reply.status, reply.text) == (404, "Not Found: Not Found")


@pytest.mark.parametrize(
    ("file", "content", "route"),
    [
        ("run.json", "{", "runs/example/trials"),
        ("run.json", '{"schema": "99.0"}', "runs/example/trials"),
        ("trials.parquet", "no table", "runs/example/trials"),
        ("trials.parquet", "no table", "runs/example/report"),
        ("studies.parquet", "no table", "runs/example/report"),
        ("studies.parquet", "no table", "comparison?run=example&a=random&b=tpe"),
    ],
)
def test_a_stored_run_that_cannot_be_read_is_the_fault_of_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, file: str, content: str, route: str
) -> None:
    write_example_run(tmp_path / "runs" / "example")
    (tmp_path / "runs" / "example" / file).write_text(content)
    service = make_service(tmp_path / "runs")
    settings = ServerSettings(runs=service.folder.runs)
    guard = create_app(settings, service)

    reply = Client(guard).ask(f"/api/v1/{route}", token=settings.folder.token.read_text().strip())
    for made in (guard.sessions, service, service.queue):
        made.close()

    assert (reply.status, reply.headers["content-type"]) == (500, "application/problem+json")
    assert reply.detail.startswith(f"example/{file} ")
    assert str(tmp_path) not in reply.detail
    assert any(reply.detail in record.getMessage() for record in caplog.records)
