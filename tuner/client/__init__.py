"""The service from Python: submit suites, watch runs, and answer for strategies and tasks of one's own."""

from __future__ import annotations

from .connection import ServiceError
from .remote_run import RemoteRun
from .service import Service

__all__ = ["RemoteRun", "Service", "ServiceError"]
