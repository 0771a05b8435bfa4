"""The plan fixes what decides results: seeds by content, studies by what they are, shards by size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results.journal import Wave
from tuner import Suite
from tuner.errors import BrokenPlugin, InvalidOption, TunerError, UnknownPlugin
from tuner.plan import Plan, StudyPlan, make_plan
from tuner.shard import ShardRunner

COMPARED = ("trial", "configuration", "trial_seed", "data_seed", "status", "value", "values", "losses", "held_out")
GREEDY = """
from tuner import Configuration, Proposal, SearchStrategy

class Greedy(SearchStrategy):
    "Random at first, then near the best: what it proposes depends on what it was told."

    def __init__(self, problem, *, seed, budget, start=3):
        super().__init__(problem, seed=seed, budget=budget)
        self.start, self.best, self.told = start, None, 0

    def ask(self, count):
        return [Proposal(self.propose()) for _ in range(count)]

    def propose(self):
        fresh = self.space.sample(self.rng)
        if self.told < self.start or self.best is None:
            return fresh
        unit = 0.9 * self.space.to_unit(self.best.trial.configuration) + 0.1 * self.space.to_unit(fresh)
        return self.space.from_unit(unit)

    def tell(self, result):
        self.told += 1
        if not result.is_failure and (self.best is None or result.loss < self.best.loss):
            self.best = result

class Particular(SearchStrategy):
    from tuner import Feature
    supports = Feature.CATEGORICAL
    packages = ("no-such-distribution",)

    def ask(self, count):
        return []

class Exiting(SearchStrategy):
    def __init__(self, problem, *, seed, budget):
        raise SystemExit(1)

    def ask(self, count):
        return []
"""


@pytest.fixture
def greedy(tmp_path: Path) -> str:
    (tmp_path / "greedy.py").write_text(GREEDY)
    return f"{tmp_path}/greedy.py:Greedy"


def suite(**changes: Any) -> Suite:
    data: dict[str, Any] = {"name": "mine", "seeds": 2, "budget": {"trials": 5}}
    return Suite.model_validate({**data, "tasks": ["branin"], "strategies": ["random"], **changes})


def rows(described: Suite) -> pd.DataFrame:
    """What every trial decided and measured, by the labels of its study."""
    plan = make_plan(described)
    waves: list[Wave] = []
    for shard in plan.shards:
        runner = ShardRunner(shard, worker="here")
        while not runner.is_over:
            waves.append(runner.advance())
    frame = pd.concat([wave.rows.to_pandas() for wave in waves])
    labels = {s.number: f"{s.task.label} {s.strategy.label} {s.seed_index}" for s in plan.studies}
    frame.insert(0, "label", frame["study"].map(labels))
    chosen: pd.DataFrame = frame.sort_values(["label", "trial"])[["label", *COMPARED]].reset_index(drop=True)
    return chosen


def assert_holds(whole: pd.DataFrame, part: pd.DataFrame) -> None:
    """That the rows of `part` are in `whole`, unchanged."""
    mine = whole[whole["label"].isin(part["label"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, part, check_exact=True)


def study_of(plan: Plan, **wanted: object) -> StudyPlan:
    (found,) = [
        s
        for s in plan.studies
        if {"task": s.task.label, "strategy": s.strategy.label, "seed": s.seed_index}.items() >= wanted.items()
    ]
    return found


def seeds_of(described: Suite, **wanted: object) -> tuple[int, ...]:
    study = study_of(make_plan(described), **wanted)
    return tuple(study.seed_for(purpose) for purpose in ("data", "strategy", "trial"))


def test_strategies_of_a_task_and_seed_share_all_seeds() -> None:
    both = suite(strategies=["random", "grid"], seeds=1)
    assert seeds_of(both, strategy="random") == seeds_of(both, strategy="grid")


def test_strategies_meet_the_same_luck_trial_by_trial(greedy: str) -> None:
    frame = rows(suite(strategies=["random", greedy], seeds=1))
    paired = frame.groupby("trial")[["trial_seed", "data_seed"]].nunique()
    assert (paired == 1).all(axis=None)
    assert frame["trial_seed"].nunique() == 5
    assert len(set(frame["data_seed"])) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"seeds": [1]},
        {"seed": 1},
        {"tasks": [{"name": "branin", "options": {"noise": 0.5}}]},
        {"tasks": ["hartmann3"]},
    ],
)
def test_another_seed_task_or_option_has_other_luck(other: dict[str, Any]) -> None:
    one, another = suite(seeds=[0]), suite(**{"seeds": [0], **other})
    assert not set(seeds_of(one)) & set(seeds_of(another))


def test_purposes_have_different_seeds() -> None:
    assert len(set(seeds_of(suite(seeds=1)))) == 3


def test_a_label_changes_no_seed() -> None:
    assert seeds_of(suite(seeds=1)) == seeds_of(suite(seeds=1, tasks=[{"name": "branin", "label": "other"}]))


def test_another_strategy_changes_no_other_study(greedy: str) -> None:
    before = rows(suite(strategies=[greedy]))
    assert_holds(rows(suite(strategies=["random", greedy, "sobol"])), before)


def test_another_task_changes_no_other_study(greedy: str) -> None:
    before = rows(suite(strategies=[greedy]))
    assert_holds(rows(suite(strategies=[greedy], tasks=["hartmann3", "branin"])), before)


def test_another_seed_changes_no_other_study(greedy: str) -> None:
    assert_holds(rows(suite(strategies=[greedy], seeds=[5, 1, 0])), rows(suite(strategies=[greedy])))


def test_the_order_of_a_suite_changes_nothing(greedy: str) -> None:
    one = suite(strategies=["random", greedy], tasks=["branin", "hartmann3"], seeds=[0, 1])
    other = suite(strategies=[greedy, "random"], tasks=["hartmann3", "branin"], seeds=[1, 0])
    pd.testing.assert_frame_equal(rows(one), rows(other), check_exact=True)


@pytest.mark.parametrize("size", [1, 3])
def test_the_size_of_shards_changes_nothing(greedy: str, size: int) -> None:
    described = suite(strategies=["random", greedy], seeds=3)
    pd.testing.assert_frame_equal(rows(described), rows(described.changed(shard_size=size)), check_exact=True)


def test_parallelism_changes_what_is_asked(greedy: str) -> None:
    one = rows(suite(strategies=[greedy], seeds=1))
    three = rows(suite(strategies=[greedy], seeds=1, parallelism=3))
    assert one["configuration"].tolist() != three["configuration"].tolist()
    assert one["trial_seed"].tolist() == three["trial_seed"].tolist()


def test_studies_are_numbered_by_task_then_seed_then_strategy() -> None:
    plan = make_plan(suite(strategies=["random", "grid"], tasks=["branin", "hartmann3"]))
    order = [(s.number, s.task.label, s.seed_index, s.strategy.label) for s in plan.studies]
    assert order[:3] == [(0, "branin", 0, "random"), (1, "branin", 0, "grid"), (2, "branin", 1, "random")]
    assert order[-1] == (7, "hartmann3", 1, "grid")


def test_a_shard_holds_studies_of_one_task_at_most_as_many_as_its_size() -> None:
    plan = make_plan(suite(seeds=5, tasks=["branin", "hartmann3"], shard_size=2))
    assert [(shard.number, shard.task.label, len(shard.studies)) for shard in plan.shards] == [
        *((0, "branin", 2), (1, "branin", 2), (2, "branin", 1)),
        *((3, "hartmann3", 2), (4, "hartmann3", 2), (5, "hartmann3", 1)),
    ]
    assert [s for shard in plan.shards for s in shard.studies] == list(plan.studies)


def test_the_first_seed_of_each_strategy_and_task_is_probed() -> None:
    plan = make_plan(suite(seeds=[3, 1], strategies=["random", "grid"]))
    assert [(s.seed_index, s.strategy.label) for s in plan.studies if s.is_probed] == [(3, "random"), (3, "grid")]


def test_a_task_can_have_a_budget_and_a_limit_of_its_own() -> None:
    entry = {"name": "hartmann3", "budget": {"work": 2}, "trial_seconds": 3}
    plan = make_plan(suite(seeds=1, tasks=["branin", entry], trial_seconds=9, trial_memory_mb=1))
    assert [(s.budget.trials, s.budget.work) for s in plan.studies] == [(5, None), (None, 2.0)]
    assert [(s.limits.seconds, s.limits.memory_bytes) for s in plan.shards] == [(9, 2**20), (3, 2**20)]


def test_a_strategy_that_cannot_work_on_a_task_is_skipped_with_the_reason(greedy: str) -> None:
    plan = make_plan(suite(strategies=["random", greedy.replace(":Greedy", ":Particular")]))
    assert set(plan.skipped) == {1, 3}
    assert plan.skipped[1] == "Particular does not support continuous problems"
    assert [s.number for shard in plan.shards for s in shard.studies] == [0, 2]
    assert plan.versions["Particular"] == ""


def test_a_strategy_that_exits_when_it_is_made_is_left_to_fail_in_its_studies(greedy: str) -> None:
    plan = make_plan(suite(strategies=[greedy.replace(":Greedy", ":Exiting")]))
    assert not plan.skipped


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"strategies": ["randon"]}, UnknownPlugin, "no strategy called 'randon'"),
        ({"tasks": ["brannin"]}, UnknownPlugin, "no task called 'brannin'; did you mean 'branin'?"),
        ({"strategies": ["nowhere:Mine"]}, BrokenPlugin, "No module named 'nowhere'"),
        (
            {"tasks": [{"name": "branin", "options": {"niose": 1}}]},
            InvalidOption,
            "task 'branin(niose=1)' has no option 'niose'; did you mean 'noise'? known: noise",
        ),
        (
            {"tasks": [{"name": "branin", "options": {"noise": -1}}]},
            InvalidOption,
            "noise is a finite standard deviation of at least 0, not -1",
        ),
        (
            {"strategies": [{"name": "random", "options": {"x": 1}}]},
            InvalidOption,
            "strategy 'random' has no option 'x'; known: ",
        ),
    ],
)
def test_what_cannot_be_set_up_is_told_before_anything_runs(
    changes: dict[str, Any], kind: type[TunerError], told: str
) -> None:
    with pytest.raises(kind) as caught:
        make_plan(suite(**changes))
    assert told in str(caught.value)


ODD_TASK = """
from dataclasses import dataclass
from tuner import Float, Measurement, Objective, Problem, SearchSpace, Task

@dataclass(frozen=True)
class Odd(Task):
    {trouble}

    @property
    def problem(self):
        return Problem(SearchSpace({{"x": Float(0, 1)}}), (Objective("loss"),))

    def evaluate(self, trial):
        return Measurement({{"loss": 0.5}})
"""


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("best_known = {'loss': float('nan')}", "task 'Odd': the best known 'loss' is not a finite number"),
        ("best_known = {'loss': 'zero'}", "task 'Odd' cannot say what it is: TypeError: must be real number, not str"),
        ("def __post_init__(self): raise KeyError('x')", "task 'Odd' cannot be made: KeyError: 'x'"),
    ],
)
def test_a_task_that_cannot_say_what_is_stored_of_it_is_refused(tmp_path: Path, trouble: str, told: str) -> None:
    (tmp_path / "odd.py").write_text(ODD_TASK.format(trouble=trouble))
    odd = Suite(name="odd", budget={"trials": 1}, tasks=["./odd.py:Odd"], strategies=["random"])
    with pytest.raises(BrokenPlugin, match=re.escape(told)):
        make_plan(odd, tmp_path)
