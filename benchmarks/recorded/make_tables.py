"""Makes the tables that ship: `python -m benchmarks.recorded.make_tables [FOLDER]`, about five minutes of one core."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from results.table_file import TableDescription, parameter_entries, write_table_file
from tuner.configuration import Configuration
from tuner.evaluators.threads import pin_threads
from tuner.parameter import Categorical
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.task import Task
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

CURVES: Final = "bn-relu-net-curves"
GRID: Final = "logistic-regression-grid"
CONFIGURATIONS: Final = 270
"""Random configurations in the table of learning curves."""
GRID_SPACE: Final = SearchSpace(
    {
        "C": Categorical((1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 1e2, 1e3), ordered=True, default=1.0),
        "l1_ratio": Categorical((0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0), ordered=True, default=0.0),
        "class_weight": Categorical(("none", "balanced")),
        "scaler": Categorical(("none", "standard", "min-max", "robust")),
    }
)
_SOURCE: Final = "python -m benchmarks.recorded.make_tables"
_MEASURED: Final = {"log_loss": "held_out_log_loss"}

Row = dict[str, object]


def make_curves(folder: Path, configurations: int = CONFIGURATIONS) -> Path:
    """Random configurations of bn-relu-net at each of its epochs; seconds are of one core, as measured."""
    from ..bn_relu_net import BatchNormReluNet

    task = BatchNormReluNet(device="cpu")
    space, epochs = task.problem.space, task.epochs
    chosen = space.sample_many(np.random.default_rng(derive_seed(0, CURVES)), configurations)
    _go_through(task, space.default(), 1)  # what the first call loads is no part of a trial
    rows = [row for number, one in enumerate(chosen) for row in _go_through(task, one, epochs, number)]
    description = TableDescription.model_validate(
        {
            "name": CURVES,
            "description": f"Learning curves of {configurations} random configurations of bn-relu-net, epoch by epoch",
            "source": _SOURCE,
            "licence": "CC BY 4.0",
            "parquet": f"{CURVES}.parquet",
            "lookup": "nearest",
            "objectives": {"error": "minimize"},
            "values": ["log_loss"],
            "held_out": {"error": "held_out_error", **_MEASURED},
            "cost": "seconds",
            "failure": "failure",
            "fidelity": {"column": "epochs", "low": 1, "high": epochs},
            "parameters": _entries(space),
        }
    )
    return write_table_file(description, pa.Table.from_pylist(rows), folder)


def make_grid(folder: Path) -> Path:
    """Every configuration of a grid, of logistic-regression on breast_cancer; seconds likewise."""
    from ..logistic_regression import LogisticRegressionTask

    task = LogisticRegressionTask()
    task.prepare()
    task.evaluate(_trial(task.problem.space.default(), 0))
    rows = [_evaluate(task, one) for one in _all_of(GRID_SPACE)]
    description = TableDescription.model_validate(
        {
            "name": GRID,
            "description": "Every configuration of a grid over the four parameters of logistic-regression",
            "source": _SOURCE,
            "licence": "CC BY 4.0",
            "parquet": f"{GRID}.parquet",
            "lookup": "exact",
            "objectives": {"log_loss": "minimize"},
            "values": ["accuracy"],
            "held_out": {"accuracy": "held_out_accuracy", **_MEASURED},
            "cost": "seconds",
            "parameters": _entries(GRID_SPACE),
        }
    )
    return write_table_file(description, pa.Table.from_pylist(rows), folder)


def _go_through(task: Task, configuration: Configuration, epochs: int, number: int = 0) -> list[Row]:
    """One configuration, a row an epoch, each continued from the last; what has failed stays failed at that cost."""
    rows: list[Row] = []
    state: object = None
    seconds = 0.0
    outcome: Outcome | None = None
    for epoch in range(1, epochs + 1):
        if not isinstance(outcome, Failure):
            before = epoch - 1.0 if epoch > 1 else None
            began = time.process_time()
            (stage,) = task.continue_batch([_trial(configuration, number, float(epoch), before)], [state])
            seconds += time.process_time() - began
            outcome, state = stage.outcome, stage.state
        rows.append({**configuration, "epochs": epoch, "seconds": round(seconds, 5), **_numbers(outcome)})
    return rows


def _evaluate(task: Task, configuration: Configuration) -> Row:
    began = time.process_time()
    outcome = task.evaluate(_trial(configuration, 0))
    seconds = round(time.process_time() - began, 5)
    return {**configuration, "seconds": seconds, **outcome.values, **_held_out(outcome)}


def _numbers(outcome: Outcome) -> Row:
    if isinstance(outcome, Failure):
        return {"error": None, "log_loss": None, "failure": outcome.kind.value}
    return {**outcome.values, **_held_out(outcome), "failure": None}


def _held_out(outcome: Measurement) -> Row:
    return {f"held_out_{name}": value for name, value in outcome.held_out.items()}


def _trial(
    configuration: Configuration, number: int, fidelity: float | None = None, before: float | None = None
) -> Trial:
    seed, data_seed = derive_seed(0, "trial", number), derive_seed(0, "data")
    return Trial(number, Proposal(configuration, fidelity), seed, data_seed, continues_from=before)


def _all_of(space: SearchSpace) -> Iterator[Configuration]:
    choices = [p.choices for p in space.parameters.values() if isinstance(p, Categorical)]
    return (Configuration(dict(zip(space.names, row, strict=True))) for row in itertools.product(*choices))


def _entries(space: SearchSpace) -> dict[str, object]:
    return dict(parameter_entries(json.loads(space.to_json())["parameters"]))


def main(arguments: Sequence[str]) -> None:
    """Make both tables in the folder named, else where they ship."""
    pin_threads()
    folder = Path(arguments[0]) if arguments else Path(__file__).parents[1] / "data"
    for path in (make_grid(folder), make_curves(folder)):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
