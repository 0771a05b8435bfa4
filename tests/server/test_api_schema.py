"""The API does what it documents, whatever is sent to it: requests generated from its schema, right and wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from example_store import write_example_run
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method
from service_under_test import make_service

from tuner.server.app import create_app
from tuner.server.guard import Guard
from tuner.server.service import Service
from tuner.server.settings import Limits, ServerSettings

TAGS = ["submitting", "runs", "trials", "reports", "installed", "service"]
REFUSALS = ["400", "401", "403", "404", "405", "409", "413", "414", "415", "422", "431"]
URL = "http://127.0.0.1:8321"
EXCLUDED = [
    positive_data_acceptance,  # a suite, a label and a run's name have rules that no schema can say
    unsupported_method,  # the guard answers methods that nothing here has before the router sees them
]


@dataclass
class Whole:
    """The whole service, what it documents, and what it has answered."""

    guard: Guard
    headers: dict[str, str]
    schema: BaseSchema
    service: Service
    answered: Counter[int] = field(default_factory=Counter)

    def send(self, case: Case[Any]) -> None:
        answer = case.call_and_validate(base_url=URL, headers=self.headers, excluded_checks=EXCLUDED)
        assert answer.status_code < 500
        assert str(self.service.folder.runs).encode() not in answer.content
        self.answered[answer.status_code] += 1
        if answer.status_code == 204:  # deleted: the next requests find it again
            self.service.restore("example")

    def ask(self, count: int) -> None:
        """Send so many generated requests to each route, some of them to things that are there."""
        for found in self.schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
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
                known = {"run": "example", "name": "branin", "study": 0, "trial": 0}
                if is_known and not case.meta.generation.mode.is_negative:  # type: ignore[union-attr]  # it is there
                    case.path_parameters = {name: known.get(name, "x") for name in case.path_parameters}
                self.send(case)

            send()


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    write_example_run(tmp_path / "example", trials=4, seeds=2)
    generous = Limits(requests_per_second=1e6, failures_per_minute=1e6, event_streams=10_000)
    options = ServerSettings(runs=tmp_path, limits=generous, names=("localhost",))
    service = make_service(tmp_path)
    guard = create_app(options, service)
    headers = {"Authorization": f"Bearer {service.folder.token.read_text().strip()}"}
    config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
    place = {**headers, "Host": URL[7:]}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", guard, config=config, headers=place)
    yield Whole(guard, headers, schema.include(tag=TAGS), service)
    service.close()
    service.queue.close()


def test_generated_requests_are_answered_as_documented(whole: Whole) -> None:
    whole.ask(4)

    assert sum(whole.answered.values()) > 100
    assert whole.answered[200] > 10


@pytest.mark.slow
def test_3000_generated_requests_are_answered_as_documented(whole: Whole) -> None:
    whole.ask(110)

    assert sum(whole.answered.values()) > 3000
