"""What is installed: strategies, tasks, modifiers and suites."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from ..cards import ModifierCard, StrategyCard, SuiteCard, TaskCard
from ..facade import Facade
from ..kept_answers import keep_while_same
from ..listing_page import page_of
from .answers import PREFIX, Limit, Listing, Offset, StrategyName, SuiteName, TaskName, listing, problems

router = APIRouter(
    prefix=PREFIX,
    tags=["installed"],
    responses=problems(_503="The catalogue is being made for the first time: try again in a few seconds."),
)
_UNKNOWN = problems(_404="Nothing of this name is installed.")


@router.get("/strategies", summary="List the search strategies", operation_id="listStrategies")
async def list_strategies(
    request: Request, service: Facade, offset: Offset = 0, limit: Limit = 100
) -> Listing[StrategyCard]:
    """Every installed strategy by name, with its options as data. Broken ones are listed, with their errors."""
    keep_while_same(service.stamps.of_catalogue)
    return listing(request, page_of(service.strategies(), offset, limit))


@router.get("/strategies/{name}", summary="Tell of one strategy", operation_id="getStrategy", responses=_UNKNOWN)
async def get_strategy(service: Facade, name: StrategyName) -> StrategyCard:
    """What it does, which problems it supports, and its options."""
    return service.strategy(name)


@router.get("/tasks", summary="List the tasks", operation_id="listTasks")
async def list_tasks(request: Request, service: Facade, offset: Offset = 0, limit: Limit = 100) -> Listing[TaskCard]:
    """Every installed task by name, with its search space and objectives as they are with default options."""
    keep_while_same(service.stamps.of_catalogue)
    return listing(request, page_of(service.tasks(), offset, limit))


@router.get("/tasks/{name}", summary="Tell of one task", operation_id="getTask", responses=_UNKNOWN)
async def get_task(service: Facade, name: TaskName) -> TaskCard:
    """What it measures on which data, at what cost, its search space, and its options."""
    return service.task(name)


@router.get("/modifiers", summary="List the modifiers", operation_id="listModifiers")
async def list_modifiers(
    request: Request, service: Facade, offset: Offset = 0, limit: Limit = 100
) -> Listing[ModifierCard]:
    """What can change a task: add noise, failures, delays, and more."""
    keep_while_same(service.stamps.of_catalogue)
    return listing(request, page_of(service.modifiers(), offset, limit))


@router.get("/suites", summary="List the suites", operation_id="listSuites")
async def list_suites(request: Request, service: Facade, offset: Offset = 0, limit: Limit = 100) -> Listing[SuiteCard]:
    """Every installed suite by name: strategies and tasks that meet each other, as TOML."""
    keep_while_same(service.stamps.of_catalogue)
    return listing(request, page_of(service.suites(), offset, limit))


@router.get("/suites/schema", summary="The JSON schema of a suite", operation_id="getSuiteSchema")
async def get_suite_schema(service: Facade) -> dict[str, Any]:
    """What a suite may say, for editors and for those who write one by program."""
    return service.suite_schema()


@router.get("/suites/{name}", summary="Tell of one suite", operation_id="getSuite", responses=_UNKNOWN)
async def get_suite(service: Facade, name: SuiteName) -> SuiteCard:
    """Its tasks and strategies, and the TOML to start one's own from."""
    return service.suite(name)
