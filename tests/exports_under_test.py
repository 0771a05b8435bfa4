"""A small run with everything that an export can meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs_under_test import HERE, suite

from results.store import Store
from tuner import run_suite

PLUGINS = '''
from dataclasses import dataclass
from tuner import *

@dataclass(frozen=True)
class Odd(Task):
    """Parameters of all kinds, conditions, an ordered choice, a fidelity; higher is better; some trials fail."""

    @property
    def problem(self):
        space = SearchSpace(
            {
                "rate %": Float(1e-3, 1.0, log=True),
                "kind": Categorical(("a", 2, 0.5)),
                "depth": Integer(1, 3),
                "size": Categorical((16, 32, 64), ordered=True),
                "flag": Categorical((True, False)),
            },
            (Condition("depth", "kind", ("a", 2)),),
        )
        return Problem(space, (Objective("accuracy", "maximize"),), Fidelity("epochs", 1, 9))

    def evaluate(self, trial):
        c = trial.configuration
        if c["kind"] == 0.5:
            raise MemoryError("too odd")
        value = (c["rate %"] + c["depth"] + c["size"]) / (trial.proposal.fidelity or 9)
        return Measurement({"accuracy": value, "other": -value}, {"accuracy": value / 2}, 2.0, {"gap": float("nan")})

class Rising(SearchStrategy):
    """Random configurations, at one ninth, a third and all of the fidelity by turns."""

    needs_fidelity = True
    supports = Feature.MIXED | Feature.CONDITIONAL
    asked = 0

    def ask(self, count):
        self.asked += 1
        return [Proposal(self.space.sample(self.rng), (1.0, 3.0, 9.0)[self.asked % 3])]
'''
TRIALS = 9


def write_run(folder: Path) -> Store:
    """The run in `folder / "run"`: two tasks of one objective, one of two; a pair that is not possible; failures."""
    (folder / "plugins.py").write_text(PLUGINS)
    odd, rising = (
        {"name": f"{folder}/plugins.py:{kind}", "label": label}
        for kind, label in (("Odd", "odd"), ("Rising", "rising"))
    )
    tasks, strategies = [odd, "branin", "zdt1"], ["random", rising]
    described = suite(tasks=tasks, strategies=strategies, budget={"trials": TRIALS})
    return run_suite(described, out=folder / "run", where=HERE)


def best_of(store: Store, task: str, strategy: str, seed: int) -> float:
    """The best value at the highest fidelity, as measured."""
    trials = store.trials.query("task == @task and strategy == @strategy and seed == @seed and status == 'ok'")
    values = trials[~(trials["fidelity"] < 9)]["value"]
    return float(values.max() if task == "odd" else values.min())


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return write_run(tmp_path_factory.mktemp("exported"))
