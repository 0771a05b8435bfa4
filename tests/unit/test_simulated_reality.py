"""The simulated clock against real asynchronous runs: 12 workers, 4,029 evaluations, in stretches of about a day.

The recorded evaluations start in the order in which BOHB proposed them. Given that order and how long each took, a
simulated study with 12 workers has to end them in the order in which they ended. The wall clock that recorded them
jumps between the stretches, and in some of them real workers came late, left early or waited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import kendalltau
from study_under_test import PROBLEM, Recorder, plan

from tuner import Budget, Measurement
from tuner.plan import SimulatedClock
from tuner.simulated_study import SimulatedStudy
from tuner.study import Evaluation

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "curves" / "bohb_run3_run4.parquet"
WORKERS = 12
pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference data is not there")


@dataclass(frozen=True)
class Stretch:
    """Evaluations that one clock timed, in the order in which they started; seconds since the first [n]."""

    name: str
    started: NDArray[np.float64]
    finished: NDArray[np.float64]

    @property
    def seconds(self) -> NDArray[np.float64]:
        return self.finished - self.started

    @property
    def share_busy(self) -> float:
        """How much of the workers' time was used until the last evaluation started."""
        until = self.started.max()
        return float((np.minimum(self.finished, until) - self.started).sum() / (WORKERS * until))

    def simulated(self) -> Stretch:
        """The same evaluations as a simulated study runs them."""
        seconds = self.seconds.tolist()
        clock, budget = SimulatedClock(WORKERS), Budget(trials=len(seconds))
        strategy = Recorder(PROBLEM, seed=1, budget=budget)
        planned = replace(plan(budget, WORKERS), clock=clock)
        study = SimulatedStudy(planned, PROBLEM, lambda: strategy, lambda: 0.0, clock)
        spans = {}
        while trials := study.propose():
            measured = [Measurement({"accuracy": 0.5}, seconds=seconds[trial.id]) for trial in trials]
            for one in study.record([Evaluation(outcome, 0.0, 1.0, "here") for outcome in measured]):
                spans[one.result.trial.id] = one.span
        began, ended = np.array([spans[number] for number in range(len(seconds))]).T
        return Stretch(self.name, began, ended)


def stretches() -> Iterator[Stretch]:
    """Cut where nothing ran for an hour."""
    for number, rows in pd.read_parquet(REFERENCE).groupby("run"):
        ordered = rows.sort_values("started", kind="stable")
        idle = ordered["started"] - ordered["finished"].cummax().shift()
        for part, chosen in ordered.groupby((idle > 3600).cumsum()):
            begin = chosen["started"].min()
            started, finished = ((chosen[name] - begin).to_numpy() for name in ("started", "finished"))
            yield Stretch(f"run {number}, stretch {part}", started, finished)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Stretch, Stretch]]:
    """Each stretch as it was, and as it is simulated."""
    return [(real, real.simulated()) for real in stretches()]


def disorder(ordered: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The share of pairs that two orders see differently."""
    return float((1 - kendalltau(ordered, other).statistic) / 2)


def busy(pairs: list[tuple[Stretch, Stretch]], share: float) -> list[tuple[Stretch, Stretch]]:
    """The stretches in which real workers were busy for at least this share of their time."""
    return [(real, made) for real, made in pairs if real.share_busy >= share]


def test_all_recorded_evaluations_are_simulated(pairs: list[tuple[Stretch, Stretch]]) -> None:
    assert sum(len(made.started) for _, made in pairs) == 4029
    for real, made in pairs:
        np.testing.assert_allclose(made.seconds, real.seconds, atol=1e-6)


def test_where_real_workers_were_busy_evaluations_end_in_the_real_order(pairs: list[tuple[Stretch, Stretch]]) -> None:
    # The order of starting alone gets 0.8 to 0.9% of the pairs wrong; what ends within seconds of another one may.
    found = busy(pairs, 0.94)
    assert len(found) == 3
    for real, made in found:
        assert disorder(made.finished, real.finished) < 0.001, real.name
        assert disorder(made.finished, real.finished) < disorder(real.started, real.finished) / 10, real.name


def test_where_real_workers_were_busy_the_whole_takes_as_long_and_uses_them_as_much(
    pairs: list[tuple[Stretch, Stretch]],
) -> None:
    for real, made in busy(pairs, 0.94):
        took, takes = real.finished.max(), made.finished.max()
        assert takes == pytest.approx(took, rel=0.01), real.name
        assert real.seconds.sum() / took == pytest.approx(made.seconds.sum() / takes, abs=0.01 * WORKERS), real.name
        late = np.abs(made.started - real.started)
        assert late.mean() < 0.15 * real.seconds.mean(), real.name


def test_where_some_real_workers_were_missing_the_order_is_nearer_than_that_of_starting(
    pairs: list[tuple[Stretch, Stretch]],
) -> None:
    found = busy(pairs, 0.5)
    assert len(found) == 7
    for real, made in found:
        assert disorder(made.finished, real.finished) < 0.75 * disorder(real.started, real.finished), real.name


def test_nothing_starts_later_than_it_really_did(pairs: list[tuple[Stretch, Stretch]]) -> None:
    for real, made in pairs:
        assert (made.started <= real.started + 1e-6).all(), real.name


def test_all_simulated_workers_are_busy_until_the_last_start(pairs: list[tuple[Stretch, Stretch]]) -> None:
    for real, made in pairs:
        assert made.share_busy == pytest.approx(1.0), real.name
