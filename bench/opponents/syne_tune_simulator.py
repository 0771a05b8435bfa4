"""Random search or ASHA on a recorded table, on the simulated clock of Syne Tune; run in an environment that has it.

Run as `python syne_tune_simulator.py FOLDER STRATEGY TRIALS WORKERS STEP`, without the rest of the project. FOLDER
holds what `bench/recorded_curves.py` has written; STEP is that of the clock, in typical epochs. Prints one line of
JSON: trials finished, results reported, seconds, processor seconds, simulated seconds.
"""
# ruff: noqa: T201  a script whose output is what it prints
# What it imports is in that environment.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SEED = 1


def read_table(folder: Path) -> tuple[Any, dict[str, Any], float]:
    """The black box, the space to sample from, and the typical seconds of an epoch."""
    from syne_tune.blackbox_repository import add_surrogate
    from syne_tune.blackbox_repository.blackbox_tabular import BlackboxTabular
    from syne_tune.config_space import randint

    told = json.loads((folder / "curves.json").read_text(encoding="utf-8"))
    space = {name: _domain(fields) for name, fields in told["parameters"].items()}
    configurations = pd.read_csv(folder / "configurations.csv", keep_default_na=False)
    measured = np.load(folder / "curves.npy")  # [configurations, epochs, (error, elapsed seconds)]
    epochs = {"epochs": randint(1, measured.shape[1])}
    table = BlackboxTabular(configurations, space, epochs, measured[:, None], objectives_names=["error", "elapsed"])
    return (table if told["is_exact"] else add_surrogate(table)), space, told["epoch_seconds"]


def _domain(fields: dict[str, Any]) -> Any:
    from syne_tune import config_space

    if fields["kind"] == "Categorical":
        return config_space.choice(fields["choices"])
    made = {"Integer": ("randint", "lograndint"), "Float": ("uniform", "loguniform")}[fields["kind"]][fields["log"]]
    return getattr(config_space, made)(fields["low"], fields["high"])


def simulate(folder: Path, strategy: str, trials: int, workers: int, step: float) -> dict[str, float]:
    """Run one experiment; what happens between two steps of the clock is seen at the second."""
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend.simulator_backend.simulator_backend import SimulatorConfig
    from syne_tune.backend.simulator_backend.simulator_callback import SimulatorCallback
    from syne_tune.blackbox_repository import UserBlackboxBackend
    from syne_tune.optimizer.baselines import ASHA, RandomSearch

    table, space, epoch_seconds = read_table(folder)
    no_delays = SimulatorConfig(0.0, 0.0, 0.0, 0.0, 0.0)
    backend = UserBlackboxBackend(table, "elapsed", simulator_config=no_delays, tuner_sleep_time=step * epoch_seconds)
    if strategy == "random":
        scheduler = RandomSearch(space, metrics=["error"], random_seed=SEED)
    else:
        highest = int(max(table.fidelity_values))
        scheduler = ASHA(space, metric="error", time_attr="epochs", max_t=highest, random_seed=SEED)
    tuner = Tuner(
        trial_backend=backend,
        scheduler=scheduler,
        stop_criterion=StoppingCriterion(max_num_trials_finished=trials),
        n_workers=workers,
        sleep_time=0,
        callbacks=[SimulatorCallback()],
        results_update_interval=1e9,
        print_update_interval=1e9,
        save_tuner=False,
        tuner_name="curves",
    )
    clock, cpu = time.perf_counter(), time.process_time()
    tuner.run()
    seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    return {
        "trials": tuner.tuning_status.num_trials_finished,
        "results": len(tuner.callbacks[0].results),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "simulated_seconds": backend.time_keeper.time(),
    }


def main(arguments: list[str]) -> None:
    """Simulate as asked, and say nothing but the figures."""
    folder, strategy, trials, workers, step = arguments
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as output:
        os.environ["SYNETUNE_FOLDER"] = output
        with contextlib.redirect_stdout(io.StringIO()):
            found = simulate(Path(folder), strategy, int(trials), int(workers), float(step))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
