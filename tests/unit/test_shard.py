"""A shard that is replayed and goes on is a shard that never stopped."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from results.journal import Wave
from results.records import DECISIONS, OUTCOMES
from tuner import Suite
from tuner.plan import Shard, make_plan
from tuner.shard import ShardRunner

DECIDED = [name for name in DECISIONS if name in OUTCOMES.names]
CLIMBER = """
from tuner import Configuration, Proposal, SearchStrategy

class Climber(SearchStrategy):
    "Half way between its best and a random point; its memory is all that it was told."

    def __init__(self, problem, *, seed, budget):
        super().__init__(problem, seed=seed, budget=budget)
        self.told = []

    def ask(self, count):
        best = min(self.told, default=None, key=lambda result: result.loss)
        return [Proposal(self.near(best)) for _ in range(count)]

    def near(self, best):
        fresh = self.space.sample(self.rng)
        if best is None:
            return fresh
        return self.space.from_unit(
            (self.space.to_unit(best.trial.configuration) + self.space.to_unit(fresh)) / WEIGHT
        )

    def tell(self, result):
        self.told.append(result)
"""


def shard_of(tmp_path: Path, climber: str = CLIMBER.replace("WEIGHT", "2"), **changes: Any) -> Shard:
    (tmp_path / "climber.py").write_text(climber)
    data: dict[str, Any] = {"name": "mine", "seeds": 2, "budget": {"trials": 6}, "parallelism": 2, "tasks": ["branin"]}
    strategies = ["random", {"name": "grid", "options": {"points": 2}}, "sobol", f"{tmp_path}/climber.py:Climber"]
    (shard,) = make_plan(Suite.model_validate({**data, "strategies": strategies, **changes})).shards
    return shard


def finish(runner: ShardRunner) -> list[Wave]:
    waves = []
    while not runner.is_over:
        waves.append(Wave.decode(runner.advance().encode()))
    return waves


def decided(waves: list[Wave]) -> pd.DataFrame:
    frame: pd.DataFrame = pd.concat([wave.rows.to_pandas()[DECIDED] for wave in waves], ignore_index=True)
    return frame


def endings(waves: list[Wave]) -> dict[int, tuple[str, str | None]]:
    return {end.study: (end.status, end.message) for wave in waves for end in wave.ended}


def test_a_replay_that_goes_on_equals_never_having_stopped_wherever_it_stopped(tmp_path: Path) -> None:
    shard = shard_of(tmp_path)
    whole = finish(ShardRunner(shard, worker="here"))
    assert len(whole) >= 3
    assert set(endings(whole).values()) == {("finished", None)}
    for stop in range(len(whole) + 1):
        runner = ShardRunner(shard, worker="there")
        runner.replay(whole[:stop])
        again = [*whole[:stop], *finish(runner)]
        pd.testing.assert_frame_equal(decided(again), decided(whole), check_exact=True)
        assert endings(again) == endings(whole)
        assert [wave.number for wave in again] == list(range(len(whole)))


def test_a_wave_is_what_all_open_studies_want_next(tmp_path: Path) -> None:
    runner = ShardRunner(shard_of(tmp_path), worker="here")
    first = runner.advance()
    assert first.rows["study"].to_pylist() == [number for number in range(8) for _ in range(2)]
    assert first.rows["trial"].to_pylist() == [0, 1] * 8


def test_every_study_ends_exactly_once(tmp_path: Path) -> None:
    waves = finish(ShardRunner(shard_of(tmp_path), worker="here"))
    assert sorted(end.study for wave in waves for end in wave.ended) == list(range(8))


def test_a_strategy_that_changed_in_between_fails_and_the_others_go_on(tmp_path: Path) -> None:
    before = finish(ShardRunner(shard_of(tmp_path), worker="here"))[:2]
    changed = ShardRunner(shard_of(tmp_path, CLIMBER.replace("WEIGHT", "2.5")), worker="here")
    changed.replay(before)
    waves = [*before, *finish(changed)]
    ended = endings(waves)
    for number in (3, 7):
        status, message = ended[number]
        assert status == "failed"
        assert message is not None
        assert message.startswith("the strategy is not deterministic: with the same seed and results it proposed {")
        assert message.endswith("for trial 2")
        assert (decided(waves)["study"] == number).sum() == 4
    assert {ended[number] for number in (0, 1, 2, 4, 5, 6)} == {("finished", None)}
    assert (decided(waves)["study"] == 0).sum() == 6


def test_a_strategy_that_breaks_in_a_replay_fails_and_the_others_go_on(tmp_path: Path) -> None:
    before = finish(ShardRunner(shard_of(tmp_path), worker="here"))[:2]
    changed = ShardRunner(shard_of(tmp_path, CLIMBER.replace("WEIGHT", "weight")), worker="here")
    changed.replay(before)
    ended = endings(finish(changed))
    assert ended[3] == ("failed", "ask raised NameError: name 'weight' is not defined")
    assert ended[0] == ("finished", None)


@pytest.mark.parametrize(("budget", "trials"), [({"work": 3}, 3), ({"trials": 5}, 5)])
def test_a_budget_is_kept_over_a_replay(tmp_path: Path, budget: dict[str, int], trials: int) -> None:
    shard = shard_of(tmp_path, budget=budget, strategies=["random"])
    first = ShardRunner(shard, worker="here").advance()
    runner = ShardRunner(shard, worker="here")
    runner.replay([first])
    counts = decided([first, *finish(runner)])["study"].value_counts()
    assert counts.tolist() == [trials, trials]


def test_a_budget_of_seconds_counts_what_was_measured_before_the_replay(tmp_path: Path) -> None:
    shard = shard_of(tmp_path, budget={"seconds": 1000}, strategies=["random"], seeds=1)
    first = ShardRunner(shard, worker="here").advance()
    names = first.rows.schema.names
    slow = first.rows.set_column(names.index("seconds"), OUTCOMES.field("seconds"), pa.array([600.0, 600.0]))
    runner = ShardRunner(shard, worker="here")
    runner.replay([Wave(0, 0, slow)])
    assert runner.propose() == []


def test_advancing_for_a_time_brings_at_least_one_wave(tmp_path: Path) -> None:
    runner = ShardRunner(shard_of(tmp_path), worker="here")
    assert len(runner.advance_for(0.0)) == 1


def test_advancing_stops_when_the_time_is_up(tmp_path: Path) -> None:
    runner = ShardRunner(shard_of(tmp_path), worker="here")
    assert len(runner.advance_for(1.5, clock=itertools.count().__next__)) == 2


def test_advancing_ends_with_the_last_study(tmp_path: Path) -> None:
    runner = ShardRunner(shard_of(tmp_path), worker="here")
    blocks = runner.advance_for(3600.0)
    assert runner.is_over
    assert endings([Wave.decode(block) for block in blocks]).keys() == set(range(8))
    assert runner.advance_for(3600.0) == []


MORTAL = """
from tuner import Proposal, SearchStrategy

class Climber(SearchStrategy):
    def ask(self, count):
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

    def tell(self, result):
        if result.trial.id == 2:
            raise KeyboardInterrupt  # what a replay must not meet again
"""


def test_a_study_recorded_with_a_failure_keeps_its_trials_and_is_told_nothing_then_or_in_a_replay(
    tmp_path: Path,
) -> None:
    shard = shard_of(tmp_path, MORTAL)
    runner = ShardRunner(shard, worker="here")
    first = runner.advance()
    trials = runner.propose()
    for number in runner.live:
        mine = runner.evaluator.evaluate([trial for trial in trials if trial.study == number])
        runner.record_study(number, mine, "it kills" if number in {3, 7} else None)
    second = runner.close_wave()
    assert {number: end for number, end in endings([second]).items() if number in {3, 7}} == dict.fromkeys(
        (3, 7), ("failed", "it kills")
    )
    assert (decided([first, second])["study"] == 3).sum() == 4
    again = ShardRunner(shard, worker="here")
    again.replay([first, second])
    assert 3 not in again.live
    assert endings(finish(again))[0] == ("finished", None)


def test_a_simulated_shard_puts_many_rounds_into_a_wave_and_replays_them(tmp_path: Path) -> None:
    task = {"name": "branin", "modifiers": [{"name": "delayed", "options": {"seconds": 3.0}}]}
    shard = shard_of(tmp_path, tasks=[task], parallelism=1, clock="simulated", workers=3, budget={"trials": 20})
    once = ShardRunner(shard, worker="here")
    (wave,) = finish(once)
    assert wave.rows.num_rows > 60
    ticks = itertools.count()
    slow = ShardRunner(shard, worker="here")
    parts = []
    while not slow.is_over:
        parts.append(Wave.decode(slow.advance(lambda: 0.05 * next(ticks)).encode()))
    assert len(parts) > 3
    by_trial = ["study", "trial"]
    for stop in range(len(parts) + 1):
        runner = ShardRunner(shard, worker="there")
        runner.replay(parts[:stop])
        again = decided([*parts[:stop], *finish(runner)]).sort_values(by_trial, ignore_index=True)
        whole = decided([wave]).sort_values(by_trial, ignore_index=True)
        pd.testing.assert_frame_equal(again, whole, check_exact=True)
