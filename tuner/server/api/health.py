"""Whether the service works."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ..facade import Facade
from .answers import PREFIX, problems

router = APIRouter(prefix=PREFIX, tags=["service"], responses=problems())


class Health(BaseModel):
    """The parts that others rely on."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    status: str
    """`ok`."""
    catalogue: bool
    """Whether what is installed can be listed; soon after the first start."""
    queued: int
    """Runs that wait."""
    running: int
    """Runs that are worked on."""


@router.get("/health", summary="Whether the service works", operation_id="getHealth")
def get_health(service: Facade) -> Health:
    """For monitors: answers at once."""
    return Health.model_validate(service.health())
