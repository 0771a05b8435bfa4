"""Random search over the unit square for nothing, as other libraries do it."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import io
import logging
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import optuna
from optuna.samplers import RandomSampler
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from .harness import Speed


def run_optuna(trials: int, storage: BaseStorage | None = None) -> Speed:
    """One study of Optuna with its random sampler; by default in memory."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=storage or InMemoryStorage(), sampler=RandomSampler(seed=0))
    clock, cpu = time.perf_counter(), time.process_time()
    study.optimize(_nothing, n_trials=trials)
    return Speed(len(study.trials), time.perf_counter() - clock, time.process_time() - cpu)


def run_optuna_journal(trials: int, folder: Path) -> Speed:
    """The same, with Optuna's journal on disk."""
    return run_optuna(trials, JournalStorage(JournalFileBackend(str(folder / "optuna.journal"))))


def run_ray_tune(trials: int, workers: int, folder: Path) -> tuple[Speed, Speed]:
    """Ray Tune with actors that it uses again and again: from the first finished trial on, and with its start.

    Ray has been started.
    """
    from ray import tune

    class Nothing(tune.Trainable):
        def setup(self, config: dict[str, Any]) -> None:
            self.config = config

        def step(self) -> dict[str, Any]:
            return {"value": 0.5, "done": True}

        def reset_config(self, new_config: dict[str, Any]) -> bool:
            self.config = new_config
            return True

    finished: list[float] = []

    class Clock(tune.Callback):
        def on_trial_complete(self, *_: object, **__: object) -> None:
            finished.append(time.perf_counter())

    logging.getLogger("ray.tune").setLevel(logging.ERROR)
    space = {"x": tune.uniform(0.0, 1.0), "y": tune.uniform(0.0, 1.0)}
    settings = tune.TuneConfig(
        num_samples=trials, metric="value", mode="min", reuse_actors=True, max_concurrent_trials=workers
    )
    saving = tune.CheckpointConfig(checkpoint_at_end=False)
    place = tune.RunConfig(
        name="nothing", storage_path=str(folder), verbose=0, checkpoint_config=saving, callbacks=[Clock()]
    )
    trainable = tune.with_resources(Nothing, {"cpu": 1})
    tuner = tune.Tuner(trainable, param_space=space, tune_config=settings, run_config=place)
    began = time.perf_counter()
    with redirect_stdout(io.StringIO()):  # it draws tables
        found = tuner.fit()
    if found.errors:
        raise RuntimeError(f"Ray Tune: {found.errors[0]}")
    ended = time.perf_counter()
    return Speed(len(finished) - 1, ended - finished[0]), Speed(len(finished), ended - began)


def _nothing(trial: optuna.Trial) -> float:
    trial.suggest_float("x", 0.0, 1.0)
    trial.suggest_float("y", 0.0, 1.0)
    return 0.5
