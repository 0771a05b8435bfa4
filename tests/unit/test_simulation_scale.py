"""Many simulated workers: the same run each time, none of them idle, and never more than there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from runs_under_test import HERE

from bench.simulation_scale import SUITE, digest_of, run_command, simulated_use
from results import Store
from tuner import run_suite

TABLE = "bn-relu-net-curves"


def run(tmp_path: Path, name: str, strategy: str, workers: int = 100, trials: int = 3000) -> Store:
    suite = tmp_path / f"{name}.toml"
    suite.write_text(SUITE.format(trials=trials, workers=workers, strategy=strategy, table=TABLE), encoding="utf-8")
    return run_suite(suite, out=tmp_path / name, where=HERE)


@pytest.fixture(scope="module", params=["random", "asha"])
def twice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Store]:
    """3,000 trials on 100 workers, and once more."""
    folder = tmp_path_factory.mktemp("scale")
    return run(folder, "first", request.param), run(folder, "second", request.param)


def test_the_same_run_is_the_same_again(twice: tuple[Store, Store]) -> None:
    first, second = twice
    assert len(first.trials) == 3000
    assert digest_of(first) == digest_of(second)


def test_another_process_makes_the_same_run(tmp_path: Path) -> None:
    here = run(tmp_path, "here", "asha", workers=20, trials=300)
    there = run_command(tmp_path / "here.toml", tmp_path / "there", workers=20)
    assert there.digest == digest_of(here)
    assert there.use == simulated_use(here.trials, workers=20)


def test_another_number_of_workers_is_another_run(tmp_path: Path) -> None:
    assert digest_of(run(tmp_path, "few", "asha", 10, 200)) != digest_of(run(tmp_path, "more", "asha", 20, 200))


def test_every_worker_is_busy_until_the_last_trial_starts_and_never_more_than_there_are(
    twice: tuple[Store, Store],
) -> None:
    use = simulated_use(twice[0].trials, workers=100)
    assert use.most_at_once == 100
    assert use.until_last_start == pytest.approx(1.0)
    assert 0.7 < use.overall < 1.0  # a worker that ends early waits for the longest of some 30 trials each


def test_trials_start_in_the_order_of_their_ids(twice: tuple[Store, Store]) -> None:
    assert twice[0].trials.sort_values("trial")["simulated_started"].is_monotonic_increasing


def test_the_use_of_workers_is_that_of_a_known_schedule() -> None:
    trials = pd.DataFrame({"simulated_started": [0.0, 0.0, 2.0, 3.0], "simulated_finished": [2.0, 3.0, 4.0, 7.0]})
    use = simulated_use(trials, workers=2)
    assert (use.seconds, use.most_at_once, use.until_last_start) == (7.0, 2, 1.0)
    assert use.overall == pytest.approx(11 / 14)


def test_what_ends_when_another_starts_is_not_counted_with_it() -> None:
    trials = pd.DataFrame({"simulated_started": np.arange(5.0), "simulated_finished": np.arange(1.0, 6.0)})
    assert simulated_use(trials, workers=1).most_at_once == 1


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["random", "asha"])
def test_a_thousand_workers_and_100_000_trials_take_less_than_two_minutes(tmp_path: Path, strategy: str) -> None:
    suite = tmp_path / "suite.toml"
    suite.write_text(SUITE.format(trials=100_000, workers=1_000, strategy=strategy, table=TABLE), encoding="utf-8")
    first, second = (run_command(suite, tmp_path / name, workers=1_000) for name in ("first", "second"))
    assert max(first.cpu_seconds, second.cpu_seconds) < 120
    assert first.digest == second.digest
    assert first.use.most_at_once == 1_000
    assert first.use.until_last_start > 0.999
