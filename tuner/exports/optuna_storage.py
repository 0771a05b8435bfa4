"""A run as studies in a storage of Optuna."""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from ..parameter import Categorical
from ..strategies.optuna_sampler import distribution_of, encode, quiet
from .export import CannotExport, Export, placed
from .stored_study import StoredStudy, StoredTrial

DATABASES = (".db", ".sqlite", ".sqlite3")
JOURNALS = (".journal", ".log")


def write_storage(studies: list[StoredStudy], out: Path) -> Export:
    """Write each study as a study of Optuna, to an SQLite database or to a journal, as the ending of `out` says.

    A trial below the highest fidelity is PRUNED, so that Optuna's best trial is the run's; a failed one is FAIL. An
    ordered categorical is the number of its choice, and the choice an attribute of the trial.
    """
    if out.suffix not in {*DATABASES, *JOURNALS}:
        allowed = f"a database ends in {', '.join(DATABASES)}, a journal in {', '.join(JOURNALS)}"
        raise CannotExport(f"a storage of Optuna cannot be written to {out}: {allowed}")
    with placed(out) as path, quiet(), _opened(path) as storage:
        for study in studies:
            _add(study, storage)
    is_journal = out.suffix in JOURNALS
    url = shlex.quote(str(out) if is_journal else f"sqlite:///{out}")
    return Export(out, len(studies), sum(len(study.trials) for study in studies), f"optuna-dashboard {url}")


class _Hasty(sqlite3.Connection):
    """A connection that flushes nothing to disk: the file is flushed once, when it is whole."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.execute("PRAGMA synchronous = OFF")


class _Gathered(BaseJournalBackend):
    """A journal in memory, to be written at once."""

    def __init__(self) -> None:
        self.logs: list[dict[str, Any]] = []

    def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
        return self.logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self.logs += json.loads(json.dumps(logs))


@contextmanager
def _opened(path: Path) -> Iterator[BaseStorage]:
    if path.suffix in JOURNALS:
        journal = _Gathered()
        yield JournalStorage(journal)
        JournalFileBackend(str(path)).append_logs(journal.logs)
        return
    storage = RDBStorage(f"sqlite:///{path}", engine_kwargs={"connect_args": {"factory": _Hasty}})
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _add(study: StoredStudy, storage: BaseStorage) -> None:
    created = optuna.create_study(
        storage=storage, study_name=study.name, directions=[objective.goal for objective in study.objectives]
    )
    created.set_metric_names([objective.name for objective in study.objectives])
    told = {"task": study.task, "strategy": study.strategy, "seed": study.seed, **study.facts, "status": study.status}
    for key, value in told.items():
        created.set_user_attr(key, value)
    if study.message is not None:
        created.set_user_attr("message", study.message)
    distributions = {name: distribution_of(parameter) for name, parameter in study.space.parameters.items()}
    created.add_trials(_frozen(trial, study, distributions) for trial in study.trials)


def _frozen(trial: StoredTrial, study: StoredStudy, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    parameters = study.space.parameters
    values = list(trial.values_of(study.objectives).values())
    reached = {} if trial.step is None or len(values) != 1 else {trial.step: values[0]}
    return FrozenTrial(
        number=trial.number,
        trial_id=-1,  # the storage gives it one
        state=_state(trial),
        value=None,
        values=values or None,
        datetime_start=trial.started.astimezone().replace(tzinfo=None),  # Optuna's instants are local
        datetime_complete=trial.finished.astimezone().replace(tzinfo=None),
        params={name: encode(parameters[name], value) for name, value in trial.configuration.items()},
        distributions={name: distributions[name] for name in trial.configuration},
        user_attrs=_attributes(trial, study),
        system_attrs={},
        intermediate_values=reached,
    )


def _state(trial: StoredTrial) -> TrialState:
    if not trial.is_ok:
        return TrialState.FAIL
    return TrialState.COMPLETE if trial.is_full else TrialState.PRUNED


def _attributes(trial: StoredTrial, study: StoredStudy) -> dict[str, Any]:
    choices = {
        f"choice.{name}": value
        for name, value in trial.configuration.items()
        if isinstance(parameter := study.space.parameters[name], Categorical) and parameter.ordered
    }
    status = None if trial.is_ok else trial.status
    told = {"status": status, "message": trial.message, "seed": str(trial.seed), "continues": trial.continues}
    known = {key: value for key, value in told.items() if value is not None}
    return known | trial.further_numbers(study.objectives) | choices
