"""Stored runs whose trials are what a function makes of random configurations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from example_store import write_example_run
from stored_rows import change_rows

from tuner import SearchSpace

Loss = Callable[[Mapping[str, Any]], float]


def write_trials_of(folder: Path, space: SearchSpace, loss: Loss, **changes: Any) -> Path:
    """A run of random configurations of the space, other ones for each study, with the losses that the function says.

    The tasks minimise; by default there is one, with one strategy and two seeds of 100 trials.
    """
    made: dict[str, Any] = {"tasks": ("one",), "strategies": ("random",), "seeds": 2, "trials": 100, "failures": 0.0}
    run = write_example_run(folder, **(made | changes))

    def trial(row: dict[str, Any]) -> dict[str, Any]:
        rng = np.random.default_rng([row["study"], row["trial"]])
        configuration = dict(space.sample(rng))
        value = loss(configuration)
        return {"configuration": json.dumps(configuration, sort_keys=True), "losses": [value], "value": value}

    return change_rows(run, trial=trial, study=lambda _: {"space": space.to_json(), "goals": ["minimize"]})
