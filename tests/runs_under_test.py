"""Small runs in this process, watched and disturbed."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results.records import DECISIONS
from results.store import Store
from tuner import Suite, run_suite
from tuner.events import Event, Watcher, WaveStored
from tuner.run_folder import RunFolder
from tuner.session import Where
from tuner.shard import ShardRunner

HERE = Where(in_process=True)
STRATEGY = """
from tuner import Proposal, SearchStrategy

class Mine(SearchStrategy):
    def ask(self, count):
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

class Picky(SearchStrategy):
    from tuner import Feature
    supports = Feature.CATEGORICAL
    def ask(self, count):
        return []

class Broken(SearchStrategy):
    def ask(self, count):
        raise ValueError("no \\udc80 idea")
"""
TASK = """
import os
from dataclasses import dataclass
from tuner import Float, Measurement, Objective, Problem, SearchSpace, Task

@dataclass(frozen=True)
class Unprepared(Task):
    @property
    def problem(self):
        return Problem(SearchSpace({"x": Float(0, 1)}), (Objective("loss"),))

    def prepare(self):
        raise FileNotFoundError("no data")

    def evaluate(self, trial):
        self.prepare()

class Exiting(Unprepared):
    def prepare(self):
        raise SystemExit(3)

class Wandering(Unprepared):
    def prepare(self):
        pass

    def evaluate(self, trial):
        os.chdir("/")
        return Measurement({"loss": trial.configuration["x"]})

class Failing(Unprepared):
    def prepare(self):
        pass

    def evaluate(self, trial):
        raise ValueError("lone \\udc80")
"""


@pytest.fixture(autouse=True)
def one_wave_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every wave come by itself, however quick it was, in each test of a module that imports this."""
    real = ShardRunner.advance_for
    monkeypatch.setattr(ShardRunner, "advance_for", lambda self, _seconds: real(self, 0.0))


def suite(**changes: Any) -> Suite:
    data: dict[str, Any] = {"name": "mine", "seeds": 2, "budget": {"trials": 5}, "shard_size": 2}
    return Suite.model_validate({**data, "tasks": ["branin"], "strategies": ["random", "sobol"], **changes})


def decisions(store: Store) -> pd.DataFrame:
    return store.trials[list(DECISIONS)]


def undisturbed(tmp_path: Path, described: Suite) -> pd.DataFrame:
    return decisions(run_suite(described, out=tmp_path / "undisturbed", where=HERE))


def state(path: Path) -> str:
    return str(RunFolder(path).read_info()["state"])


def on_wave(number: int, act: Callable[[], object]) -> Watcher:
    """A watcher that acts when that many waves have been stored."""
    seen: list[Event] = []

    def watch(event: Event) -> None:
        if isinstance(event, WaveStored):
            seen.append(event)
            if len(seen) == number:
                act()

    return watch


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def stumble() -> None:
    raise RuntimeError("the watcher fell")


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}
