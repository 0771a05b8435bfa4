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

often: Final[tuple[APIRouter, ...]] = (assets.router, runs_page.router, run_pages.router, trial_pages.router)
"""What browsers ask for most, over and over while they watch a run."""
routers: Final[tuple[APIRouter, ...]] = (
    new_run.router,
    steering.router,
    reports.router,
    comparing.router,
    catalogue_pages.router,
    bin_page.router,
    help_page.router,
    api_page.router,
)
"""The others; no page has a path that a run could have."""

__all__ = ["error_page", "often", "routers"]
