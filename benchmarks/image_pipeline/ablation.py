"""Leaving out: the same pipeline without one of its steps."""

from __future__ import annotations

from tuner.configuration import Configuration

from .space import SPACE, STEPS

_LEFT_OUT = {**dict.fromkeys(STEPS, "none"), "features": "raw"}
"""The value of a step that is not taken."""


def steps_taken(configuration: Configuration) -> tuple[str, ...]:
    """The steps that the pipeline takes, in their order; `features` among them where they are not raw pixels."""
    return tuple(step for step, nothing in _LEFT_OUT.items() if configuration.text(step) != nothing)


def without(configuration: Configuration, *steps: str) -> Configuration:
    """The configuration with these steps left out, and the parameters that they alone had."""
    return SPACE.restrict({**configuration, **{step: _LEFT_OUT[step] for step in steps}})
