"""Hostile text, wherever it stands: in stored runs, in paths and queries, in what is sent. It stays text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from hostile_under_test import PAYLOADS, Planted, assert_answered, interrupt, plant, strictly
from pages_under_test import ORIGIN, serving

from results.records import TRIALS

SURROGATES = (r"zzmark\ud800", r"\udfff\ud800<zzmark>")
"""As JSON writes what is no text."""
SEEN_PAGES = ("", "/trials", "/live", "/how", "/studies", "/trials?sort=value&descending=yes", "/trials?status=failed")
API = ("", "/progress", "/curves", "/trials?limit=500")
REPORTED = [0, *(pytest.param(run, marks=pytest.mark.slow) for run in (1, 2, 3))]
ASKED = {
    "/runs/run-0/trials": ("text", "task", "strategy", "sort", "study", "offset"),
    "/compare": ("run", "a"),
    "/": ("text", "suite", "state", "unheard"),
    "/new": ("suite", "task", "toml"),
    "/api/v1/runs/run-0/trials": ("text", "task", "status", "sort", "seed"),
    "/api/v1/runs": ("text", "suite", "state", "limit"),
    "/api/v1/comparison": ("run", "a"),
}
BELOW = ("/runs/{}", "/strategies/{}", "/tasks/{}", "/suites/{}", "/static/{}/page.css", "/runs/{}/trials/0/0")
BELOW_API = ("/runs/{}", "/runs/{}/trials.csv", "/suites/{}", "/remote-tasks/{}/questions", "/runs/run-0/trials/{}/0")
WAYS = {"toml": "file", "suite": "suite"}
FORM = ("suite", "seeds", "strategy", "task", "name", "toml", "key")
STEERED = ("/runs/{}/pause", "/runs/{}/cancel", "/runs/{}/resume", "/bin/{}/restore")
FORMULA = re.compile(r"[=+\-@\t\r\n]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """Each payload stands in all places of a stored run, of which there are four; the last of them has not ended."""
    runs = tmp_path_factory.mktemp("planted") / "runs"
    for number in range(4):
        plant(runs / f"run-{number}", PAYLOADS[number::4])
    interrupt(runs / "run-3")
    (runs.parent / "secret").write_text("swordfish")
    with serving(runs) as browser:
        yield Planted(browser, TestClient(browser.client.app, base_url=ORIGIN), runs)


@pytest.mark.parametrize("page", SEEN_PAGES)
@pytest.mark.parametrize("run", range(4))
def test_a_stored_payload_stands_in_a_page_as_text_alone(planted: Planted, run: int, page: str) -> None:
    answer = planted.browser.get(f"/runs/run-{run}{page}")

    assert_answered(answer, 200)
    assert "zzmark" in answer.text


@pytest.mark.parametrize("run", REPORTED)
def test_a_stored_payload_stands_in_a_report_as_text_alone(planted: Planted, run: int) -> None:
    page = planted.browser.get(f"/runs/run-{run}/report")

    assert_answered(page, 200)
    assert page.text.count("zzmark") > 100


@pytest.mark.slow
@pytest.mark.parametrize("run", range(4))
def test_a_report_as_data_is_json_whatever_it_holds(planted: Planted, run: int) -> None:
    assert "zzmark" in json.dumps(planted.api(f"/runs/run-{run}/report"))


def test_template_syntax_is_shown_as_it_is(planted: Planted) -> None:
    assert any("{{7*7}}zzmark" in planted.browser.get(f"/runs/run-{run}/trials").text for run in range(4))


@pytest.mark.parametrize("run", range(4))
def test_every_trial_with_payloads_has_a_page_and_its_json(planted: Planted, run: int) -> None:
    seen: set[str] = set()
    for study in range(20):
        assert_answered(planted.browser.get(f"/runs/run-{run}/trials/{study}/0"), 200)
        seen.add(planted.api(f"/runs/run-{run}/trials/{study}/0")["row"]["task"])

    assert seen == set(PAYLOADS[run::4])


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize("run", range(4))
def test_a_stored_payload_comes_out_of_the_api_as_it_went_in(planted: Planted, run: int, path: str) -> None:
    told = json.dumps(planted.api(f"/runs/run-{run}{path}"))

    assert [payload for payload in PAYLOADS[run::4] if json.dumps(payload)[1:-1] not in told] == []


@pytest.mark.parametrize("path", ["/", "/compare", "/?offset=0&limit=10", "/api/v1/runs"])
def test_lists_of_runs_hold_payloads_as_text(planted: Planted, path: str) -> None:
    assert_answered(planted.browser.get(path), 200)


def test_no_payload_makes_an_event_of_its_own(planted: Planted) -> None:
    text = planted.browser.client.get("/api/v1/runs/run-3/events").text
    events = [dict(line.split(": ", 1) for line in event.split("\n")) for event in text.strip().split("\n\n")]

    assert {event["event"] for event in events} <= {"progress", "failure", "end"}
    assert [event["event"] for event in events].count("end") == 1
    assert "zzmark" in json.dumps([strictly(event["data"]) for event in events])


@pytest.mark.parametrize("run", range(4))
def test_no_cell_of_an_export_begins_like_a_formula(planted: Planted, run: int) -> None:
    text = planted.browser.client.get(f"/api/v1/runs/run-{run}/trials.csv").text
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    wrong = [cell for row in rows for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]

    assert {len(row) for row in rows} == {len(TRIALS)}
    assert len(rows) == 1 + 60
    assert wrong == []
    assert {row[rows[0].index("task")].lstrip("'") for row in rows[1:]} == {p.lstrip("'") for p in PAYLOADS[run::4]}


@pytest.mark.parametrize("run", range(4))
def test_exports_for_programs_hold_payloads_unchanged(planted: Planted, run: int) -> None:
    get = planted.browser.client.get
    parquet = pq.read_table(io.BytesIO(get(f"/api/v1/runs/run-{run}/trials.parquet").content))
    arrow = pa.ipc.open_stream(get(f"/api/v1/runs/run-{run}/trials.arrow").content).read_all()

    assert set(parquet["task"].to_pylist()) == set(arrow["task"].to_pylist()) == set(PAYLOADS[run::4])


@pytest.mark.parametrize("path", ASKED)
def test_a_payload_in_a_query_is_an_answer_or_one_line(planted: Planted, path: str) -> None:
    for name in ASKED[path]:
        for payload in PAYLOADS:
            assert_answered(planted.browser.get(f"{path}?{name}={quote(payload, safe='')}"))


@pytest.mark.parametrize("path", [*BELOW, *(f"/api/v1{path}" for path in BELOW_API)])
def test_a_payload_in_a_path_leads_nowhere(planted: Planted, path: str) -> None:
    for payload in [*PAYLOADS, "../../secret", "..", ".service", ".service/token", "run-0/../../secret"]:
        for written in (quote(payload, safe=""), quote(payload, safe="").replace(".", "%2e"), quote(payload)):
            assert_answered(planted.raw(path.format(written)), 400, 404, 414, 422)


def test_a_payload_in_a_form_stays_in_it_as_text(planted: Planted) -> None:
    for name in FORM:
        for payload in PAYLOADS:
            fields = {"strategy": "random", "task": "branin", "seeds": "1", "trials": "2", name: payload}
            assert_answered(planted.browser.post("/new", way=WAYS.get(name, "own"), **fields))


def test_a_payload_cannot_be_steered(planted: Planted) -> None:
    for path in STEERED:
        for payload in PAYLOADS:
            assert_answered(planted.browser.post(path.format(quote(payload, safe=""))), 400, 404, 414)


def suites_with(payload: str) -> dict[str, dict[str, Any]]:
    """A suite for each place of one; some of them are in order, most are not."""
    whole = {"name": "mine", "seeds": 1, "budget": {"trials": 2}, "strategies": ["random"], "tasks": ["branin"]}
    return {
        "name": whole | {"name": payload},
        "description": whole | {"description": payload},
        "unknown key": whole | {payload: payload},
        "strategy": whole | {"strategies": [payload]},
        "task": whole | {"tasks": [payload]},
        "label": whole | {"strategies": [{"name": "random", "label": payload}]},
        "option": whole | {"tasks": [{"name": "branin", "options": {payload: payload}}]},
        "modifier": whole | {"tasks": [{"name": "branin", "modifiers": [payload]}]},
        "starting point": whole | {"tasks": [{"name": "branin", "starting_points": [{payload: payload}]}]},
        "transfer": whole | {"tasks": [{"name": "branin", "transfer": {"run": payload}}]},
    }


@pytest.mark.parametrize("place", suites_with(""))
@pytest.mark.parametrize("asked", ["plans", "runs"])
def test_a_payload_in_a_suite_is_taken_as_text_or_refused(planted: Planted, asked: str, place: str) -> None:
    bodies = [json.dumps({"suite": suites_with(payload)[place]}) for payload in PAYLOADS]
    bodies += [json.dumps({"suite": suites_with("?!")[place]}).replace("?!", wrong) for wrong in SURROGATES]
    for body in bodies:
        assert_answered(planted.send(asked, body.encode()), 200, 201, 400, 404, 409, 422)


def test_a_payload_as_the_whole_body_or_in_a_header_is_refused(planted: Planted) -> None:
    for payload in PAYLOADS:
        assert_answered(planted.send("runs", payload.encode()), 400, 422)
        assert_answered(planted.send("runs", payload.encode(), kind="application/toml"), 400, 422)
        assert_answered(planted.send("runs", b'{"suite":"' + payload.encode("utf-16") + b'"}'), 400)
        assert_answered(planted.send("runs", b"{}", key=payload.encode()), 400, 422, 431)
        assert_answered(planted.send("remote-strategies", json.dumps({"name": payload}).encode()), 201, 422)


def test_after_all_of_it_nothing_lies_where_it_should_not(planted: Planted) -> None:
    test_a_payload_in_a_suite_is_taken_as_text_or_refused(planted, "runs", "name")

    assert sorted(path.name for path in planted.runs.parent.iterdir()) == ["runs", "secret"]
    assert {path.name for path in planted.runs.iterdir()} == {".service", *(f"run-{number}" for number in range(4))}
    assert_answered(planted.browser.get("/"), 200)
