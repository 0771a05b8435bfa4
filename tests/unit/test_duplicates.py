"""Repeated proposals, on studies made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.duplicates import is_repeated, repeated_shares
from results.store import Store, open_store

HIGH = 9.0


def store_of(folder: Path, trials: Sequence[dict[str, Any]], **changes: Any) -> Store:
    """Studies of the same trials, each with `x` and, if it matters, a fidelity and what it continues."""
    made = {"tasks": ("one",), "strategies": ("random",), "seeds": 1, "trials": len(trials), "failures": 0.0}
    run = change_rows(
        write_example_run(folder / "run", **(made | changes)),
        trial=lambda row: {
            "configuration": f'{{"x":{trials[row["trial"]]["x"]}}}',
            "fidelity": trials[row["trial"]].get("fidelity"),
            "resumed_from": trials[row["trial"]].get("continues"),
        },
        study=lambda _: {"fidelity_name": "epochs", "fidelity_high": HIGH},
    )
    return open_store(run)


def test_a_configuration_proposed_again_is_a_repetition(tmp_path: Path) -> None:
    store = store_of(tmp_path, [{"x": 1.0}, {"x": 2.0}, {"x": 1.0}, {"x": 1.0}])

    assert is_repeated(store).tolist() == [False, False, True, True]
    assert repeated_shares(store) == {"random": 0.5}


def test_another_fidelity_makes_another_evaluation(tmp_path: Path) -> None:
    store = store_of(tmp_path, [{"x": 1.0, "fidelity": 3.0}, {"x": 1.0}, {"x": 1.0, "fidelity": 3.0}])

    assert is_repeated(store).tolist() == [False, False, True]


def test_no_fidelity_means_the_highest(tmp_path: Path) -> None:
    assert is_repeated(store_of(tmp_path, [{"x": 1.0}, {"x": 1.0, "fidelity": HIGH}])).tolist() == [False, True]


def test_a_trial_that_continues_another_one_is_no_repetition(tmp_path: Path) -> None:
    trials = [{"x": 1.0, "fidelity": 3.0}, {"x": 1.0}, {"x": 1.0, "continues": 0}]

    assert not is_repeated(store_of(tmp_path, trials)).any()


def test_other_studies_do_not_count(tmp_path: Path) -> None:
    assert not is_repeated(store_of(tmp_path, [{"x": 1.0}, {"x": 2.0}], seeds=3, strategies=("random", "gp"))).any()


def test_a_store_without_trials_has_no_shares(tmp_path: Path) -> None:
    assert repeated_shares(store_of(tmp_path, [{"x": 1.0}], skipped=[("random", "one")])) == {}
