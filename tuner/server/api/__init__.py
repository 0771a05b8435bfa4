"""The API: one router a file, everything under /api/v1 and in JSON."""

from __future__ import annotations

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
    health_router,
)
"""In the order in which they are documented."""
