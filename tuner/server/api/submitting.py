"""Submitting a suite, and looking first at what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..bodies import content_type_of, json_body
from ..facade import Facade
from ..run_views import PlanPreview, RunSummary
from ..suite_requests import SuiteRequest
from .answers import PREFIX, problems

router = APIRouter(
    prefix=PREFIX,
    tags=["submitting"],
    responses=problems(
        _400="The body is no JSON or no UTF-8.",
        _404="No suite of this name is installed.",
        _409="The idempotency key came before, with another request.",
        _415="The body is neither application/json nor application/toml.",
        _429="Too many requests, or as many runs wait as may; Retry-After says when to come back.",
        _503="The catalogue is not there yet, planning took too long, or too many plans wait already.",
    ),
)
TOML: Final = "application/toml"
_MOST_WORKERS: Final = 1024
_EXAMPLE: Final[dict[str, JsonValue]] = {"suite": "quick", "seeds": 2, "trials": 20, "strategies": ["random", "tpe"]}
_TOML_EXAMPLE: Final = (
    'name = "mine"\nseeds = 5\nbudget = { trials = 30 }\nstrategies = ["random", "tpe"]\ntasks = ["branin"]\n'
)


class RunRequest(BaseModel):
    """A suite to run: an installed one by its name or one of your own, with changes."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, json_schema_extra={"examples": [_EXAMPLE]})

    suite: Annotated[str, Field(min_length=1, max_length=64)] | dict[str, Any]
    """The name of an installed suite, or a suite as an object: see /suites/schema."""
    seeds: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many, in place of the suite's."""
    trials: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """Of each study, on every task, in place of the suite's."""
    strategies: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=200)] | None = None
    """Registered names, in place of the suite's."""
    workers: Annotated[int, Field(ge=1, le=_MOST_WORKERS)] | None = None
    """Worker processes; null for one a core. Changes nothing of the results."""

    def to_suite_request(self) -> SuiteRequest:
        """What the facade takes."""
        chosen = None if self.strategies is None else tuple(self.strategies)
        return SuiteRequest(self.suite, self.seeds, self.trials, chosen)


@dataclass(frozen=True, slots=True)
class Asked:
    """A body as it came: a suite as TOML, or a request that has yet to be composed."""

    toml: str | None
    request: RunRequest | None

    def compose(self, service: Facade) -> str:
        """The suite as TOML; raises what `Service.compose` raises."""
        return service.compose(self.request.to_suite_request()) if self.request else self.toml or ""


async def asked_of(request: Request) -> Asked:
    """The body of a request, as JSON or as TOML."""
    if content_type_of(request) == TOML:
        try:
            return Asked((await request.body()).decode("utf-8"), None)
        except UnicodeDecodeError:
            raise HTTPException(400, "the suite is not text in UTF-8") from None
    if content_type_of(request) != "application/json":
        raise HTTPException(415, f"the body is application/json or {TOML}")
    body = await json_body(request)
    try:
        return Asked(None, RunRequest.model_validate(body, strict=True))
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(told) from None


Body = Annotated[Asked, Depends(asked_of)]
_DOCUMENTED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": RunRequest.model_json_schema()},
            TOML: {"schema": {"type": "string"}, "example": _TOML_EXAMPLE},
        },
    }
}
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Any text of one's own: the same request with the same key makes one run, however often it comes.",
    ),
]


@router.post("/plans", summary="Look at what a suite comes to", operation_id="planSuite", openapi_extra=_DOCUMENTED)
def plan_suite(service: Facade, asked: Body) -> PlanPreview:
    """Check the suite and count its studies and trials; nothing is stored, and nothing runs."""
    return service.plan(asked.compose(service))


@router.post(
    "/runs",
    status_code=201,
    summary="Submit a suite",
    operation_id="submitRun",
    openapi_extra=_DOCUMENTED,
    responses={
        200: {"description": "The idempotency key came before: the run that it made.", "model": RunSummary},
        201: {"headers": {"Location": {"description": "Path of the run.", "schema": {"type": "string"}}}},
    },
)
def submit_run(
    response: Response,
    service: Facade,
    asked: Body,
    key: Key = None,
    workers: Annotated[
        int | None, Query(ge=1, le=_MOST_WORKERS, description="For a suite as TOML: worker processes.")
    ] = None,
) -> RunSummary:
    """Queue a suite; it runs as soon as the runs before it are over. It may name only what is installed."""
    suite = asked.compose(service)
    chosen = asked.request.workers if asked.request else workers
    before = service.submitted(suite, workers=chosen, key=key)
    job = before or service.submit(suite, workers=chosen, key=key)
    response.status_code = 201 if before is None else 200
    response.headers["Location"] = f"{PREFIX}/runs/{job.run}"
    return service.summary(job.run)
