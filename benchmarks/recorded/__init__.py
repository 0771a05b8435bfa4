"""Tables of recorded evaluations as tasks."""

from .task import RecordedTable

__all__ = ["RecordedTable"]
