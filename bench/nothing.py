"""A task that costs nothing, so that what is left is the engine's own time."""
# ruff: noqa: INP001  loaded by its path, as a user's plug-in is

from __future__ import annotations

from dataclasses import dataclass

from tuner import Float, Measurement, Objective, Problem, SearchSpace, Task, Trial


@dataclass(frozen=True)
class Nothing(Task):
    """The same value everywhere on the unit square."""

    @property
    def problem(self) -> Problem:
        """Minimise `value` over two floats."""
        return Problem(SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)}), (Objective("value"),))

    def evaluate(self, trial: Trial) -> Measurement:  # noqa: ARG002  all trials are alike
        """A constant."""
        return Measurement({"value": 0.5})
