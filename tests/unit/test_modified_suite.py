"""Modifiers in a suite: named, labelled, seeded, stored, resumed, and told apart."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run
from runs_under_test import HERE, decisions, interrupt, on_wave

from benchmarks.modifiers import Anonymous, Noisy, Permuted
from benchmarks.synthetic import Branin
from results.store import Store, open_store
from tuner import Suite, resume_run, run_suite
from tuner.configuration import Configuration
from tuner.errors import BrokenPlugin, InvalidOption, InvalidSuite, UnknownPlugin
from tuner.plan import StudyPlan, make_plan
from tuner.suite import load_suite, parse_suite
from tuner.trial import Proposal, Trial
from tuner.verification import verify_run

SUITE = """
name = "harder"
seeds = 2
budget = { trials = 6 }
strategies = ["random", "grid"]

[[tasks]]
name = "branin"
modifiers = ["shifted", { name = "noisy", options = { deviation = 0.1 } }]

[[tasks]]
name = "hartmann3"
modifiers = ["anonymous", "permuted", "discretised", "delayed", "failing"]
"""
ROUNDED = """
from dataclasses import dataclass, replace
from tuner import Modifier

@dataclass(frozen=True, kw_only=True)
class Rounded(Modifier):
    digits: int = {digits}
    remark = "rounded"

    def outward(self, trial, measurement):
        return replace(measurement, values={{name: round(v, self.digits) for name, v in measurement.values.items()}})
"""
NOSY = """
from tuner import Feature, Proposal, SearchStrategy

class Nosy(SearchStrategy):
    "Writes down all that it gets to see."
    supports = Feature.MIXED | Feature.CONDITIONAL

    def __init__(self, problem, *, seed, budget, file=""):
        super().__init__(problem, seed=seed, budget=budget)
        self.file = file
        self.note(problem, budget, vars(self))

    def note(self, *seen):
        if self.file:
            with open(self.file, "a") as file:
                print(*map(repr, seen), file=file)

    def ask(self, count):
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

    def tell(self, result):
        self.note(result)
"""
NAMES = """
from dataclasses import dataclass
from tuner import Categorical, Condition, Fidelity, Float, Measurement, Objective, Problem, SearchSpace, Task

@dataclass(frozen=True)
class Secret(Task):
    @property
    def problem(self):
        parameters = {"secret_kind": Categorical(("secret_a", "secret_b")), "secret_rate": Float(0, 1)}
        space = SearchSpace(parameters, (Condition("secret_rate", "secret_kind", ("secret_b",)),))
        return Problem(space, (Objective("secret_loss"),), Fidelity("secret_epochs", 1, 9))

    def evaluate(self, trial):
        if trial.configuration["secret_kind"] == "secret_a":
            raise ValueError("secret_kind is secret_a, so there is no secret_rate after 9 secret_epochs")
        loss = trial.configuration["secret_rate"]
        return Measurement({"secret_loss": loss, "secret_beside": loss}, {"secret_loss": loss}, None, {"secret_x": 1.0})
"""


def suite(*modifiers: Any, task: str = "branin", **changes: Any) -> Suite:
    entry = {"name": task, "modifiers": list(modifiers)}
    data: dict[str, Any] = {"name": "mine", "seeds": 2, "budget": {"trials": 5}, "strategies": ["random"]}
    return Suite.model_validate({**data, "tasks": [entry], **changes})


def first_study(described: Suite) -> StudyPlan:
    return make_plan(described).studies[0]


def seeds_of(described: Suite) -> dict[str, int]:
    return {purpose: first_study(described).seed_for(purpose) for purpose in ("data", "strategy", "trial")}


def rounded(folder: Path, digits: int) -> Path:
    path = folder / "rounded.py"
    path.write_text(ROUNDED.format(digits=digits))
    return path


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return run_suite(parse_suite(SUITE), out=tmp_path_factory.mktemp("runs") / "harder", where=HERE)


def test_a_label_names_the_modifiers_in_their_order() -> None:
    assert parse_suite(SUITE).task_labels == [
        "branin+shifted+noisy(deviation=0.1)",
        "hartmann3+anonymous+permuted+discretised+delayed+failing",
    ]


def test_a_suite_with_modifiers_reads_back_from_its_toml() -> None:
    read = parse_suite(SUITE)
    assert parse_suite(read.to_toml()) == read


def test_the_path_of_a_modifiers_file_starts_where_the_suite_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    rounded(tmp_path / "deep", 1)
    (tmp_path / "deep" / "mine.toml").write_text(suite("./rounded.py:Rounded").to_toml())

    read = load_suite("deep/mine.toml")
    assert read.tasks[0].modifiers[0].name == "deep/rounded.py:Rounded"
    assert read.task_labels == ["branin+Rounded"]
    assert make_plan(read).tasks["branin+Rounded"].card.summary.startswith("rounded: Branin's function")


@pytest.mark.parametrize(
    ("modifiers", "kind", "told"),
    [
        (["nosy"], UnknownPlugin, "no modifier called 'nosy'; did you mean 'noisy'?"),
        ([{"name": "noisy", "options": {"x": 1}}], InvalidOption, "modifier 'noisy' has no option 'x'"),
        ([{"name": "noisy", "options": {"deviation": -1}}], InvalidOption, "deviation is a finite standard deviation"),
        (["benchmarks.synthetic:Branin"], BrokenPlugin, "names no Modifier class"),
    ],
)
def test_a_modifier_that_cannot_be_set_up_is_told_before_anything_runs(
    modifiers: list[Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind) as caught:
        make_plan(suite(*modifiers))
    assert told in str(caught.value)


def test_a_modifier_is_no_task() -> None:
    with pytest.raises(BrokenPlugin, match=r"'benchmarks\.modifiers:Noisy' is a modifier: name it among a task's"):
        make_plan(suite(task="benchmarks.modifiers:Noisy"))


def test_an_unknown_key_of_a_modifier_comes_with_the_known_ones() -> None:
    with pytest.raises(InvalidSuite, match=r"unknown key 'tasks.0.modifiers.1.option'; did you mean 'options'\?"):
        parse_suite(SUITE.replace("options =", "option ="))


def test_a_task_without_modifiers_has_the_seeds_that_it_always_had() -> None:
    study = first_study(suite())
    assert study.task.content == hashlib.sha256(b"benchmarks.synthetic:Branin\0{}").hexdigest()
    assert study.task.data_content == study.task.content


def test_a_modified_task_meets_the_same_data_as_the_task_and_other_luck() -> None:
    plain, noisy = seeds_of(suite()), seeds_of(suite("noisy"))

    assert noisy["data"] == plain["data"]
    assert noisy["trial"] != plain["trial"]
    assert noisy["strategy"] != plain["strategy"]


@pytest.mark.parametrize(
    "other", [[], ["shifted"], ["shifted", "noisy"], [{"name": "noisy", "options": {"deviation": 1}}, "shifted"]]
)
def test_other_modifiers_options_or_orders_have_other_luck(other: list[Any]) -> None:
    assert seeds_of(suite("noisy", "shifted"))["trial"] != seeds_of(suite(*other))["trial"]


def test_a_suite_with_modifiers_runs_from_beginning_to_end(stored: Store) -> None:
    assert set(stored.studies["status"]) == {"finished"}
    assert set(stored.studies["trials"]) == {6}
    assert set(stored.trials["status"]) <= {"ok", "error"}


def test_the_store_says_what_changed_a_task(stored: Store) -> None:
    told = stored.studies.drop_duplicates("task").set_index("task")["modifiers"]

    assert json.loads(told.iloc[0]) == [
        {"name": "shifted", "options": {}},
        {"name": "noisy", "options": {"deviation": 0.1}},
    ]
    assert [found["name"] for found in json.loads(told.iloc[1])] == parse_suite(SUITE).task_labels[1].split("+")[1:]
    assert set(stored.trials["modifiers"]) == set(told)


def test_the_noise_free_value_is_what_the_plain_task_measures(tmp_path: Path) -> None:
    trials = run_suite(suite("noisy"), out=tmp_path / "run", where=HERE).trials

    assert len(trials) == 10
    for row in trials.itertuples():
        proposal = Proposal(Configuration.from_json(str(row.configuration)))
        trial = Trial(int(str(row.trial)), proposal, int(str(row.trial_seed)), int(str(row.data_seed)))
        exact = Branin().evaluate(trial).held_out["value"]
        assert row.extras == {"noise_free value": exact}
        assert row.value != exact
        assert row.held_out == {"value": exact}


def test_a_stored_run_with_modifiers_keeps_all_laws(stored: Store) -> None:
    verdicts = verify_run(stored.paths[0], is_replayed=True)
    assert [verdict for verdict in verdicts if verdict.status == "broken"] == []


def test_a_run_is_resumed_with_the_modifier_that_it_was_begun_with(tmp_path: Path) -> None:
    described = suite(f"{rounded(tmp_path, 1)}:Rounded", seeds=4, shard_size=1)
    whole = decisions(run_suite(described, out=tmp_path / "whole", where=HERE))
    run_suite(described, out=tmp_path / "cut", where=HERE, watch=on_wave(4, interrupt))
    rounded(tmp_path, 5).rename(tmp_path / "gone.py")
    resumed = resume_run(tmp_path / "cut", where=HERE)

    assert resumed.studies["status"].eq("finished").all()
    pd.testing.assert_frame_equal(decisions(resumed), whole, check_exact=True)
    plugins = json.loads((tmp_path / "cut" / "run.json").read_text())["plugins"]
    assert [plugin["name"] for plugin in plugins if plugin["kind"] == "modifier"] == ["Rounded"]


def test_one_label_with_other_modifiers_is_another_task_in_another_run(tmp_path: Path) -> None:
    for name, modifiers in (("a", ["noisy"]), ("b", ["noisy"]), ("c", [])):
        entry = {"name": "branin", "label": "it", "modifiers": modifiers}
        run_suite(suite(tasks=[entry]), out=tmp_path / name, where=HERE)

    assert open_store(tmp_path / "a", tmp_path / "b").tasks == ("it",)
    assert open_store(tmp_path / "a", tmp_path / "c").tasks == ("it (a)", "it (c)")


def test_a_run_from_before_there_were_modifiers_is_read_as_one_without(tmp_path: Path) -> None:
    old, new = write_example_run(tmp_path / "old", name="old"), write_example_run(tmp_path / "new", name="new", seed=1)
    for name in ("trials.parquet", "studies.parquet"):
        pq.write_table(pq.read_table(old / name).drop_columns("modifiers"), old / name)

    assert set(open_store(old).trials["modifiers"]) == {"[]"}
    assert open_store(old, new).tasks == open_store(new).tasks
    assert len(open_store(old, new).trials) == 2 * len(open_store(new).trials)


def test_no_name_of_an_anonymous_task_reaches_a_strategy(tmp_path: Path) -> None:
    (tmp_path / "nosy.py").write_text(NOSY)
    (tmp_path / "secret.py").write_text(NAMES)
    for name, modifiers in (("seen.txt", ["noisy", "anonymous", "permuted"]), ("plain.txt", [])):
        nosy = {"name": f"{tmp_path}/nosy.py:Nosy", "options": {"file": str(tmp_path / name)}}
        described = suite(*modifiers, task=f"{tmp_path}/secret.py:Secret", strategies=[nosy], budget={"trials": 20})
        store = run_suite(described, out=tmp_path / name.removesuffix(".txt"), where=HERE)
        assert set(store.trials["status"]) == {"ok", "error"}

    assert "secret_rate" in (tmp_path / "plain.txt").read_text()
    assert (tmp_path / "seen.txt").read_text().count("TrialResult") > 40
    assert "secret" not in (tmp_path / "seen.txt").read_text().replace(str(tmp_path), "").lower()


def test_modifiers_compose_in_the_order_in_which_they_stand() -> None:
    task = make_plan(suite("noisy", "anonymous", "permuted")).tasks["branin+noisy+anonymous+permuted"]

    assert task == Permuted(Anonymous(Noisy(Branin())))
