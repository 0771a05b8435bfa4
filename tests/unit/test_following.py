"""Whoever follows a run sees what is stored: no more, no less, and the same however it is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from runs_under_test import HERE, STRATEGY, interrupt, on_wave, one_wave_at_a_time, stumble, suite

from results import following
from results.errors import CorruptStore
from results.following import FollowedRun, StoredFailure, StudyProgress
from results.journal import Wave, read_blocks_after
from results.store import Store
from tuner import Suite, resume_run, run_suite
from tuner.events import Event, RoundBegun, RunStarted, WaveStored

__all__ = ["one_wave_at_a_time"]

SUITES = {
    "plain": suite(),
    "in parallel": suite(parallelism=3, budget={"trials": 7}),
    "on a simulated clock": suite(
        workers=3,
        clock="simulated",
        budget={"trials": 7},
        tasks=[{"name": "branin", "modifiers": [{"name": "delayed"}]}],
    ),
    "with failures": suite(
        budget={"trials": 8}, tasks=[{"name": "branin", "modifiers": [{"name": "failing", "options": {"share": 0.5}}]}]
    ),
    "to be maximised": suite(tasks=["logistic-regression"], strategies=["random"]),
}


def seen(run: FollowedRun) -> tuple[dict[int, StudyProgress], list[StoredFailure], str]:
    return run.studies, sorted(run.failures, key=lambda failure: (failure.study, failure.trial)), run.info.state


def agrees(run: FollowedRun, store: Store) -> None:
    """Whether it says what a finished run's tables hold."""
    trials = store.trials
    for row in store.studies.to_dict("records"):
        study = run.studies[row["study"]]
        values = trials[trials["study"] == row["study"]]["value"]
        best = values.min() if study.goal == "minimize" else values.max()
        for name in ("task", "strategy", "seed", "status", "trials", "failures"):
            assert getattr(study, name) == row[name]
        assert (study.goal, study.best) == (row["goals"][0], None if values.isna().all() else best)
    failed = trials[trials["status"] != "ok"]
    told = sorted((failure.study, failure.trial, failure.kind) for failure in run.failures)
    assert told == list(failed[["study", "trial", "status"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("described", SUITES.values(), ids=SUITES)
def test_it_agrees_with_what_is_stored_at_every_point_of_a_run(tmp_path: Path, described: Suite) -> None:
    path = tmp_path / "run"
    followed: list[FollowedRun] = []
    stored = 0

    def watch(event: Event) -> None:
        nonlocal stored
        if isinstance(event, RunStarted):
            followed.append(FollowedRun(path))
        if isinstance(event, WaveStored):
            stored += event.wave.rows.num_rows
            assert followed[0].refresh()
            assert followed[0].trials == stored
            assert seen(followed[0]) == seen(FollowedRun(path))

    store = run_suite(described, out=path, where=HERE, watch=watch)
    before = followed[0].studies
    assert followed[0].refresh()
    assert followed[0].studies == before
    assert seen(followed[0]) == seen(FollowedRun(path))
    assert not followed[0].refresh()
    agrees(followed[0], store)


def test_it_knows_the_studies_before_the_first_trial(tmp_path: Path) -> None:
    found: list[FollowedRun] = []

    def watch(event: Event) -> None:
        if isinstance(event, RunStarted):
            found.append(FollowedRun(tmp_path / "run"))
            again.append(found[0].refresh())

    again: list[bool] = []
    run_suite(suite(), out=tmp_path / "run", where=HERE, watch=watch)
    assert again == [False]
    assert [study.status for study in found[0].studies.values()] == ["planned"] * 4
    assert (found[0].trials, found[0].expected, found[0].curves("branin")) == (0, 20, {})


def test_a_folder_without_a_plan_yet_is_a_run_of_no_studies(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with pytest.raises(RuntimeError):
        run_suite(suite(), out=path, where=HERE, watch=lambda _event: stumble())
    shutil.rmtree(path / "journal")
    run = FollowedRun(path)
    assert (run.studies, run.trials, run.expected, run.refresh()) == ({}, 0, None, False)


def broken_off(path: Path, described: Suite | None = None, wave: int = 4) -> Path:
    """A run that was killed, and its only journal file."""
    with pytest.raises(RuntimeError):
        run_suite(described or suite(), out=path, where=HERE, watch=on_wave(wave, stumble))
    (journal,) = (path / "journal").glob("*.journal")
    return journal


def test_a_frame_that_is_half_written_is_waited_for_wherever_it_is_cut(tmp_path: Path) -> None:
    journal = broken_off(tmp_path / "run")
    whole = journal.read_bytes()
    _, end = read_blocks_after(journal, 0)
    assert end == len(whole)
    for cut in range(0, len(whole), 97):
        journal.write_bytes(whole[:cut])
        run = FollowedRun(tmp_path / "run")
        assert run.trials % 2 == 0
        assert run.trials < 8
        journal.write_bytes(whole)
        assert run.refresh()
        assert seen(run) == seen(FollowedRun(tmp_path / "run"))


@pytest.mark.parametrize("damaged", [0, 2])
def test_a_refresh_that_fails_takes_nothing_and_the_next_one_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int
) -> None:
    journal = broken_off(tmp_path / "run")
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) // 4])
    run = FollowedRun(tmp_path / "run")
    trials, version = run.trials, run.version
    journal.write_bytes(whole)

    with monkeypatch.context() as patched:
        patched.setattr(following, "Wave", SimpleNamespace(decode=decoding_but(damaged)))
        with pytest.raises(CorruptStore):
            run.refresh()
    assert (run.trials, run.version) == (trials, version)
    assert run.refresh()
    assert seen(run) == seen(FollowedRun(tmp_path / "run"))


def test_trials_of_a_study_that_was_not_planned_are_refused_and_none_is_counted(tmp_path: Path) -> None:
    journal = broken_off(tmp_path / "run")
    whole = journal.read_bytes()
    journal.write_bytes(b"")
    run = FollowedRun(tmp_path / "run")
    del run.studies[0]
    journal.write_bytes(whole)

    with pytest.raises(CorruptStore, match="not planned"):
        run.refresh()
    assert run.trials == 0


def test_trials_before_one_that_cannot_be_read_are_not_counted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = broken_off(tmp_path / "run")
    whole = journal.read_bytes()
    journal.write_bytes(b"")
    run = FollowedRun(tmp_path / "run")
    journal.write_bytes(whole)
    numbers, plain = count(), following._outcomes

    def stumbling(rows: Sequence[Mapping[str, Any]]) -> Any:
        if next(numbers) == 1:
            raise KeyError("values")
        return plain(rows)

    monkeypatch.setattr(following, "_outcomes", stumbling)
    with pytest.raises(CorruptStore, match="cannot be read"):
        run.refresh()
    assert run.trials == 0
    assert run.refresh()
    assert seen(run) == seen(FollowedRun(tmp_path / "run"))


def decoding_but(damaged: int) -> Callable[[bytes], Wave]:
    """What decodes all blocks but the one that comes after so many."""
    numbers = count()

    def decode(block: bytes) -> Wave:
        if next(numbers) == damaged:
            raise CorruptStore("the rows of a wave in the journal cannot be read")
        return Wave.decode(block)

    return decode


def test_a_journal_read_byte_by_byte_gives_its_blocks_once(tmp_path: Path) -> None:
    journal = broken_off(tmp_path / "run")
    whole, pieces = journal.read_bytes(), tmp_path / "pieces"
    pieces.touch()
    found, place = [], 0
    for start in range(0, len(whole), 61):
        with pieces.open("ab") as file:
            file.write(whole[start : start + 61])
        blocks, place = read_blocks_after(pieces, place)
        found += blocks
    assert found == read_blocks_after(journal, 0)[0]
    assert len(found) == 4


def test_a_frame_that_a_crash_tore_off_is_passed_over_once_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run"
    journal = broken_off(path)
    journal.write_bytes(journal.read_bytes()[:-7])
    run = FollowedRun(path)
    assert run.trials == 6
    store = resume_run(path, where=HERE, watch=on_wave(1, run.refresh))
    assert run.trials == 8
    run.refresh()
    agrees(run, store)


def test_a_run_that_is_stopped_and_goes_on_is_followed_through(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(3, interrupt))
    run = FollowedRun(path)
    assert (run.info.state, run.trials) == ("interrupted", 6)
    store = resume_run(path, where=HERE)
    assert run.refresh()
    assert (run.info.state, run.trials) == ("finished", 20)
    agrees(run, store)


@pytest.mark.parametrize("reader", ["read_columns", "read_blocks_after"])
def test_a_run_that_is_sealed_just_before_a_file_is_read_is_read_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    path = tmp_path / "run"
    broken_off(path)
    real = getattr(following, reader)

    def seal(*arguments: object) -> object:
        monkeypatch.undo()
        resume_run(path, where=HERE)
        return real(*arguments)

    monkeypatch.setattr(following, reader, seal)
    run = FollowedRun(path)
    assert run.info.state == "running"
    assert run.refresh()
    assert (run.info.state, run.trials) == ("finished", 20)


def test_skipped_studies_count_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY)
    path = tmp_path / "run"
    broken_off(path, suite(strategies=["random", f"{tmp_path}/mine.py:Picky"], seeds=1), wave=2)
    run = FollowedRun(path)
    skipped = run.studies[1]
    assert (skipped.status, skipped.message) == ("skipped", "Picky does not support continuous problems")
    assert (run.trials, run.expected) == (2, 5)
    assert list(run.curves("branin")) == ["random"]


def test_a_study_that_fails_says_why_at_once(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY)
    path = tmp_path / "run"
    broken_off(path, suite(strategies=[f"{tmp_path}/mine.py:Broken"], seeds=1), wave=1)
    (study,) = FollowedRun(path).studies.values()
    assert (study.status, study.message) == ("failed", "ask raised ValueError: no \\udc80 idea")


def test_later_rounds_of_a_run_that_decides_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "run"
    described = suite(
        strategies=["random", {"name": "random", "label": "again"}], seeds=4, stop="decided", deciding={"max_seeds": 9}
    )
    runs: list[FollowedRun] = []
    seeds: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, RunStarted):
            runs.append(FollowedRun(path))
        if isinstance(event, RoundBegun):
            runs[0].refresh()
            seeds.append(len({study.seed for study in runs[0].studies.values() if study.status == "finished"}))

    store = run_suite(described, out=path, where=HERE, watch=watch)
    runs[0].refresh()
    assert runs[0].studies.keys() == set(store.studies["study"])
    assert seeds == sorted(seeds)
    agrees(runs[0], store)


def test_what_cannot_be_counted_has_no_expected_number_of_trials(tmp_path: Path) -> None:
    path = tmp_path / "run"
    described = suite(budget={"seconds": 3}, tasks=[{"name": "branin", "modifiers": [{"name": "delayed"}]}])
    broken_off(path, described, wave=1)
    assert FollowedRun(path).expected is None


def study(values: list[float | None], goal: str = "minimize") -> StudyProgress:
    made = StudyProgress(0, "t", "s", 0, "loss", goal, 9, "planned", None)
    for number, value in enumerate(values):
        made.take(value, number)
    return made


@pytest.mark.parametrize(
    ("goal", "improvements"), [("minimize", [(2, 5.0), (4, 1.0)]), ("maximize", [(2, 5.0), (6, 9.0)])]
)
def test_improvements_are_the_trials_better_than_all_before(goal: str, improvements: list[tuple[int, float]]) -> None:
    made = study([None, 5.0, 5.0, 1.0, None, 9.0], goal)
    assert made.improvements == improvements
    assert (made.trials, made.failures, made.best) == (6, 2, improvements[-1][1])
    assert [made.best_after(count) for count in (0, 1, 2, 3)] == [None, None, 5.0, 5.0]


Curve = list[tuple[int, float]]


def curve_of(tmp_path: Path, seeds: list[list[float | None]], points: int = 100) -> Curve:
    path = tmp_path / "run"
    run_suite(suite(strategies=["random"], seeds=len(seeds)), out=path, where=HERE)
    run = FollowedRun(path)
    run.studies = {number: study(values) for number, values in enumerate(seeds)}
    return run.curves("t", points).get("s", [])


@pytest.mark.parametrize(
    ("seeds", "curve"),
    [
        ([[3.0, 1.0, 2.0]], [(1, 3.0), (2, 1.0), (3, 1.0)]),
        ([[3.0, 1.0], [5.0, 4.0, 0.0]], [(1, 4.0), (2, 2.5)]),
        ([[1.0, 1.0], [9.0, 9.0], [4.0, 3.0]], [(1, 4.0), (2, 3.0)]),
        ([[None, 2.0, 2.0], [6.0, 6.0, 0.0]], [(2, 4.0), (3, 1.0)]),
        ([[None, None], [1.0, 1.0]], []),
        ([[2.0, 1.0], []], [(1, 2.0), (2, 1.0)]),
        ([[]], []),
    ],
)
def test_a_curve_is_the_median_over_seeds_of_the_best_so_far(
    tmp_path: Path, seeds: list[list[float | None]], curve: Curve
) -> None:
    assert curve_of(tmp_path, seeds) == curve


def test_a_long_curve_is_thinned_to_its_first_and_last_point_and_some_between(tmp_path: Path) -> None:
    curve = curve_of(tmp_path, [[float(-number) for number in range(1000)]], points=5)
    assert [step for step, _ in curve] == [1, 250, 500, 750, 1000]
    assert curve[-1] == (1000, -999.0)


def test_a_run_that_was_stopped_before_plans_were_stored_is_told_by_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run_suite(suite(), out=path, where=HERE, watch=on_wave(3, interrupt))
    with_plan = FollowedRun(path)
    (path / "journal" / following.PLANNED).unlink()
    followed = FollowedRun(path)
    assert 0 < followed.trials == with_plan.trials
    assert followed.studies.keys() == with_plan.studies.keys()
    store = resume_run(path, where=HERE)
    followed.refresh()
    agrees(followed, store)
