"""What runners on other machines say over HTTP, with which token, and what they are answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import httpx2
import pytest
from distant_under_test import NAME, Worker, submit
from runs_under_test import HERE, interrupt, on_wave, suite
from served_under_test import Served, served

from tuner import run_suite
from tuner.run_folder import RunFolder
from tuner.server import held_runs

__all__ = ["served"]
VERSION = version("tuner-bench")
DESCRIPTION = suite().to_toml().encode()
DIGEST = hashlib.sha256(DESCRIPTION).hexdigest()
PLACES = [
    ("POST", "claim"),
    ("POST", "release"),
    *(("POST", f"{NAME}/{what}") for what in ("renew", "end", "put-back")),
    ("GET", f"{NAME}/files"),
    *((method, f"{NAME}/files/run.json") for method in ("GET", "PUT")),
    ("DELETE", f"{NAME}/files/journal"),
]


@pytest.fixture
def worker(served: Served) -> Worker:
    submit(served)
    return Worker(served)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a job that is held by `far`, for requests that change nothing."""
    made = Served(tmp_path_factory.mktemp("shared") / "runs")
    made.start()
    submit(made)
    claim(Worker(made))
    yield made
    made.crash()


def claim(worker: Worker) -> httpx2.Response:
    return worker.say("claim", version=VERSION)


def detail(answer: httpx2.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    told: str = answer.json()["detail"]
    assert "\n" not in told
    return told


def test_a_job_comes_with_all_that_is_needed_to_make_its_run(worker: Worker) -> None:
    told = {"run": NAME, "suite": suite().to_toml(), "workers": None, "wish": None, "attempts": 1, "message": ""}

    assert (claim(worker).status_code, worker.say("release").status_code) == (200, 204)
    assert claim(worker).json() == {**told, "attempts": 2}


def test_where_no_job_waits_there_is_no_content(served: Served) -> None:
    answer = claim(Worker(served))

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_wish_comes_with_the_next_renewal(served: Served, worker: Worker) -> None:
    claim(worker)
    before = worker.say(f"{NAME}/renew", trials=0).json()
    served.queue.pause(NAME)

    assert (before, worker.say(f"{NAME}/renew", trials=1).json()) == ({"wish": None}, {"wish": "pause"})
    assert worker.say(f"{NAME}/put-back").json() == {"state": "paused"}


def test_a_piece_is_written_and_read(worker: Worker) -> None:
    claim(worker)
    written = worker.put("suite.toml", DESCRIPTION, size=len(DESCRIPTION), sha256=DIGEST)

    assert (written.status_code, written.content) == (204, b"")
    assert worker.get().json() == [{"path": "suite.toml", "size": len(DESCRIPTION), "sha256": DIGEST}]
    piece = worker.get("suite.toml", place=3, length=5)
    assert (piece.headers["content-type"], piece.content) == ("application/octet-stream", DESCRIPTION[3:8])


@pytest.mark.parametrize("kind", ["read-only-token", "exchange-token"])
@pytest.mark.parametrize(("method", "place"), PLACES)
def test_other_tokens_open_nothing_of_it(shared: Served, kind: str, method: str, place: str) -> None:
    worker = Worker(shared, kind)

    answer = worker.client.request(method, f"{worker.url}/{place}", params={"owner": "far"})
    assert answer.status_code == 403


def test_the_full_token_opens_it(served: Served) -> None:
    submit(served)

    assert claim(Worker(served, "token")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/runs"),
        ("POST", "/api/v1/runs"),
        ("DELETE", f"/api/v1/runs/{NAME}"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/workers"),
        ("GET", "/api/v1/WORK/claim"),
        ("POST", "/api/v1/remote-strategies"),
        ("GET", "/static/style.css"),
    ],
)
def test_the_runners_token_opens_nothing_else(shared: Served, method: str, path: str) -> None:
    assert Worker(shared).client.request(method, f"{shared.url}{path}").status_code == 403


def test_the_runners_token_opens_the_exchange_for_its_workers(shared: Served) -> None:
    worker = Worker(shared)
    place = f"{shared.url}/api/v1/exchange/{'0' * 32}/{'1' * 32}/0"

    assert worker.client.post(place, json={"text": '{"type":"start"}'}).status_code == 404


def test_a_runner_that_lost_its_lease_is_told_409_and_changes_nothing(served: Served, worker: Worker) -> None:
    claim(worker)
    worker.put("suite.toml", DESCRIPTION, size=len(DESCRIPTION), sha256=DIGEST)
    worker.say("release")
    assert claim(Worker(served, owner="other")).status_code == 200
    answers = [
        worker.put("suite.toml", b"x", size=1, sha256=hashlib.sha256(b"x").hexdigest()),
        worker.put("journal/000001.journal", b"x"),
        worker.get(),
        worker.get("suite.toml"),
        worker.say(f"{NAME}/renew", trials=3),
        worker.say(f"{NAME}/end", state="failed"),
        worker.say(f"{NAME}/put-back"),
        worker.client.delete(f"{worker.url}/{NAME}/files/journal", params={"owner": "far"}),
    ]

    assert [answer.status_code for answer in answers] == [409] * 8
    assert {detail(answer) for answer in answers} == {"mine is no longer held by distant/far"}
    assert [path.name for path in (served.runs / NAME).iterdir()] == ["suite.toml"]
    assert (served.runs / NAME / "suite.toml").read_bytes() == DESCRIPTION


@pytest.mark.parametrize(
    ("name", "parameters", "status", "told"),
    [
        ("notes.txt", {}, 422, "no file of a run is called 'notes.txt': they are"),
        ("journal/..%2frun.json", {}, 400, "the URL has characters that no URL of this service has"),
        ("journal%5Cx", {}, 400, "the URL has characters that no URL of this service has"),
        ("%2e%2e/run.json", {}, 400, "the URL's path is no path of this service"),
        ("x" * 200, {}, 422, "path.path: String should have at most 128 characters"),
        ("run.json", {}, 422, "size and sha256 belong to files that are replaced whole, and not to journals"),
        ("run.json", {"size": 3}, 422, "size and sha256 belong to files that are replaced whole"),
        ("run.json", {"size": -1, "sha256": DIGEST}, 422, "query.size: Input should be greater than or equal to 0"),
        ("run.json", {"size": 2**60, "sha256": DIGEST}, 422, "query.size: Input should be less than or equal to"),
        ("run.json", {"size": 3, "sha256": "X" * 64}, 422, "sha256 is 64 hexadecimal digits, not 'XXX"),
        ("suite.toml", {"size": 2, "sha256": DIGEST}, 422, "suite.toml is to have 2 bytes: no piece of it ends at 3"),
        ("suite.toml", {"size": 3, "sha256": DIGEST}, 422, "suite.toml is not as announced, of 3 bytes and sha256"),
        ("suite.toml", {"size": 2**40, "sha256": DIGEST}, 422, "suite.toml has at most 1,048,576 bytes, not 1,0"),
        ("suite.toml", {"place": 9, "size": 12, "sha256": DIGEST}, 422, "suite.toml has 0 bytes: the next piece"),
        ("journal/000001.journal", {}, 422, "journal/000001.journal comes after suite.toml, plugins.json and run.json"),
        ("suite.toml", {"place": -1, "size": 3, "sha256": DIGEST}, 422, "query.place: Input should be greater"),
        (
            "suite.toml",
            {"place": "x", "size": 3, "sha256": DIGEST},
            422,
            "query.place: Input should be a valid integer",
        ),
        (
            "suite.toml",
            {"owner": "../me", "size": 3, "sha256": DIGEST},
            422,
            "query.owner: String should match pattern",
        ),
    ],
)
def test_what_no_runner_says_is_refused_with_one_line(
    shared: Served, name: str, parameters: dict[str, Any], status: int, told: str
) -> None:
    answer = Worker(shared).put(name, b"abc", **parameters)

    assert (answer.status_code, told in detail(answer)) == (status, True), answer.text


def test_a_piece_of_a_megabyte_is_taken_and_a_larger_one_is_not(worker: Worker) -> None:
    claim(worker)
    large = b"#" * 2**20
    announced = {"size": 2**20, "sha256": hashlib.sha256(large).hexdigest()}

    assert worker.put("suite.toml", large, **announced).status_code == 204
    assert worker.put("suite.toml", large + b"#", **announced).status_code == 413


def test_a_piece_of_another_type_is_refused(shared: Served) -> None:
    worker = Worker(shared)
    answer = worker.client.put(f"{worker.url}/{NAME}/files/run.json", json={}, params={"owner": "far", "place": 0})

    assert (answer.status_code, detail(answer)) == (415, "the body must be application/octet-stream")


@pytest.mark.parametrize(
    ("what", "fields", "told"),
    [
        ("claim", {}, "body.version: Field required"),
        ("claim", {"version": "0.0"}, "and this runner '0.0': install the same version on both"),
        ("claim", {"version": VERSION, "owner": "a b"}, "body.owner: String should match pattern"),
        ("claim", {"version": VERSION, "more": 1}, "body.more: Extra inputs are not permitted"),
        (f"{NAME}/renew", {"trials": -1}, "body.trials: Input should be greater than or equal to 0"),
        (f"{NAME}/renew", {"trials": 1.5}, "body.trials: Input should be a valid integer"),
        (f"{NAME}/end", {"state": "paused"}, "body.state: Input should be 'finished' or 'failed'"),
        (f"{NAME}/end", {"state": "failed", "message": "x" * 2001}, "body.message: String should have at most 2000"),
        (f"{NAME}/end", {"state": "finished"}, "mine is not finished by what is here of it: send all of its files"),
    ],
)
def test_what_no_runner_asks_is_refused_with_one_line(
    shared: Served, what: str, fields: dict[str, Any], told: str
) -> None:
    answer = Worker(shared).say(what, **fields)

    assert (answer.status_code, told in detail(answer)) == (422, True), answer.text


def test_a_message_of_more_lines_is_told_in_one(served: Served, worker: Worker) -> None:
    claim(worker)
    body = b'{"owner": "far", "state": "failed", "message": "a\\nb \\u0000 \\u202e"}'

    answer = worker.client.post(f"{worker.url}/{NAME}/end", content=body, headers={"Content-Type": "application/json"})
    job = served.queue.find(NAME)
    assert answer.status_code == 204
    assert job is not None
    assert "\n" not in job.message


@pytest.mark.parametrize("message", [b'"\\ud800"', b"NaN", b"[1]"])
def test_a_message_that_is_no_text_is_refused(shared: Served, message: bytes) -> None:
    worker = Worker(shared)
    body = b'{"owner": "far", "state": "failed", "message": ' + message + b"}"

    answer = worker.client.post(f"{worker.url}/{NAME}/end", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    detail(answer)


def test_a_run_json_that_is_none_is_refused_and_the_list_of_runs_stays_readable(served: Served, worker: Worker) -> None:
    claim(worker)
    contents = {"suite.toml": DESCRIPTION, "plugins.json": b"[]", "run.json": b"[" * 100_000}
    *_, answer = [
        worker.put(name, content, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    ]

    assert answer.status_code == 422
    assert detail(answer).startswith("mine: run.json is damaged: RecursionError: ")
    listed = Worker(served, "token").client.get(f"{served.url}/api/v1/runs")
    assert (listed.status_code, [run["name"] for run in listed.json()["items"]]) == (200, [NAME])


def test_a_run_that_somebody_writes_on_the_services_machine_is_told_423_and_can_be_put_back(
    served: Served, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_runs, "_PATIENCE_SECONDS", 0.0)
    run_suite(suite(), out=served.runs / NAME, where=HERE, watch=on_wave(1, interrupt))
    with RunFolder(served.runs / NAME).locked():
        claim(worker)
        answers = [worker.get(), worker.put("journal/000001.journal", b"x"), worker.say(f"{NAME}/renew", trials=0)]
        put_back = worker.say(f"{NAME}/put-back", failure="no")

    assert {(answer.status_code, detail(answer)) for answer in answers} == {
        (423, f"{NAME} is being written by another process")
    }
    assert put_back.json() == {"state": "queued"}


def test_a_run_that_was_not_submitted_is_nobodys(shared: Served) -> None:
    assert Worker(shared).say("nowhere/renew", trials=0).status_code == 409
