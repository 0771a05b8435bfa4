"""The API: one router a file, everything under /api/v1 and in JSON."""

from __future__ import annotations

from typing import Any, Final

from .bin import router as bin_router
from .event_stream import router as event_router
from .exchange import router as exchange_router
from .health import router as health_router
from .installed import router as installed_router
from .remote import router as remote_router
from .reports import router as report_router
from .runs import router as run_router
from .submitting import router as submitting_router
from .trials import router as trial_router
from .work import router as work_router

routers = (
    submitting_router,
    run_router,
    event_router,
    trial_router,
    report_router,
    bin_router,
    installed_router,
    remote_router,
    exchange_router,
    work_router,
    health_router,
)
"""In the order in which they are documented."""
TAGS: Final[list[dict[str, Any]]] = [
    {
        "name": "submitting",
        "x-title": "Submitting",
        "description": "A suite becomes a run; before that one can see what it comes to.",
    },
    {"name": "runs", "x-title": "Runs", "description": "Listed, told of, steered, and moved to the bin."},
    {"name": "trials", "x-title": "Trials", "description": "One by one, filtered, or all of a run as a file."},
    {"name": "reports", "x-title": "Reports", "description": "Made of what is stored when they are first asked for."},
    {
        "name": "installed",
        "x-title": "What is installed",
        "description": "Strategies, tasks, modifiers and suites that a run may name.",
    },
    {
        "name": "remote",
        "x-title": "Remote strategies and tasks",
        "description": "What clients answer for: they fetch questions, and send answers.",
    },
    {
        "name": "work",
        "x-title": "Runners on other machines",
        "description": "How a runner takes jobs and stores what comes out. Not meant for people.",
    },
    {"name": "service", "x-title": "The service", "description": "Whether it works."},
]
"""What the API is about, part by part; people read the title, programs the name."""
