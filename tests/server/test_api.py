"""The API, over a service on a temporary folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from service_under_test import NOON, SUITE, service

from tuner.server import jobs
from tuner.server.api import routers
from tuner.server.jobs import JobState
from tuner.server.problems import install_problems
from tuner.server.service import Service
from tuner.server.settings import Limits

__all__ = ["service"]
API = "/api/v1"
TOML = {"Content-Type": "application/toml"}


def make_app(service: Service) -> FastAPI:
    app = FastAPI(openapi_url=f"{API}/openapi.json")
    app.state.service = service
    app.state.settings = SimpleNamespace(runs=service.folder.runs, limits=Limits())
    install_problems(app)
    for router in routers:
        app.include_router(router)
    return app


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(make_app(service)) as made:
        yield made


def items(client: TestClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{API}{path}").json()["items"]
    return found


def test_a_suite_is_submitted_as_toml_and_is_a_run_at_once(client: TestClient, service: Service) -> None:
    answer = client.post(f"{API}/runs?workers=2", content=SUITE, headers=TOML)

    assert (answer.status_code, answer.headers["location"]) == (201, f"{API}/runs/mine")
    assert client.get(answer.headers["location"]).json()["summary"]["state"] == "queued"
    (job,) = service.queue.all()
    assert job.workers == 2


def test_a_suite_is_submitted_by_its_name_with_changes(client: TestClient, service: Service) -> None:
    asked = {"suite": "quick", "seeds": 1, "trials": 2, "strategies": ["tpe"], "workers": 1}

    assert client.post(f"{API}/runs", json=asked).status_code == 201
    assert "tpe" in service.run(service.queue.all()[0].run).suite_toml


def test_the_same_idempotency_key_makes_one_run(client: TestClient, service: Service) -> None:
    answers = [client.post(f"{API}/runs", json={"suite": "quick"}, headers={"Idempotency-Key": "k"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.headers["location"] for answer in answers}) == len(service.queue.all()) == 1
    other = client.post(f"{API}/runs", json={"suite": "quick", "seeds": 9}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 409


def test_a_plan_is_told_and_nothing_is_stored(client: TestClient, service: Service) -> None:
    told = client.post(f"{API}/plans", json={"suite": "quick"}).json()

    assert (told["studies"], told["trials"]) == (4, 12)
    assert service.queue.all() == []


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"suite": "nope"}, 404, "no suite called 'nope'; known: quick"),
        ({"suite": {"name": "x"}}, 422, "budget is missing"),
        ({"suite": "quick", "strategies": ["./x.py:X"]}, 422, "over HTTP no file and no module can be named"),
        ({"suite": "quick", "strategies": ["program"]}, 422, "it runs a command"),
        ({"suite": "quick", "colour": 1}, 422, "body.colour: Extra inputs are not permitted"),
        ({"suite": "quick", "seeds": 0}, 422, "body.seeds"),
        ({"suite": "quick", "seeds": "3"}, 422, "body.seeds"),
        ({}, 422, "body.suite"),
        ([], 422, "body"),
    ],
)
def test_a_request_that_cannot_be_met_is_told_in_one_line(
    client: TestClient, body: object, status: int, detail: str
) -> None:
    for path in ("runs", "plans"):
        answer = client.post(f"{API}/{path}", json=body)

        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "status", "detail"}
        assert detail in answer.json()["detail"]


def test_a_body_of_another_kind_is_refused(client: TestClient) -> None:
    assert client.post(f"{API}/runs", content="name: x", headers={"Content-Type": "text/yaml"}).status_code == 415
    assert client.post(f"{API}/runs", content=b"\xff", headers=TOML).status_code == 400
    assert client.post(f"{API}/runs", content="{", headers={"Content-Type": "application/json"}).status_code == 400
    deep = '{"suite":' * 99 + "1" + "}" * 99
    assert client.post(f"{API}/runs", content=deep, headers={"Content-Type": "application/json"}).status_code == 400


def test_a_run_is_steered_deleted_and_restored(client: TestClient) -> None:
    client.post(f"{API}/runs", content=SUITE, headers=TOML)

    for action, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        assert client.post(f"{API}/runs/mine/{action}").json()["state"] == state
    assert client.post(f"{API}/runs/mine/pause").status_code == 409
    assert client.delete(f"{API}/runs/example").status_code == 204
    assert client.get(f"{API}/runs/example").status_code == 404
    assert [run["name"] for run in items(client, "/bin")] == ["example"]
    assert client.post(f"{API}/bin/example/restore").json()["state"] == "finished"
    assert client.post(f"{API}/bin/example/restore").status_code == 404


def test_a_submission_that_finds_the_queue_full_is_told_when_to_come_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_WAITING", 0)

    answer = client.post(f"{API}/runs", json={"suite": "quick"})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["detail"] == "0 runs wait already, and no more may: cancel some, or try again later"


def test_links_of_a_run_lead_somewhere(client: TestClient) -> None:
    links = client.get(f"{API}/runs/example").json()["links"]

    assert len(links) == 11
    for path in links.values():
        assert client.get(path).status_code == 200


def test_lists_lead_from_page_to_page(client: TestClient) -> None:
    path: str | None = f"{API}/runs/example/trials?status=ok&sort=value&limit=100"
    values: list[float] = []
    total = None
    while path:
        told = client.get(path).json()
        values += [row["value"] for row in told["items"]]
        total, path = told["total"], told["next"]

    assert len(values) == total
    assert values == sorted(values)


@pytest.mark.parametrize(
    "path",
    [
        *("/runs?limit=501", "/runs?limit=0", "/runs?offset=-1", "/runs?state=odd", "/runs/.service", "/runs/a%20b"),
        *("/runs/example/trials?sort=x", "/runs/example/trials?study=-1", "/runs/example/trials/a/0"),
        *("/runs/example/trials?seed=99999999999999999999", "/strategies/%3Cb%3E", "/comparison?a=x&b=y"),
        *("/runs/example/report?with=../x", "/runs/example/trials?status=x"),
    ],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(f"{API}{path}")

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/runs/no",
            "/runs/no/trials",
            "/runs/no/events",
            "/runs/no/report",
            "/runs/no/trials.csv",
            "/runs/no/curves",
            "/runs/example/curves?task=nope",
        ),
        *("/runs/example/trials/0/99", "/strategies/no", "/tasks/no", "/suites/no", "/comparison?run=no&a=x&b=y"),
        *("/comparison?run=example&a=x&b=gp", "/runs/example/report?task=no"),
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"{API}{path}").status_code == 404


def test_no_answer_names_a_folder_of_this_machine(client: TestClient, service: Service) -> None:
    (service.folder.runs / "example" / "trials.parquet").write_bytes(b"PAR1 no PAR1")

    for path in ("", "/trials", "/trials/0/0", "/report", "/progress", "/curves"):
        text = client.get(f"{API}/runs/example{path}").text
        assert str(service.folder.runs) not in text
        assert "Traceback" not in text


def test_exports_are_files_by_name(client: TestClient, service: Service) -> None:
    for form, media in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet"), ("arrow", "application/")):
        answer = client.get(f"{API}/runs/example/trials.{form}")
        assert answer.headers["content-type"].startswith(media)
        assert answer.headers["content-disposition"] == f'attachment; filename="example-trials.{form}"'
    assert (
        client.get(f"{API}/runs/example/trials.parquet").content
        == (service.folder.runs / "example" / "trials.parquet").read_bytes()
    )


def test_the_report_page_states_its_own_policy(client: TestClient) -> None:
    answer = client.get(f"{API}/runs/example/report.html")

    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def parsed(text: str) -> list[tuple[int, str, dict[str, Any]]]:
    found = re.findall(r"id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n", text)
    return [(int(number), kind, json.loads(data)) for number, kind, data in found]


def test_a_run_that_is_over_is_told_in_one_event(client: TestClient) -> None:
    answer = client.get(f"{API}/runs/example/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    ((_, kind, data),) = parsed(answer.text)
    assert (kind, data["summary"]["state"]) == ("end", "finished")


@pytest.mark.parametrize("last", ["0", "99999999999999999999", "x", "-1", "\u0661"])
def test_any_last_event_id_is_answered(client: TestClient, last: str) -> None:
    answer = client.get(f"{API}/runs/example/events", headers={b"Last-Event-ID": last.encode()})

    assert [kind for _, kind, _ in parsed(answer.text)] == ["end"]


def test_a_run_under_way_is_told_until_its_end(client: TestClient, service: Service) -> None:
    service.submit(SUITE)
    with client.stream("GET", f"{API}/runs/mine/events") as answer:
        told = ""
        for part in answer.iter_text():
            told += part
            if "event: progress" in told and service.queue.all()[0].state is JobState.QUEUED:
                service.queue.claim("runner", NOON)
                service.queue.end("mine", "runner", JobState.FAILED, "no memory")

    numbers, kinds = [number for number, _, _ in parsed(told)], [kind for _, kind, _ in parsed(told)]
    assert kinds == ["progress", "end"]
    assert numbers == sorted(set(numbers))


def test_the_catalogue_is_listed(client: TestClient) -> None:
    assert [card["name"] for card in items(client, "/strategies")] == ["grid", "program", "random", "tpe"]
    assert client.get(f"{API}/tasks/branin").json()["name"] == "branin"
    assert client.get(f"{API}/suites/schema").json()["properties"]["name"]
    assert client.get(f"{API}/health").json() == {"status": "ok", "catalogue": True, "queued": 0, "running": 0}


def test_every_route_is_documented(client: TestClient) -> None:
    paths = client.get(f"{API}/openapi.json").json()["paths"]

    routes = [(path, method, told) for path, methods in paths.items() for method, told in methods.items()]
    assert len(routes) >= 32
    assert len({told["operationId"] for *_, told in routes}) == len(routes)
    for path, _, told in routes:
        assert path.startswith(API)
        assert told["summary"]
        assert told["description"]
        assert re.fullmatch(r"[a-z]+[A-Za-z]+", told["operationId"])
        errors = {status: answer for status, answer in told["responses"].items() if status[0] in "45d"}
        assert {"401", "403", "422", "429", "default"} <= set(errors)
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in errors.values())
