"""Modifiers: tasks that wrap a task and make it noisier, stranger or harder."""

from __future__ import annotations

from .anonymous import Anonymous
from .delayed import Delayed
from .discretised import Discretised
from .failing import Failing
from .noisy import Noisy
from .permuted import Permuted
from .shifted import Shifted

__all__ = ["Anonymous", "Delayed", "Discretised", "Failing", "Noisy", "Permuted", "Shifted"]
