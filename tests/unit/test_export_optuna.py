"""A run exported to Optuna: read back with Optuna, and shown by its dashboard."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import optuna
import optuna_dashboard  # type: ignore[import-untyped]  # it ships no types
import pytest
from exports_under_test import TRIALS, best_of, stored
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from results.store import Store
from tuner.exports import CannotExport, export_run

__all__ = ["stored"]
KINDS = ("studies.db", "studies.journal")
SINGLE = [("odd", "random"), ("odd", "rising"), ("branin", "random")]


@pytest.fixture(scope="module")
def exported(stored: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("optuna")
    for kind in KINDS:
        export_run(stored.paths[0], "optuna", folder / kind)
    return folder


@pytest.fixture(params=KINDS)
def storage(exported: Path, request: pytest.FixtureRequest) -> BaseStorage:
    path = exported / request.param
    return RDBStorage(f"sqlite:///{path}") if path.suffix == ".db" else JournalStorage(JournalFileBackend(str(path)))


@pytest.fixture
def journal(exported: Path) -> BaseStorage:
    return JournalStorage(JournalFileBackend(str(exported / "studies.journal")))


def rows_of(store: Store, task: str, strategy: str, seed: int) -> list[dict[str, Any]]:
    found = store.trials.query("task == @task and strategy == @strategy and seed == @seed")
    return found.to_dict("records")  # type: ignore[return-value]  # columns have text names


def trials_of(storage: BaseStorage, name: str) -> list[FrozenTrial]:
    return optuna.load_study(study_name=name, storage=storage).trials


def asked(storage: BaseStorage, path: str) -> Any:
    """The dashboard's answer to a request, in this process."""
    started: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "here", "SERVER_PORT": "80"}
    environ |= {"wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http"}  # type: ignore[dict-item]  # a server's own objects
    body = optuna_dashboard.wsgi(storage)(environ, lambda status, _headers, _error=None: started.append(status))
    assert started == ["200 OK"]
    return json.loads(b"".join(body))


def test_every_study_that_has_trials_is_a_study_of_its_name(storage: BaseStorage) -> None:
    assert sorted(optuna.get_all_study_names(storage)) == sorted(
        f"{task}/{strategy}/{seed}" for task, strategy in [*SINGLE, ("zdt1", "random")] for seed in (0, 1)
    )


@pytest.mark.parametrize(("task", "strategy"), SINGLE)
def test_the_best_value_is_that_of_the_run(storage: BaseStorage, stored: Store, task: str, strategy: str) -> None:
    for seed in (0, 1):
        study = optuna.load_study(study_name=f"{task}/{strategy}/{seed}", storage=storage)
        assert study.best_value == best_of(stored, task, strategy, seed)


def test_directions_and_names_of_metrics_are_those_of_the_objectives(storage: BaseStorage) -> None:
    odd, pair = (optuna.load_study(study_name=name, storage=storage) for name in ("odd/random/0", "zdt1/random/0"))
    assert [direction.name for direction in odd.directions] == ["MAXIMIZE"]
    assert odd.metric_names == ["accuracy"]
    assert [direction.name for direction in pair.directions] == ["MINIMIZE", "MINIMIZE"]
    assert len(pair.best_trials) > 0


def test_trials_are_in_order_with_their_instants_and_numbers(storage: BaseStorage, stored: Store) -> None:
    trials = trials_of(storage, "branin/random/1")
    rows = rows_of(stored, "branin", "random", 1)
    assert [trial.number for trial in trials] == [row["trial"] for row in rows] == list(range(TRIALS))
    for trial, row in zip(trials, rows, strict=True):
        assert trial.values == [row["values"]["value"]]
        assert trial.params == json.loads(row["configuration"])
        assert trial.user_attrs["seconds"] == row["seconds"]
        assert trial.user_attrs["held_out.value"] == row["held_out"]["value"]
        assert trial.user_attrs["seed"] == str(row["trial_seed"])
        assert trial.datetime_start is not None
        assert trial.datetime_start.astimezone() == row["started"].to_pydatetime()
        assert trial.datetime_complete is not None
        assert trial.datetime_complete.astimezone() == row["finished"].to_pydatetime()


def test_a_failed_trial_is_a_fail_with_its_message(storage: BaseStorage, stored: Store) -> None:
    rows = rows_of(stored, "odd", "random", 0)
    failed = [trial for trial in trials_of(storage, "odd/random/0") if trial.state is TrialState.FAIL]
    assert [trial.number for trial in failed] == [row["trial"] for row in rows if row["status"] != "ok"]
    assert failed
    assert {(trial.user_attrs["status"], trial.user_attrs["message"]) for trial in failed} == {
        ("memory", "MemoryError: too odd")
    }
    assert all(trial.values is None and trial.params["kind"] == 0.5 for trial in failed)


def test_parameters_have_the_distributions_of_the_space_and_only_where_they_are_active(storage: BaseStorage) -> None:
    trials = trials_of(storage, "odd/random/0")
    assert {name: kind for trial in trials for name, kind in trial.distributions.items()} == {
        "rate %": FloatDistribution(1e-3, 1.0, log=True),
        "kind": CategoricalDistribution(("a", 2, 0.5)),
        "depth": IntDistribution(1, 3),
        "size": IntDistribution(0, 2),
        "flag": CategoricalDistribution((True, False)),
    }
    assert all(("depth" in trial.params) == (trial.params["kind"] != 0.5) for trial in trials)


def test_an_ordered_choice_is_its_position_and_told_beside_it(storage: BaseStorage) -> None:
    trials = trials_of(storage, "odd/random/0")
    assert {(trial.params["size"], trial.user_attrs["choice.size"]) for trial in trials} == {(0, 16), (1, 32), (2, 64)}


def test_a_trial_below_the_highest_fidelity_is_pruned_with_its_value_at_that_step(
    storage: BaseStorage, stored: Store
) -> None:
    trials = [trial for trial in trials_of(storage, "odd/rising/0") if trial.state is not TrialState.FAIL]
    rows = [row for row in rows_of(stored, "odd", "rising", 0) if row["status"] == "ok"]
    assert {row["fidelity"] for row in rows} == {1.0, 3.0, 9.0}
    for trial, row in zip(trials, rows, strict=True):
        assert (trial.state is TrialState.COMPLETE) == (row["fidelity"] == 9.0)
        assert trial.intermediate_values == {int(row["fidelity"]): row["value"]}
        assert trial.user_attrs["fidelity"] == row["fidelity"]


def test_a_number_that_is_not_finite_is_left_out(journal: BaseStorage) -> None:
    assert all("extras.gap" not in trial.user_attrs for trial in trials_of(journal, "odd/random/0"))


def test_a_study_tells_what_it_was(journal: BaseStorage) -> None:
    attributes = optuna.load_study(study_name="branin/random/1", storage=journal).user_attrs
    told = {"task": "branin", "strategy": "random", "seed": 1, "suite": "mine", "status": "finished"}
    assert told.items() <= attributes.items()


def test_an_exported_study_can_be_gone_on_with(stored: Store, tmp_path: Path) -> None:
    export_run(stored.paths[0], "optuna", tmp_path / "more.journal")
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "more.journal")))
    study = optuna.load_study(study_name="branin/random/0", storage=storage)
    study.optimize(lambda trial: trial.suggest_float("x1", -5, 10) ** 2 - 1e9, n_trials=2)
    assert len(study.trials) == TRIALS + 2
    assert study.best_trial.number >= TRIALS


def test_the_dashboard_shows_every_study_and_its_trials(storage: BaseStorage, stored: Store) -> None:
    studies = {study["study_name"]: study for study in asked(storage, "/api/studies")["study_summaries"]}
    assert len(studies) == 8
    assert studies["odd/rising/1"]["directions"] == ["maximize"]
    shown = asked(storage, f"/api/studies/{studies['odd/rising/1']['study_id']}")
    states = [trial["state"] for trial in shown["trials"]]
    assert len(states) == TRIALS
    assert states.count("Fail") == sum(row["status"] != "ok" for row in rows_of(stored, "odd", "rising", 1))
    assert {"Complete", "Pruned"} <= set(states)


@pytest.mark.parametrize("name", ["studies.txt", "studies"])
def test_an_ending_that_means_no_storage_is_refused_with_those_that_do(
    stored: Store, tmp_path: Path, name: str
) -> None:
    with pytest.raises(CannotExport, match=r"ends in \.db, \.sqlite, \.sqlite3, a journal in \.journal, \.log"):
        export_run(stored.paths[0], "optuna", tmp_path / name)
    assert list(tmp_path.iterdir()) == []
