"""What Ray Tune reports of a trial, as the outcome that a strategy is told."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ray.tune.utils import flatten_dict

from ...errors import InvalidOption
from ...problem import Objective
from ...trial import Failure, FailureKind, Measurement


def objective_of(metric: str, mode: str) -> Objective:
    """The objective that a metric and a mode of Tune stand for."""
    if not isinstance(metric, str) or not isinstance(mode, str) or mode not in {"min", "max"}:
        raise InvalidOption(f"a search has one metric and the mode 'min' or 'max', not {metric!r} and {mode!r}")
    return Objective(metric, "minimize" if mode == "min" else "maximize")


def outcome_of(result: Mapping[str, object] | None, objective: Objective, *, error: bool) -> Measurement | Failure:
    """The last reported value of the objective, or why there is none."""
    if error:
        return Failure(FailureKind.ERROR, "the trial raised an error")
    if not result:
        return Failure(FailureKind.ERROR, "the trial ended without a result")
    reported = flatten_dict(dict(result))
    if objective.name not in reported:
        return Failure(FailureKind.INVALID, f"the result has no {objective.name!r}")
    value = _number(reported[objective.name])
    if not math.isfinite(value):
        return Failure(FailureKind.INVALID, f"{objective.name} = {reported[objective.name]!r:.80} is no finite number")
    return Measurement({objective.name: value})


def _number(value: object) -> float:
    """The value as a plain float; not a number where it is none."""
    try:
        return float(value)  # type: ignore[arg-type]  # anything may be reported
    except (TypeError, ValueError, OverflowError):
        return math.nan
