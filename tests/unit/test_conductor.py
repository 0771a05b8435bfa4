"""A shard goes on whatever kills its worker, and who did it is found out; the workers here only pretend to die."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from results.journal import StudyEnd, Wave
from tuner import Suite, Trial
from tuner.errors import ClusterUnavailable
from tuner.evaluator import ShardWork
from tuner.evaluators.conductor import Conductor, WorkerDied, WorkerSlot
from tuner.evaluators.ray_worker import ShardWorker
from tuner.plan import Limits, Shard, make_plan

STRATEGIES = """
from tuner import Proposal, SearchStrategy

class Steady(SearchStrategy):
    def ask(self, count):
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

class Unsteady(Steady):
    instances = []

    def __init__(self, problem, *, seed, budget):
        super().__init__(problem, seed=seed, budget=budget)
        self.instances.append(self)
        for _ in self.instances:
            self.rng.random()
"""
Killer = Callable[[str, tuple[Any, ...]], bool]
"""Says of a call, by method and arguments, that the worker dies in it."""


class PretendedSlot(WorkerSlot):
    """Keeps its worker in this process, and loses it where the killer says so."""

    def __init__(self, kills: Killer, death_seconds: float = 0.1) -> None:
        super().__init__()
        self.worker: ShardWorker | None = None
        self.kills = kills
        self.death_seconds = death_seconds

    def call(self, method: str, *arguments: object) -> Any:
        if self.kills(method, arguments):
            self.worker = None
            raise WorkerDied(RuntimeError("killed"), self.death_seconds)
        if self.worker is None:
            self.worker = ShardWorker()
        return getattr(self.worker, method)(*arguments)


def shard_of(tmp_path: Path, strategy: str = "Steady", seconds: float | None = None) -> Shard:
    (tmp_path / "mine.py").write_text(STRATEGIES)
    described = Suite(
        name="mine",
        seeds=1,
        budget={"trials": 4},
        tasks=["branin"],
        strategies=["random", f"{tmp_path}/mine.py:{strategy}"],
    )
    (shard,) = make_plan(described).shards
    return replace(shard, limits=Limits(seconds))


def conduct(shard: Shard, slot: WorkerSlot) -> list[Wave]:
    conductor = Conductor(ShardWork(shard), slot, [], threading.Event(), lambda _shard, _reason: None)
    waves = [Wave.decode(block) for blocks in conductor.run(0.0) for block in blocks]
    assert len(waves) < 20
    return waves


def ends(waves: list[Wave]) -> dict[int, StudyEnd]:
    return {end.study: end for wave in waves for end in wave.ended}


def trials(waves: list[Wave], study: int) -> list[tuple[int, str, str]]:
    rows = [row for wave in waves for row in wave.rows.to_pylist()]
    return [(row["trial"], row["configuration"], row["status"]) for row in rows if row["study"] == study]


def nothing(_method: str, _arguments: tuple[Any, ...]) -> bool:
    return False


class Once:
    """Kills in the first call of a method."""

    def __init__(self, method: str) -> None:
        self.method: str | None = method

    def __call__(self, method: str, _arguments: tuple[Any, ...]) -> bool:
        if method != self.method:
            return False
        self.method = None
        return True


@pytest.mark.parametrize("method", ["open", "advance"])
def test_a_death_that_does_not_come_again_changes_nothing(tmp_path: Path, method: str) -> None:
    shard = shard_of(tmp_path)
    whole, hurt = conduct(shard, PretendedSlot(nothing)), conduct(shard, PretendedSlot(Once(method)))
    assert [trials(whole, study) for study in (0, 1)] == [trials(hurt, study) for study in (0, 1)]
    assert ends(whole) == ends(hurt)


def test_a_strategy_that_kills_its_process_in_tell_fails_with_its_trials_and_the_others_go_on(tmp_path: Path) -> None:
    def in_tell(method: str, arguments: tuple[Any, ...]) -> bool:
        if method == "record_study":
            return arguments[0] == 1 and arguments[2] is None
        return method in {"advance", "record"}

    shard = shard_of(tmp_path)
    whole, hurt = conduct(shard, PretendedSlot(nothing)), conduct(shard, PretendedSlot(in_tell))
    assert ends(hurt)[1] == StudyEnd(1, "failed", "the strategy's process died in tell")
    assert trials(hurt, 1) == trials(whole, 1)[:1]
    assert trials(hurt, 0) == trials(whole, 0)


def test_deaths_that_no_strategy_is_to_blame_for_end_the_run(tmp_path: Path) -> None:
    slot = PretendedSlot(lambda method, _arguments: method in {"advance", "record", "close_wave"})
    with pytest.raises(ClusterUnavailable, match="workers die though no strategy is at fault"):
        conduct(shard_of(tmp_path), slot)


def test_a_strategy_that_wants_something_else_after_a_death_gets_no_other_trials_values(tmp_path: Path) -> None:
    calls: list[str] = []

    def between_evaluation_and_record(method: str, _arguments: tuple[Any, ...]) -> bool:
        calls.append(method)
        return method == "advance" or (method == "record" and calls.count("record") == 1)

    waves = conduct(shard_of(tmp_path, "Unsteady"), PretendedSlot(between_evaluation_and_record))
    end = ends(waves)[1]
    assert end.status == "failed"
    assert str(end.message).startswith("the strategy is not deterministic")
    assert trials(waves, 1) == []
    assert [trial for trial, _, _ in trials(waves, 0)] == [0, 1, 2, 3]


def dies_with(trial: int) -> Killer:
    def kills(method: str, arguments: tuple[Any, ...]) -> bool:
        if method != "evaluate":
            return method == "advance"
        (wanted,) = arguments[1]
        assert isinstance(wanted, Trial)
        return wanted.id == trial

    return kills


def test_a_trial_that_kills_its_process_is_a_crash(tmp_path: Path) -> None:
    waves = conduct(shard_of(tmp_path, seconds=2.0), PretendedSlot(dies_with(2)))
    assert [status for _, _, status in trials(waves, 0)] == ["ok", "ok", "crash", "ok"]


def test_a_death_that_is_noticed_late_is_a_crash_all_the_same(tmp_path: Path) -> None:
    waves = conduct(shard_of(tmp_path, seconds=2.0), PretendedSlot(dies_with(2), death_seconds=2.5))
    assert [status for _, _, status in trials(waves, 0)] == ["ok", "ok", "crash", "ok"]


def test_a_process_that_dies_past_the_limit_had_a_trial_that_took_too_long(tmp_path: Path) -> None:
    waves = conduct(shard_of(tmp_path, seconds=2.0), PretendedSlot(dies_with(2), death_seconds=3.5))
    assert [status for _, _, status in trials(waves, 0)] == ["ok", "ok", "timeout", "ok"]


def test_what_the_start_of_a_process_takes_is_not_held_against_a_trial(tmp_path: Path) -> None:
    slot = PretendedSlot(lambda method, _arguments: method in {"advance", "be_ready"}, death_seconds=100.0)
    waves = conduct(shard_of(tmp_path, seconds=2.0), slot)
    assert {status for _, _, status in trials(waves, 0)} == {"crash"}
