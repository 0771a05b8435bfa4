"""What runners on other machines say, checked."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from .bodies import content_type_of

OWNER: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$"
_LONGEST: Final = 2000
BYTES: Final = "application/octet-stream"


class OwnerRequest(BaseModel):
    """The holder of a job."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_extra={"examples": [{"owner": "node-7-4f1d"}]}
    )

    owner: Annotated[str, Field(pattern=OWNER)]
    """By which name it asks for a job: one that nobody has used before, nor itself for another."""


class ClaimRequest(OwnerRequest):
    """A runner that has nothing to do."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"owner": "node-7-4f1d", "version": "0.1.0"}]})

    version: Annotated[str, Field(max_length=100)]
    """Its tuner-bench, which has to be the service's."""


class RenewRequest(OwnerRequest):
    """A runner that is alive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"owner": "node-7-4f1d", "trials": 120}]})

    trials: Annotated[int, Field(ge=0, le=2**53)]
    """How many of the run's trials the service has."""


class EndRequest(OwnerRequest):
    """A job that is over."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"owner": "node-7-4f1d", "state": "finished", "message": ""}]}
    )

    state: Literal["finished", "failed"]
    message: Annotated[str, Field(max_length=_LONGEST)] = ""
    """Why it failed, in one line."""


class PutBackRequest(OwnerRequest):
    """A job that another runner is to go on with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"owner": "node-7-4f1d", "failure": ""}]})

    failure: Annotated[str, Field(max_length=_LONGEST)] = ""
    """What was wrong with the machine; empty where nothing was, and the job was only to stop."""


async def bytes_body(request: Request) -> bytes:
    """The body as it is: a dependency of handlers; raises an HTTPException 415 for another content type."""
    if content_type_of(request) != BYTES:
        raise HTTPException(415, f"the body must be {BYTES}")
    return await request.body()


DOCUMENTED_BYTES: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
}
