"""A quadratic whose trial 3 of seed 1 goes wrong in the way that FAULT names; the tests fill it in."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from tuner import Float, Measurement, Objective, Problem, SearchSpace, Task, TaskCard, Trial

FAULT = "none"
DATA_SEED = 0


@dataclass(frozen=True)
class Faulty(Task):
    card = TaskCard("a quadratic with one bad trial")

    @property
    def problem(self) -> Problem:
        return Problem(SearchSpace({"x": Float(-1, 1), "y": Float(-1, 1)}), (Objective("value"),))

    def evaluate(self, trial: Trial) -> Measurement:
        x, y = (trial.configuration.number(name) for name in ("x", "y"))
        value = (x - 0.3) ** 2 + (y + 0.2) ** 2
        if trial.id == 3 and trial.data_seed == DATA_SEED:
            value = misbehave(value)
        held_out = {"value": value}
        name = "other" if value == -1.0 else "value"
        return Measurement({name: value}, held_out)


def misbehave(value: float) -> float:
    if FAULT == "raise":
        raise ValueError("two\nlines")
    if FAULT == "hang":
        time.sleep(100)
    if FAULT == "stuck":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(100)
    if FAULT == "die":
        os._exit(3)
    if FAULT == "exit":
        raise SystemExit(3)
    if FAULT == "memory":
        hoard = []
        while True:
            hoard.append(bytearray(2**24))
    return {"nan": float("nan"), "infinity": float("inf"), "keys": -1.0}.get(FAULT, value)
