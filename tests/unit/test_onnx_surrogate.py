"""The task `surrogate` measures what a model predicts, bit for bit as the model's own tool does."""

from __future__ import annotations

import csv
import gzip
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from runs_under_test import HERE, suite
from surrogate_under_test import SPACE, model, write
from tables_under_test import trial

from benchmarks.onnx_surrogate import OnnxSurrogate
from benchmarks.onnx_surrogate.make_model import make_model
from benchmarks.onnx_surrogate.task import shipped_surrogates
from benchmarks.recorded import RecordedTable
from tuner import Task, run_suite
from tuner.errors import InvalidConfiguration, InvalidOption, MissingExtra
from tuner.planned import PlannedTask
from tuner.registry import find

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "yahpo"
LCBENCH: Mapping[str, Any] = {
    "name": "lcbench",
    "names": ["OpenML_task_id"],
    "numbers": [
        *("epoch", "batch_size", "learning_rate", "momentum", "weight_decay", "num_layers"),
        *("max_units", "max_dropout"),
    ],
    "outputs": [
        *("time", "val_accuracy", "val_cross_entropy", "val_balanced_accuracy"),
        *("test_cross_entropy", "test_balanced_accuracy"),
    ],
    "objectives": {"val_balanced_accuracy": "maximize", "val_cross_entropy": "minimize"},
    "values": ["val_accuracy"],
    "held_out": {"val_balanced_accuracy": "test_balanced_accuracy", "val_cross_entropy": "test_cross_entropy"},
    "cost": "time",
    "instance": "OpenML_task_id",
    "fidelity": {"parameter": "epoch"},
}
FLAT = {"kind": "flat", "rate": 0.5}
DEEP = {"kind": "deep", "depth": 4, "rate": 0.5}

pytest.importorskip("onnxruntime")


def error(task: Task, values: Mapping[str, Any]) -> float:
    return task.evaluate(trial(values)).values["error"]


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not here")
def test_lcbench_predicts_bit_for_bit_what_yahpo_gym_predicts(tmp_path: Path) -> None:
    shutil.copytree(REFERENCE / "lcbench", tmp_path / "lcbench", copy_function=shutil.copyfile)
    path = tmp_path / "lcbench" / "lcbench.toml"
    path.write_text(tomli_w.dumps(LCBENCH))
    with gzip.open(REFERENCE / "reference_predictions.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["scenario"] == "lcbench"]
    tasks = {name: OnnxSurrogate(path=str(path), instance=name) for name in {row["instance"] for row in rows}}
    assert len(rows) == 600
    for row in rows:
        values, expected = json.loads(row["config"]), json.loads(row["y"])
        epoch = values.pop("epoch")
        assert values.pop("OpenML_task_id") == row["instance"]
        found = tasks[row["instance"]].evaluate(trial(values, epoch))
        held_out = {f"test_{name.removeprefix('val_')}": value for name, value in found.held_out.items()}
        assert {**found.values, **held_out, "time": found.seconds} == expected


def test_each_parameter_reaches_its_own_column(tmp_path: Path) -> None:
    task = OnnxSurrogate(path=write(tmp_path), instance="8")
    found = task.evaluate(trial(DEEP, 6.0))
    assert found.values == {"error": 2000 + 100 + 4}
    assert found.held_out == {"error": 0.5}
    assert found.seconds == 3.0


def test_a_number_that_is_not_active_is_0(tmp_path: Path) -> None:
    assert error(OnnxSurrogate(path=write(tmp_path)), FLAT) == 1000 + 200


def test_a_choice_that_is_not_active_has_the_number_of_none(tmp_path: Path) -> None:
    conditions = [{"child": "kind", "parent": "rate", "type": "EQ", "value": 1.0}]
    hyperparameters = [h for h in SPACE["hyperparameters"] if h["name"] != "rate"]
    rate = {"name": "rate", "type": "ordinal", "sequence": [0.5, 1.0]}
    path = write(tmp_path, space={"hyperparameters": [*hyperparameters, rate], "conditions": conditions})
    assert error(OnnxSurrogate(path=path), {"rate": 0.5, "depth": 4}) == 1000 + 0 + 4
    assert error(OnnxSurrogate(path=path), {"rate": 1.0, "kind": "flat", "depth": 4}) == 1000 + 200 + 4


def test_without_an_instance_it_is_the_first(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert error(OnnxSurrogate(path=path), FLAT) == error(OnnxSurrogate(path=path, instance="7"), FLAT)


def test_neither_instance_nor_fidelity_is_tuned(tmp_path: Path) -> None:
    problem = OnnxSurrogate(path=write(tmp_path)).problem
    assert problem.space.names == ("kind", "depth", "rate")
    assert problem.fidelity is not None
    assert (problem.fidelity.name, problem.fidelity.low, problem.fidelity.high) == ("epoch", 1, 20)


@pytest.mark.parametrize(("asked", "seconds"), [(None, 10.0), (7.9, 3.5), (1.0, 0.5), (99.0, 10.0)])
def test_a_fidelity_between_whole_ones_is_the_one_below(tmp_path: Path, asked: float | None, seconds: float) -> None:
    assert OnnxSurrogate(path=write(tmp_path)).evaluate(trial(FLAT, asked)).seconds == seconds


def test_a_continued_trial_costs_what_it_adds(tmp_path: Path) -> None:
    assert OnnxSurrogate(path=write(tmp_path)).evaluate(trial(FLAT, 8.0, continues_from=3.0)).seconds == 2.5


def test_a_constant_of_the_description_is_not_tuned(tmp_path: Path) -> None:
    task = OnnxSurrogate(path=write(tmp_path, {"constants": {"kind": "deep"}}))
    assert task.problem.space.names == ("depth", "rate")
    assert not task.problem.space.conditions
    assert error(task, {"depth": 3, "rate": 0.5}) == 1000 + 100 + 3


def test_what_a_constant_leaves_inactive_is_gone(tmp_path: Path) -> None:
    task = OnnxSurrogate(path=write(tmp_path, {"constants": {"kind": "flat"}}))
    assert task.problem.space.names == ("rate",)
    assert error(task, {"rate": 0.5}) == 1000 + 200


@pytest.mark.parametrize("values", [{**FLAT, "rate": 2.0}, {**FLAT, "depth": 3}, {"kind": "deep", "rate": 0.5}])
def test_a_configuration_outside_the_space_is_not_predicted(tmp_path: Path, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfiguration):
        OnnxSurrogate(path=write(tmp_path)).evaluate(trial(values))


def test_a_batch_is_predicted_a_row_at_a_time() -> None:
    task = OnnxSurrogate()
    trials = [trial(dict(c)) for c in task.problem.space.sample_many(np.random.default_rng(0), 40)]
    assert list(task.evaluate_batch(trials)) == [task.evaluate(one) for one in trials]


def test_the_model_that_ships_tells_good_configurations_from_bad_ones() -> None:
    task, recorded = OnnxSurrogate(), RecordedTable(path="bn-relu-net-curves")
    evaluations = recorded._evaluations
    rows = evaluations.rows[:, -1, 0]
    found = [task.evaluate(trial(dict(c))).values["error"] for c in evaluations.configurations]
    known = ~evaluations.is_failure[rows]
    assert np.corrcoef(np.array(found)[known], evaluations.numbers["error"][rows[known]])[0, 1] > 0.95


def test_the_model_that_ships_is_small_and_of_the_tables_space() -> None:
    assert list(shipped_surrogates()) == ["bn-relu-net-model"]
    files = list(shipped_surrogates()["bn-relu-net-model"].parent.iterdir())
    assert sum(file.stat().st_size for file in files) < 20_000
    theirs = RecordedTable(path="bn-relu-net-curves").problem.space
    assert OnnxSurrogate().problem.space == theirs


@pytest.mark.slow
def test_the_model_that_ships_is_what_its_script_makes(tmp_path: Path) -> None:
    task, again = OnnxSurrogate(), OnnxSurrogate(path=str(make_model(tmp_path / "made")))
    trials = [trial(dict(c)) for c in task.problem.space.sample_many(np.random.default_rng(0), 40)]
    values = [[one.evaluate(asked).values["error"] for asked in trials] for one in (task, again)]
    assert values[0] == pytest.approx(values[1], abs=0.05)


def test_strategies_run_on_it_with_costs_on_the_simulated_clock(tmp_path: Path) -> None:
    described = suite(
        tasks=[{"name": "benchmarks.onnx_surrogate:OnnxSurrogate", "options": {"path": write(tmp_path)}}],
        strategies=["random", "tpe"],
        clock="simulated",
        workers=2,
    )
    store = run_suite(described, out=tmp_path / "run", where=HERE)
    assert (store.trials["status"] == "ok").all()
    assert (store.trials["seconds"] == 10.0).all()


def test_files_of_the_same_content_have_the_same_seeds_wherever_they_lie(tmp_path: Path) -> None:
    reference = find("task", "benchmarks.onnx_surrogate:OnnxSurrogate")
    here, there = (PlannedTask("s", reference, {"path": write(tmp_path / n)}).content for n in ("here", "there"))
    other = PlannedTask("s", reference, {"path": write(tmp_path / "x", {"values": ["test"]})}).content
    assert here == there != other


def test_a_surrogate_is_not_pickled_with_its_task() -> None:
    task = OnnxSurrogate()
    task.prepare()
    assert len(pickle.dumps(task)) < 500
    assert pickle.loads(pickle.dumps(task)) == task


def test_importing_the_task_reads_nothing() -> None:
    code = "import sys, benchmarks.onnx_surrogate; print({'pandas', 'onnxruntime', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_without_onnxruntime_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    task = OnnxSurrogate(path=write(tmp_path, {"description": "not loaded yet"}))
    assert len(task.problem.space) == 3
    with pytest.raises(MissingExtra, match=r"pip install 'tuner-bench\[tables\]'"):
        task.prepare()


def without(name: str) -> dict[str, Any]:
    return {"hyperparameters": [h for h in SPACE["hyperparameters"] if h["name"] != name], "conditions": []}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"told": {"objectif": {}}}, "known.toml: unknown key 'objectif'"),
        ({"told": {"objectives": {"loss": "minimize"}}}, "'loss' is none of the outputs seconds, error, test"),
        ({"told": {"model": "other.onnx"}}, "cannot read other.onnx: No such file or directory"),
        ({"told": {"sha256": "0"}}, "model.onnx is not the file that was described: its SHA-256 is "),
        ({"told": {"instance": "depth"}}, "known.toml: the instance 'depth' is no parameter with choices"),
        ({"told": {"fidelity": {"parameter": "kind"}}}, "the fidelity 'kind' is no parameter of positive numbers"),
        ({"told": {"numbers": ["epoch", "depth"]}}, "'rate' is to be a parameter of the space, in one of names or"),
        ({"told": {"names": ["task", "rate"], "numbers": ["kind", "epoch", "depth"]}}, "'rate' is a number, and is"),
        ({"told": {"names": ["task"], "numbers": ["kind", "epoch", "depth", "rate"]}}, "'kind' has names, and is"),
        ({"told": {"constants": {"kind": "round"}}}, "config_space.json: kind = 'round' is not one of"),
        ({"told": {"constants": {"depth": 3}}}, "depth is no longer tuned, but depends on kind"),
        ({"told": {"constants": {"width": 3}}}, "no parameter called 'width'"),
        ({"space": without("rate")}, "'rate' is to be a parameter of the space"),
        ({"space": {"forbiddens": [{"name": "kind"}]}}, "config_space.json: forbidden combinations are not supported"),
        ({"encoding": {"kind": {"flat": 1, "#na#": 0}}}, "encoding.json: it has no number for kind = 'deep'"),
        ({"encoding": {"kind": 3}}, "encoding.json: it is to have numbers for the choices of task, kind"),
        ({"onnx": b"nothing"}, "model.onnx is no model that onnxruntime reads: "),
        ({"onnx": model(numbers=2)}, "x_cont has the shape ['n', 2], and known.toml names 3 columns"),
        ({"told": {"outputs": ["seconds", "error", "test", "more"]}}, "the output has the shape ['n', 3], and known.t"),
    ],
)
def test_what_is_wrong_with_the_files_is_told_in_one_line(tmp_path: Path, changes: dict[str, Any], line: str) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(InvalidOption) as caught:
        OnnxSurrogate(path=path).prepare()
    text = str(caught.value)
    assert "\n" not in text
    assert line in text.replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"path": "bn-relu-net"}, "no surrogate called 'bn-relu-net'; did you mean 'bn-relu-net-model'?"),
        ({"path": "nowhere.toml"}, "cannot read nowhere.toml: No such file or directory"),
        ({"path": 3}, "path is the TOML file of a surrogate, or the name of one that ships, not 3"),
        ({"instance": 7}, "instance is a text, not 7"),
        ({"instance": "7"}, "there are no instances, and none called '7'"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        OnnxSurrogate(**options)
    assert told in str(caught.value)


def test_an_unknown_instance_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"no instance called '9'.* known: 7, 8"):
        OnnxSurrogate(path=write(tmp_path), instance="9")
