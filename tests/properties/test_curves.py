"""Laws of incumbent curves and ranks."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from example_store import write_example_run
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from results.analysis.curves import TaskCurves, incumbent_curves
from results.analysis.ranks import mean_rank_curves, rank_matrix
from results.store import open_store

losses = arrays(np.float64, (4, 3, 6), elements=st.one_of(st.integers(-3, 3).map(float), st.just(float("nan"))))


@given(failures=st.floats(0.0, 1.0), seed=st.integers(0, 100), trials=st.integers(1, 15))
@settings(max_examples=15, deadline=None)
def test_curves_never_rise_and_stay_known(failures: float, seed: int, trials: int) -> None:
    with TemporaryDirectory() as folder:
        run = write_example_run(Path(folder) / "a", failures=failures, seed=seed, trials=trials, seeds=2)
        for curves in incumbent_curves(open_store(run)):
            filled = np.where(np.isnan(curves.losses), np.inf, curves.losses)
            assert (filled[:, :, 1:] <= filled[:, :, :-1]).all()
            assert filled.shape == (3, 2, trials)


@given(seed=st.integers(0, 100), noise=st.floats(-1e9, 1e9))
@settings(max_examples=10, deadline=None)
def test_curves_do_not_see_what_a_failure_reports_beside_its_loss(seed: int, noise: float) -> None:
    with TemporaryDirectory() as folder:
        run = write_example_run(Path(folder) / "a", failures=0.4, seed=seed, seeds=2)
        before = incumbent_curves(open_store(run))
        table = pq.read_table(run / "trials.parquet")
        failed = np.array(table["status"].to_pylist()) != "ok"
        for name in ("value", "seconds"):
            kept = np.asarray(table[name].to_numpy(), dtype=np.float64)
            place = table.schema.get_field_index(name)
            table = table.set_column(place, table.schema.field(name), [np.where(failed, noise, kept)])
        pq.write_table(table, run / "trials.parquet")
        for old, new in zip(before, incumbent_curves(open_store(run)), strict=True):
            np.testing.assert_array_equal(old.losses, new.losses)


@given(arrays(np.float64, (5, 4), elements=st.one_of(st.integers(-2, 2).map(float), st.just(float("nan")))))
def test_ranks_of_a_block_always_sum_to_the_same(final: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(rank_matrix(final).sum(axis=1), 4 * 5 / 2)


@given(losses, st.integers(1, 20))
def test_mean_ranks_sum_to_the_same_at_every_fraction(table: NDArray[np.float64], points: int) -> None:
    ranks = mean_rank_curves([TaskCurves("t", "s", "minimize", tuple("abcd"), (0, 1, 2), table)], points)
    np.testing.assert_allclose(ranks.ranks.sum(axis=0), 4 * 5 / 2)
    assert ranks.ranks.shape == (4, points)
