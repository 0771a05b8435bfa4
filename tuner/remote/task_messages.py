"""What is said to whoever answers for a remote task, and what the answers mean."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from ..configuration import Configuration
from ..errors import one_line
from ..space import SearchSpace
from ..trial import Failure, FailureKind, Measurement, Outcome, Proposal, Trial

_GROUPS: Final = ("values", "held_out", "extras")
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def evaluate_message(trial: Trial, space: SearchSpace) -> str:
    """The line that a measurement is due to: the configuration, and all luck that the trial may have.

    Seeds are below 2**31, as in the program protocol; `whole_seed` and `whole_data_seed` have all digits, as text.
    """
    return _encode(
        {
            "type": "evaluate",
            "configuration": dict(trial.configuration),
            "unit": space.to_unit(trial.configuration).tolist(),
            "fidelity": trial.proposal.fidelity,
            "seed": trial.seed % 2**31,
            "data_seed": trial.data_seed % 2**31,
            "whole_seed": str(trial.seed),
            "whole_data_seed": str(trial.data_seed),
        }
    )


def trial_of(message: Mapping[str, Any]) -> Trial:
    """The trial that such a message describes; its place in the study is not told."""
    proposal = Proposal(Configuration(message["configuration"]), message["fidelity"])
    return Trial(0, proposal, int(message["whole_seed"]), int(message["whole_data_seed"]))


def answer_of(outcome: Outcome) -> dict[str, Any]:
    """The answer that tells an outcome."""
    if isinstance(outcome, Failure):
        return {"failure": {"kind": str(outcome.kind), "message": outcome.message}, "seconds": outcome.seconds}
    groups = {name: {k: float(v) for k, v in getattr(outcome, name).items()} for name in _GROUPS}
    return {**groups, "seconds": outcome.seconds}


def wrong_with(answer: object) -> str | None:
    """What keeps an answer from being an outcome, in a few words; None for nothing."""
    if not isinstance(answer, dict) or ("values" in answer) == ("failure" in answer):
        return "an answer holds values or a failure"
    if not set(answer) <= {*_GROUPS, "failure", "seconds"}:
        return "an answer holds values (and perhaps held_out, extras) or a failure, and perhaps seconds"
    seconds = answer.get("seconds")
    if seconds is not None and not (_is_number(seconds) and 0 <= seconds < math.inf):
        return f"seconds is a number from 0, or null, not {seconds!r:.80}"
    return _wrong_failure(answer["failure"]) if "failure" in answer else _wrong_values(answer)


def outcome_of(answer: object) -> Outcome:
    """The outcome that an answer tells."""
    wrong = wrong_with(answer)
    if wrong is not None or not isinstance(answer, dict):
        return Failure(FailureKind.INVALID, one_line(f"the answer is none: {wrong}"))
    seconds = None if answer.get("seconds") is None else float(answer["seconds"])
    if "failure" in answer:
        told = answer["failure"]
        return Failure(FailureKind(told["kind"]), one_line(told["message"]), seconds)
    values, held_out, extras = ({k: float(v) for k, v in answer.get(name, {}).items()} for name in _GROUPS)
    return Measurement(values, held_out, seconds, extras)


def _wrong_failure(failure: object) -> str | None:
    kinds = [str(kind) for kind in FailureKind]
    if not isinstance(failure, dict) or set(failure) != {"kind", "message"}:
        return "a failure holds a kind and a message"
    if failure["kind"] not in kinds or not isinstance(failure["message"], str):
        return f"the kind of a failure is one of {', '.join(kinds)}, and its message a text"
    return None


def _wrong_values(answer: Mapping[str, Any]) -> str | None:
    for name in _GROUPS:
        group = answer.get(name, {})
        if not isinstance(group, dict) or not all(_is_number(value) for value in group.values()):
            return f"{name} is an object with a number for each name, not {group!r:.80}"
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308
