"""The API does what it documents, whatever is sent to it: requests generated from its schema, right and wrong.

Every check of schemathesis is made, of all routes, but for these:

- that what the schema allows is accepted, of `RULES_OF_THEIR_OWN` alone: these refuse by rules that no schema can say;
- that OPTIONS tells the methods of a path: the guard answers it, for all paths alike, before it knows who asks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from example_store import write_example_run
from guarded_app import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import allow_header_conformance, positive_data_acceptance
from service_under_test import make_service

from tuner.server.app import create_app
from tuner.server.guard import Guard
from tuner.server.service import Service
from tuner.server.settings import Limits, ServerSettings

REFUSALS = ["400", "401", "403", "404", "405", "409", "413", "414", "415", "422", "431"]
RULES_OF_THEIR_OWN = {
    "planSuite": "a suite names what is installed, and its parts have to fit each other",
    "submitRun": "likewise",
    "openRemoteTask": "a space is checked as a whole",
    "answerQuestionOfStrategy": "an answer is in words of the program protocol",
    "answerQuestionOfTask": "likewise",
    "askRemote": "a question is in words of the program protocol",
    "claimJob": "a runner is of the version of the service",
    "renewLease": "a count is written without a decimal point, and a schema's 3.0 is an integer",
    "readRunFile": "a path is that of a file that runs have",
    "writeRunFile": "likewise",
}
URL = "http://127.0.0.1:8321"
API = "/api/v1"
SLOWEST_SECONDS = 120
TALK = "c" * 32
QUESTION = '{"type":"start"}\n{"type":"ask","count":1}'
BROUGHT: dict[str, dict[str, Any]] = {
    "remote-strategies": {"name": "mine"},
    "remote-tasks": {
        "name": "mine",
        "space": {"parameters": {"x": {"kind": "Float", "low": 0.0, "high": 1.0}}},
        "objectives": [{"name": "error", "goal": "minimize"}],
    },
}


@schemathesis.serializer("application/toml")
def write_toml(_context: object, value: object) -> bytes:
    """A body of a type that schemathesis knows nothing of: it is sent as it was made."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@dataclass
class Whole:
    """The whole service, what it documents, and what it has answered."""

    guard: Guard
    token: str
    schema: BaseSchema
    service: Service
    sessions: dict[str, str] = field(default_factory=dict)
    """By collection the session that is open there, with a question in it."""
    answered: Counter[int] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    """The operations that have answered with success."""

    def post(self, path: str, body: dict[str, Any]) -> str:
        sent = [("content-type", "application/json")]
        return (
            Client(self.guard)
            .ask(f"{API}/{path}", "POST", token=self.token, headers=sent, body=json.dumps(body).encode())
            .text
        )

    def bring(self) -> None:
        """A session of each kind, if there is none, with a question that waits."""
        for collection, body in BROUGHT.items():
            if collection not in self.sessions:
                self.sessions[collection] = json.loads(self.post(collection, body))["id"]
                self.post(f"exchange/{self.sessions[collection]}/{TALK}/0", {"text": QUESTION})

    def send(self, case: Case[Any]) -> None:
        without_waiting(case)
        name = str(case.operation.definition.raw["operationId"])
        left_out: list[Callable[..., Any]] = [allow_header_conformance]
        left_out += [positive_data_acceptance] if name in RULES_OF_THEIR_OWN else []
        answer = case.call_and_validate(
            base_url=URL,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=SLOWEST_SECONDS,
            excluded_checks=left_out,
        )
        assert answer.status_code < 500
        assert str(self.service.folder.runs).encode() not in answer.content
        self.answered[answer.status_code] += 1
        if answer.status_code < 300:
            self.seen.add(name)
            self.put_back(name, case)

    def put_back(self, name: str, case: Case[Any]) -> None:
        """What was there and was deleted is there again for the next request."""
        if name == "deleteRun" and case.path_parameters["run"] == "example":
            self.service.restore("example")
        elif name in {"endRemoteStrategy", "endRemoteTask"}:
            self.sessions.pop("remote-strategies" if name == "endRemoteStrategy" else "remote-tasks")
            self.bring()

    def operations(self) -> Iterator[APIOperation[Any, Any, Any, Any]]:
        for found in self.schema.get_all_operations():
            assert isinstance(found, Ok)
            yield found.ok()

    def name_what_is_there(self, case: Case[Any]) -> None:
        """Let the case be about the run, the session or the plug-in that there is."""
        collection = case.path.removeprefix(f"{API}/").partition("/")[0]
        known = {
            "run": "example",
            "name": {"strategies": "random", "suites": "quick"}.get(collection, "branin"),
            "study": 0,
            "trial": 0,
            "session": self.sessions.get(collection, self.sessions["remote-strategies"]),
            "conversation": TALK,
            "number": 0,
            "path": "run.json",
        }
        case.path_parameters = {name: known[name] for name in case.path_parameters}

    def ask(self, count: int) -> None:
        """Send so many generated requests to each route, some of them to things that are there."""
        for operation in self.operations():
            right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
            wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

            @seed(7)
            @settings(
                max_examples=count,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=right | wrong, is_known=st.booleans())
            def send(case: Case[Any], is_known: bool) -> None:  # noqa: FBT001  hypothesis names its arguments
                assert case.meta is not None
                if is_known and not case.meta.generation.mode.is_negative:
                    self.name_what_is_there(case)
                self.send(case)

            send()

    def cover(self) -> None:
        """Send each route what its schema's bounds, examples and missing methods give rise to."""
        for operation in self.operations():
            cases = self.schema.iter_coverage_cases(
                operation,
                generation_modes=list(GenerationMode),
                generation_config=self.schema.config.generation_for(operation=operation, phase="coverage"),
            )
            for case in cases:
                self.send(case)


def without_waiting(case: Case[Any]) -> None:
    """A right request for a long poll asks for the answer at once."""
    assert case.meta is not None
    if case.meta.generation.mode.is_negative:
        return
    for place in (case.query, case.body):
        if isinstance(place, dict) and "wait" in place:
            place["wait"] = 0


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    write_example_run(tmp_path / "example", trials=4, seeds=2)
    generous = Limits(requests_per_second=1e6, failures_per_minute=1e6, event_streams=10_000)
    options = ServerSettings(runs=tmp_path, limits=generous, names=("localhost",))
    service = make_service(tmp_path)
    guard = create_app(options, service)
    token = service.folder.token.read_text().strip()
    config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
    place = {"Authorization": f"Bearer {token}", "Host": URL[7:]}
    schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", guard, config=config, headers=place)
    made = Whole(guard, token, schema, service)
    made.bring()
    yield made
    service.close()
    service.queue.close()
    guard.sessions.close()


def test_generated_requests_are_answered_as_documented(whole: Whole) -> None:
    whole.ask(4)

    assert sum(whole.answered.values()) > 200
    assert whole.answered[200] > 10


@pytest.mark.slow
def test_3000_generated_requests_are_answered_as_documented(whole: Whole) -> None:
    whole.ask(110)

    assert sum(whole.answered.values()) > 3000
    assert {"getRemoteStrategy", "getQuestionsOfTask", "openRemoteStrategy", "endRemoteTask"} <= whole.seen


@pytest.mark.slow
def test_the_bounds_of_every_parameter_and_methods_that_a_path_has_not_are_answered_as_documented(
    whole: Whole,
) -> None:
    whole.cover()

    assert sum(whole.answered.values()) > 1000
    assert whole.answered[405] > 30


def test_what_has_rules_of_its_own_is_there(whole: Whole) -> None:
    names = {operation.definition.raw["operationId"] for operation in whole.operations()}

    assert set(RULES_OF_THEIR_OWN) <= names
