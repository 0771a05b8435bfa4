"""A run exported to MLflow: read back with MLflow."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from exports_under_test import TRIALS, best_of, stored
from mlflow.entities import Experiment, Run
from mlflow.tracking import MlflowClient

from results.store import Store
from tuner.errors import MissingExtra
from tuner.exports import CannotExport, export_run
from tuner.exports.mlflow_database import _untracked
from tuner.exports.mlflow_runs import _key

__all__ = ["stored"]
STUDIES = 8


@pytest.fixture(scope="module")
def client(stored: Store, tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    out = tmp_path_factory.mktemp("mlflow") / "runs.db"
    export_run(stored.paths[0], "mlflow", out)
    return MlflowClient(tracking_uri=f"sqlite:///{out}")


@pytest.fixture(scope="module")
def experiment(client: MlflowClient) -> Experiment:
    found = client.get_experiment_by_name("run")
    assert found is not None
    return found


def search(client: MlflowClient, experiment: Experiment, filtered: str) -> list[Run]:
    return list(client.search_runs([experiment.experiment_id], filtered, max_results=1000))


def study_of(client: MlflowClient, experiment: Experiment, name: str) -> Run:
    (found,) = search(client, experiment, f"run_name = '{name}'")
    return found


def trials_of(client: MlflowClient, experiment: Experiment, name: str) -> list[Run]:
    parent = study_of(client, experiment, name).info.run_id
    found = search(client, experiment, f"tags.mlflow.parentRunId = '{parent}'")
    return sorted(found, key=lambda run: int(run.data.tags["trial"]))


def test_every_study_is_a_run_with_its_trials_below(client: MlflowClient, experiment: Experiment) -> None:
    runs = search(client, experiment, "")
    studies = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert experiment.tags["suite"] == "mine"
    assert len(studies) == STUDIES
    assert len(runs) == STUDIES * (TRIALS + 1)
    assert {run.info.status for run in studies} == {"FINISHED"}


def test_a_trial_has_its_parameters_values_costs_and_instants(
    client: MlflowClient, experiment: Experiment, stored: Store
) -> None:
    runs = trials_of(client, experiment, "branin/random/1")
    rows = stored.trials.query("task == 'branin' and seed == 1").to_dict("records")
    for run, row in zip(runs, rows, strict=True):
        configuration = json.loads(row["configuration"])
        assert {name: float(value) for name, value in run.data.params.items()} == configuration
        assert run.data.metrics == {
            "value": row["value"],
            "held_out.value": row["held_out"]["value"],
            "seconds": row["seconds"],
            "work": 1.0,
        }
        told = {"task": "branin", "strategy": "random", "seed": "1", "status": "ok", "trial": str(row["trial"])}
        assert told.items() <= run.data.tags.items()
        assert run.info.status == "FINISHED"
        assert run.info.start_time == pytest.approx(row["started"].timestamp() * 1000, abs=1)
        assert run.info.end_time == pytest.approx(row["finished"].timestamp() * 1000, abs=1)


def test_a_failed_trial_is_a_failed_run_with_its_message(
    client: MlflowClient, experiment: Experiment, stored: Store
) -> None:
    runs = [run for run in trials_of(client, experiment, "odd/random/0") if run.info.status == "FAILED"]
    failed = stored.trials.query("task == 'odd' and strategy == 'random' and seed == 0 and status != 'ok'")
    assert [int(run.data.tags["trial"]) for run in runs] == failed["trial"].tolist()
    assert {(run.data.tags["status"], run.data.tags["message"]) for run in runs} == {("memory", "MemoryError: too odd")}
    assert all("accuracy" not in run.data.metrics and run.data.params["kind"] == "0.5" for run in runs)


def test_only_active_parameters_are_told(client: MlflowClient, experiment: Experiment) -> None:
    for run in trials_of(client, experiment, "odd/random/0"):
        assert ("depth" in run.data.params) == (run.data.params["kind"] != "0.5")
        assert run.data.params["size"] in {"16", "32", "64"}


def test_a_name_that_mlflow_does_not_allow_is_written_with_underscores(
    client: MlflowClient, experiment: Experiment
) -> None:
    assert all("rate _" in run.data.params for run in trials_of(client, experiment, "odd/random/0"))


@pytest.mark.parametrize(
    ("name", "key"),
    [("net/width", "net/width"), ("/top", "_top"), ("a//b", "a__b"), ("..", "_"), ("ü%", "ü_"), ("x" * 300, "x" * 250)],
)
def test_names_become_keys_that_mlflow_takes(name: str, key: str) -> None:
    assert _key(name) == key


def test_a_fidelity_is_a_metric_and_the_step_of_the_values(
    client: MlflowClient, experiment: Experiment, stored: Store
) -> None:
    rows = stored.trials.query("task == 'odd' and strategy == 'rising' and seed == 0").to_dict("records")
    runs = trials_of(client, experiment, "odd/rising/0")
    assert [run.data.metrics["fidelity"] for run in runs] == [row["fidelity"] for row in rows]
    index = next(index for index, row in enumerate(rows) if row["status"] == "ok" and row["fidelity"] == 3.0)
    (point,) = client.get_metric_history(runs[index].info.run_id, "accuracy")
    assert (point.value, point.step) == (rows[index]["value"], 3)
    assert runs[index].data.metrics["values.other"] == -rows[index]["value"]


@pytest.mark.parametrize("pair", [("odd", "rising"), ("odd", "random"), ("branin", "random")])
def test_the_best_so_far_is_a_curve_that_ends_with_the_best_of_the_run(
    client: MlflowClient, experiment: Experiment, stored: Store, pair: tuple[str, str]
) -> None:
    task, strategy = pair
    metric = "best.value" if task == "branin" else "best.accuracy"
    run = study_of(client, experiment, f"{task}/{strategy}/0")
    curve = client.get_metric_history(run.info.run_id, metric)
    values = [point.value for point in curve]
    assert run.data.metrics[metric] == values[-1] == best_of(stored, task, strategy, 0)
    assert values == sorted(values, reverse=task == "branin")
    assert [point.step for point in curve] == list(range(TRIALS - len(curve), TRIALS))


def test_both_values_of_two_objectives_are_told_and_no_curve(client: MlflowClient, experiment: Experiment) -> None:
    run = trials_of(client, experiment, "zdt1/random/0")[0]
    assert len(run.data.metrics.keys() - {"seconds", "work"}) >= 2
    assert study_of(client, experiment, "zdt1/random/0").data.metrics == {}


def test_runs_are_found_by_what_they_measured(client: MlflowClient, experiment: Experiment, stored: Store) -> None:
    limit = stored.trials.query("task == 'branin'")["value"].median()
    found = search(client, experiment, f"tags.task = 'branin' and metrics.value < {limit}")
    assert len(found) == TRIALS


def test_mlflow_is_told_to_report_nothing_while_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("DO_NOT_TRACK", "perhaps")
    with _untracked():
        assert (os.environ["MLFLOW_DISABLE_TELEMETRY"], os.environ["DO_NOT_TRACK"]) == ("true", "true")
    assert "MLFLOW_DISABLE_TELEMETRY" not in os.environ
    assert os.environ["DO_NOT_TRACK"] == "perhaps"


def test_a_missing_package_is_told_with_the_command_that_installs_it(
    stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.extras.find_spec", lambda _name: None)
    with pytest.raises(
        MissingExtra, match=r"an export to MLflow needs mlflow-skinny: pip install 'tuner-bench\[mlflow\]'"
    ):
        export_run(stored.paths[0], "mlflow", tmp_path / "runs.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_refused_with_what_is_allowed(stored: Store, tmp_path: Path) -> None:
    with pytest.raises(CannotExport, match=r"ends in \.db, \.sqlite, \.sqlite3, which .*mlruns does not"):
        export_run(stored.paths[0], "mlflow", tmp_path / "mlruns")
