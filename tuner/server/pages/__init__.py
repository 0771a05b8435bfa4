"""The service in a browser: pages that work without script, and move with it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from . import (
    api_page,
    assets,
    bin_page,
    catalogue_pages,
    comparing,
    help_page,
    new_run,
    reports,
    run_pages,
    runs_page,
    steering,
    trial_pages,
)
from .templating import error_page

routers: Final[tuple[APIRouter, ...]] = (
    assets.router,
    runs_page.router,
    new_run.router,
    run_pages.router,
    steering.router,
    reports.router,
    trial_pages.router,
    comparing.router,
    catalogue_pages.router,
    bin_page.router,
    help_page.router,
    api_page.router,
)
"""In the order in which paths are looked up; no page has a path that a run could have."""

__all__ = ["error_page", "routers"]
