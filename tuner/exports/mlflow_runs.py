"""Studies and trials as runs of MLflow."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

from .stored_study import StoredStudy, StoredTrial, unique_names

_TAKEN = "Default"
"""The experiment that every database of MLflow has."""
_KEY_LENGTH = 250
_PARAMS_AT_ONCE = 100
_METRICS_AT_ONCE = 500
_STATUS = {"finished": "FINISHED", "stopped": "KILLED"}


def write_experiment(studies: Sequence[StoredStudy], uri: str, artifacts: Path) -> None:
    """Write the studies of a run as one experiment called after it; `artifacts` is a folder for what users may add."""
    client = MlflowClient(tracking_uri=uri)
    facts = studies[0].facts
    name = unique_names([_TAKEN, facts["run"]])[1]
    experiment = client.create_experiment(name, artifacts.as_uri(), {"suite": facts["suite"]})
    for study in studies:
        _StudyWriter(client, experiment, study).write()


@dataclass(frozen=True, slots=True)
class _StudyWriter:
    """Writes one study to an experiment."""

    client: MlflowClient
    experiment: str
    study: StoredStudy

    def write(self) -> None:
        """Write the run of the study, and below it those of its trials."""
        study = self.study
        tags = {**study.facts, "status": study.status, "trials": str(len(study.trials))}
        run = self._start(study.name, min(trial.started for trial in study.trials), tags, study.message)
        self._log(run, self._curve(), [])
        keys = dict(zip(study.space.names, unique_names(map(_key, study.space.names)), strict=True))
        for trial in study.trials:
            self._write_trial(trial, run, keys)
        ended = max(trial.finished for trial in study.trials)
        self.client.set_terminated(run, _STATUS.get(study.status, "FAILED"), _milliseconds(ended))

    def _write_trial(self, trial: StoredTrial, parent: str, keys: Mapping[str, str]) -> None:
        tags = {"mlflow.parentRunId": parent, "status": trial.status, "trial": str(trial.number)}
        tags |= {"trial_seed": str(trial.seed)}
        tags |= {} if trial.continues is None else {"continues": str(trial.continues)}
        run = self._start(f"{self.study.name}/{trial.number}", trial.started, tags, trial.message)
        params = [Param(keys[name], str(value)) for name, value in trial.configuration.items()]
        self._log(run, self._numbers(trial), params)
        self.client.set_terminated(run, "FINISHED" if trial.is_ok else "FAILED", _milliseconds(trial.finished))

    def _start(self, name: str, started: datetime, tags: Mapping[str, str], message: str | None) -> str:
        study = self.study
        told = {"task": study.task, "strategy": study.strategy, "seed": str(study.seed), **tags}
        told |= {} if message is None else {"message": message}
        run = self.client.create_run(self.experiment, _milliseconds(started), told, name)
        return str(run.info.run_id)

    def _curve(self) -> list[Metric]:
        """The best value so far after each trial that has one, by the trial's number; none of several objectives."""
        study = self.study
        if len(study.objectives) > 1:
            return []
        key = _key(f"best.{study.objectives[0].name}")
        pairs = zip(study.trials, study.incumbents(), strict=True)
        return [
            Metric(key, best, _milliseconds(trial.finished), trial.number) for trial, best in pairs if best is not None
        ]

    def _numbers(self, trial: StoredTrial) -> list[Metric]:
        """What the trial measured, at the step of its fidelity where that is a whole number."""
        objectives = self.study.objectives
        numbers = trial.values_of(objectives) | trial.further_numbers(objectives)
        keys = unique_names(map(_key, numbers))
        ended, step = _milliseconds(trial.finished), trial.step or 0
        return [Metric(key, number, ended, step) for key, number in zip(keys, numbers.values(), strict=True)]

    def _log(self, run: str, metrics: Sequence[Metric], params: Sequence[Param]) -> None:
        """Log them in the portions that MLflow takes."""
        while metrics or params:
            self.client.log_batch(run, metrics[:_METRICS_AT_ONCE], params[:_PARAMS_AT_ONCE])
            metrics, params = metrics[_METRICS_AT_ONCE:], params[_PARAMS_AT_ONCE:]


def _key(name: str) -> str:
    """The name as MLflow allows it: letters, digits, blanks and `_ - . : /`, and no path that has a shorter form."""
    key = re.sub(r"[^\w.\- :/]", "_", name)[:_KEY_LENGTH]
    if posixpath.normpath(key) != key or key.startswith(("/", "..")):
        key = key.replace("/", "_")
    return "_" if key in {".", ".."} or key.startswith("..") else key


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
