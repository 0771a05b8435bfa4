"""What is installed: strategies, tasks with what modifies them, and suites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from results.render.cells import ABSENT

from ..cards import TaskCard
from ..facade import Facade
from .templating import page
from .trial_pages import shown
from .wording import value

router: Final = APIRouter(include_in_schema=False)


@router.get("/strategies")
def strategies(request: Request, service: Facade) -> Response:
    """Every strategy in a line."""
    return page(request, "strategies", strategies=service.strategies())


@router.get("/strategies/{name}")
def strategy(request: Request, service: Facade, name: str) -> Response:
    """All that is known of one."""
    return page(request, "strategy", card=service.strategy(name))


@router.get("/tasks")
def tasks(request: Request, service: Facade) -> Response:
    """Every task in a line, and every modifier."""
    return page(request, "tasks", tasks=service.tasks(), modifiers=service.modifiers())


@router.get("/tasks/{name}")
def task(request: Request, service: Facade, name: str) -> Response:
    """All that is known of one."""
    card = service.task(name)
    return page(request, "task", card=card, parameters=parameters_of(card), **shown(card.pictures))


@router.get("/suites")
def suites(request: Request, service: Facade) -> Response:
    """Every suite in a line."""
    return page(request, "suites", suites=service.suites())


@router.get("/suites/{name}")
def suite(request: Request, service: Facade, name: str) -> Response:
    """All that is known of one."""
    return page(request, "suite", card=service.suite(name))


def parameters_of(card: TaskCard) -> list[dict[str, str]]:
    """The space as rows of texts: name, kind, range, default and when it is active."""
    space: Mapping[str, Any] = card.space or {}
    conditions = {one["parameter"]: one for one in space.get("conditions", ())}
    return [
        {
            "name": name,
            "kind": f"{found['kind']}{', ordered' if found.get('ordered') else ''}",
            "range": _range(found),
            "default": value(found.get("default")),
            "active": _active(conditions.get(name)),
        }
        for name, found in space.get("parameters", {}).items()
    ]


def _range(found: Mapping[str, Any]) -> str:
    if "choices" in found:
        return ", ".join(map(value, found["choices"]))
    return f"{value(found['low'])} to {value(found['high'])}{', logarithmic' if found.get('log') else ''}"


def _active(condition: Mapping[str, Any] | None) -> str:
    if condition is None:
        return ABSENT
    return f"where {condition['parent']} is {' or '.join(map(value, condition['values']))}"
