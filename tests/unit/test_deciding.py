"""A suite may add seeds until its strategies are told apart: early for an obvious pair, up to the most for equals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from rivals_under_test import write_rivals
from runs_under_test import HERE, decisions, interrupt, on_wave, state, suite

from results.sealing import read_table, write_table
from results.store import Store, open_store
from tuner import Suite, resume_run, run_suite
from tuner.cli.progress import describe_event
from tuner.cli.tally import RunTally
from tuner.deciding import rounds_of
from tuner.errors import InvalidSuite
from tuner.events import Event, RoundBegun
from tuner.shard import ShardRunner
from tuner.suite import parse_suite
from tuner.verification import verify_run


@pytest.fixture
def rivals(tmp_path: Path) -> Path:
    return write_rivals(tmp_path)


def undecided(rivals: Path, *names: str, **changes: Any) -> Suite:
    strategies = ["random", *[{"name": f"{rivals}:{name}", "label": name} for name in names]]
    return suite(strategies=strategies, tasks=["branin", "hartmann3"], seeds=4, stop="decided", **changes)


def looks(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((store.paths[0] / "run.json").read_text())["looks"]
    return found


def test_an_obvious_pair_ends_the_run_after_the_first_seeds(tmp_path: Path, rivals: Path) -> None:
    store = run_suite(undecided(rivals, "Stuck"), out=tmp_path / "run", where=HERE)
    assert sorted(store.studies["seed"].unique()) == [0, 1, 2, 3]
    assert [look["pairs"] for look in looks(store)] == [
        [{"a": "random", "b": "Stuck", "state": "decided", "winner": "random"}]
    ]
    assert state(tmp_path / "run") == "finished"


def test_equals_are_compared_up_to_the_most_seeds_and_stay_open(tmp_path: Path, rivals: Path) -> None:
    plan = undecided(rivals, "Again", deciding={"max_seeds": 9})
    store = run_suite(plan, out=tmp_path / "run", where=HERE)
    assert store.studies["seed"].nunique() == 9
    assert [look["seeds"] for look in looks(store)] == [4, 6, 9]
    assert {look["pairs"][0]["state"] for look in looks(store)} == {"open"}
    assert sum(look["level"] for look in looks(store)) == pytest.approx(0.05)


def test_only_the_named_pairs_keep_the_run_going(tmp_path: Path, rivals: Path) -> None:
    plan = undecided(rivals, "Again", "Stuck", deciding={"pairs": [["Stuck", "Again"]]})
    store = run_suite(plan, out=tmp_path / "run", where=HERE)
    assert store.studies["seed"].nunique() == 4


def test_a_strategy_that_is_skipped_everywhere_keeps_nothing_going(tmp_path: Path, rivals: Path) -> None:
    plan = undecided(rivals, "Stuck")
    with_hyperband = plan.changed(strategies=[*[entry.model_dump() for entry in plan.strategies], "hyperband"])
    store = run_suite(with_hyperband, out=tmp_path / "run", where=HERE)
    assert set(store.studies.loc[store.studies["status"] == "skipped", "strategy"]) == {"hyperband"}
    assert store.studies["seed"].nunique() == 4
    assert [(pair["a"], pair["b"]) for pair in looks(store)[0]["pairs"]] == [("random", "Stuck")]


def test_interrupted_in_a_later_round_and_resumed_it_decides_the_same(tmp_path: Path, rivals: Path) -> None:
    plan = undecided(rivals, "Again", deciding={"max_seeds": 9})
    whole = run_suite(plan, out=tmp_path / "whole", where=HERE)
    begun: list[Event] = []

    def watch(event: Event) -> None:
        begun.append(event)
        if isinstance(begun[-1], RoundBegun):
            interrupt()

    run_suite(plan, out=tmp_path / "part", where=HERE, watch=watch)
    assert state(tmp_path / "part") == "interrupted"
    resumed = resume_run(tmp_path / "part", where=HERE)
    assert decisions(resumed).equals(decisions(whole))
    assert looks(resumed) == looks(whole)


def test_interrupted_in_the_first_round_and_resumed_it_decides_the_same(tmp_path: Path, rivals: Path) -> None:
    plan = undecided(rivals, "Again", deciding={"max_seeds": 6})
    whole = run_suite(plan, out=tmp_path / "whole", where=HERE)
    run_suite(plan, out=tmp_path / "part", where=HERE, watch=on_wave(1, interrupt))
    assert decisions(resume_run(tmp_path / "part", where=HERE)).equals(decisions(whole))


@pytest.mark.parametrize("wave", range(1, 90, 8))
def test_interrupted_at_any_wave_and_resumed_it_decides_the_same(
    tmp_path: Path, rivals: Path, wave: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ShardRunner.advance_for
    monkeypatch.setattr(ShardRunner, "advance_for", lambda self, _seconds: real(self, 0.0))  # each wave by itself
    plan = undecided(rivals, "Again", deciding={"max_seeds": 9})
    whole = run_suite(plan, out=tmp_path / "whole", where=HERE)
    run_suite(plan, out=tmp_path / "part", where=HERE, watch=on_wave(wave, interrupt))
    assert state(tmp_path / "part") == "interrupted"
    resumed = resume_run(tmp_path / "part", where=HERE)
    assert decisions(resumed).equals(decisions(whole))
    assert looks(resumed) == looks(whole)


def test_the_seeds_that_all_runs_share_have_the_same_results(tmp_path: Path, rivals: Path) -> None:
    """The luck of a seed does not depend on the round that it comes in."""
    grown = run_suite(undecided(rivals, "Again", deciding={"max_seeds": 6}), out=tmp_path / "grown", where=HERE)
    fixed = run_suite(undecided(rivals, "Again").changed(stop=None, seeds=6), out=tmp_path / "fixed", where=HERE)
    columns = ["task", "strategy", "seed", "trial"]
    values = [store.trials.set_index(columns)["value"].sort_index().tolist() for store in (grown, fixed)]
    assert values[0] == values[1]


def test_a_run_that_stopped_early_keeps_its_laws(tmp_path: Path, rivals: Path) -> None:
    run_suite(undecided(rivals, "Stuck"), out=tmp_path / "run", where=HERE)
    assert not [verdict for verdict in verify_run(tmp_path / "run") if verdict.status == "broken"]


def forged(folder: Path, **changes: Any) -> list[str]:
    """What verify says is broken once run.json is changed."""
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**info, **changes}))
    return [verdict.law for verdict in verify_run(folder) if verdict.status == "broken"]


def test_a_forged_look_is_found_out(tmp_path: Path, rivals: Path) -> None:
    store = run_suite(undecided(rivals, "Again", deciding={"max_seeds": 6}), out=tmp_path / "run", where=HERE)
    first, last = looks(store)
    pair = {**last["pairs"][0], "state": "decided", "winner": "random"}
    assert forged(tmp_path / "run", looks=[first, {**last, "pairs": [pair]}])
    assert forged(tmp_path / "run", looks=[first, {**last, "margin": 0.9}])
    assert not forged(tmp_path / "run", looks=[first, last])


def test_a_removed_round_is_found_out(tmp_path: Path, rivals: Path) -> None:
    store = run_suite(undecided(rivals, "Again", deciding={"max_seeds": 6}), out=tmp_path / "run", where=HERE)
    folder, first = tmp_path / "run", looks(store)[:1]
    kept = store.studies.loc[store.studies["seed"] < 4, "study"].tolist()
    for name in ("studies.parquet", "trials.parquet"):
        table = read_table(folder / name)
        write_table(table.filter(pc.is_in(table["study"], pa.array(kept, pa.int32()))), folder / name)
    assert forged(folder, looks=first) == ["the looks at pairs of strategies follow from the trials"]
    assert forged(folder, looks=[]) == ["the looks at pairs of strategies follow from the trials"]


def test_a_run_tells_that_it_goes_on_and_counts_the_new_studies(tmp_path: Path, rivals: Path) -> None:
    tally = RunTally(lambda: 0.0)
    told: list[str] = []

    def watch(event: Event) -> None:
        tally.watch(event)
        if isinstance(event, RoundBegun):
            told.append(describe_event(event, tally) or "")

    run_suite(undecided(rivals, "Again", deciding={"max_seeds": 6}), out=tmp_path / "run", where=HERE, watch=watch)
    assert told == ["1 pair of strategies undecided: going on to 6 seeds"]
    assert (tally.total.studies, tally.total.studies_done) == (24, 24)


def test_rounds_make_the_seeds_half_as_many_again() -> None:
    rounds = rounds_of(suite(seeds=4, stop="decided"))
    assert [len(seeds) for seeds in rounds] == [4, 2, 3, 7]
    assert [index for seeds in rounds for index in seeds] == list(range(16))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stop": "bored"}, "stop: input should be 'decided', not 'bored'"),
        ({"deciding": {"max_seeds": 9}}, "deciding belongs to stop = 'decided'"),
        ({"stop": "decided", "seeds": [3, 5]}, "counts its seeds on from 0: give their number, not [3, 5]"),
        ({"stop": "decided", "strategies": ["random"]}, "needs two strategies to tell apart"),
        ({"stop": "decided", "deciding": {"pairs": [["random", "sobl"]]}}, "no strategy 'sobl'; did you mean 'sobol'?"),
        ({"stop": "decided", "deciding": {"pairs": [["sobol", "sobol"]]}}, "'sobol' cannot be told from itself"),
        ({"stop": "decided", "seeds": 8, "deciding": {"max_seeds": 4}}, "max_seeds is at least the 8 seeds"),
        ({"stop": "decided", "seeds": 1}, "with at most 4 seeds on all tasks together, even unanimity would be no"),
        ({"stop": "decided", "deciding": {"most": 4}}, "unknown key 'deciding.most'"),
    ],
)
def test_a_suite_that_cannot_be_decided_is_refused_in_one_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSuite) as error:
        suite().changed(**changes)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_suite_file_says_when_to_stop_and_is_written_as_it_was_read() -> None:
    plan = suite(stop="decided", deciding={"pairs": [["random", "sobol"]], "max_seeds": 12, "margin": 0.02})
    assert parse_suite(plan.to_toml()) == plan


def test_an_unfinished_store_of_several_rounds_can_be_read(tmp_path: Path, rivals: Path) -> None:
    plan = undecided(rivals, "Again", deciding={"max_seeds": 6})

    def watch(event: Event) -> None:
        if isinstance(event, RoundBegun):
            assert open_store(tmp_path / "run").studies["seed"].nunique() == 4

    run_suite(plan, out=tmp_path / "run", where=HERE, watch=watch)
