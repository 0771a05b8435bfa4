"""Laws of normalised scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from results.analysis.curves import TaskCurves
from results.analysis.random_reference import best_of_weights
from results.analysis.scores import normalised_scores

tables = arrays(np.float64, (3, 4, 5), elements=st.one_of(st.integers(-50, 50).map(float), st.just(float("nan")))).map(
    lambda table: np.fmin.accumulate(table, axis=2)
)


def curves_of(table: NDArray[np.float64]) -> TaskCurves:
    return TaskCurves("t", "s", "minimize", ("random", "tpe", "gp"), (0, 1, 2, 3), table)


@given(tables, st.sampled_from([0.125, 0.5, 2.0, 64.0]), st.integers(-100, 100), st.integers(-60, 0))
def test_scores_do_not_depend_on_the_unit_of_the_loss(
    table: NDArray[np.float64], scale: float, shift: int, best: int
) -> None:
    plain = normalised_scores(curves_of(table), best_known=float(best))
    moved = normalised_scores(curves_of(scale * table + shift), best_known=scale * best + shift)
    np.testing.assert_allclose(moved.scores, plain.scores, atol=1e-12)


@given(tables)
def test_scores_never_fall_once_something_was_found(table: NDArray[np.float64]) -> None:
    scores = normalised_scores(curves_of(table)).scores
    found = ~np.isnan(table[:, :, :-1])
    assert (np.diff(scores, axis=2)[found] >= 0.0).all()


@given(tables)
def test_scores_lie_between_minus_one_and_the_best_seen(table: NDArray[np.float64]) -> None:
    scores = normalised_scores(curves_of(table)).scores
    assert (scores >= -1.0).all()
    assert (scores <= 1.0).all()


@given(tables)
def test_the_order_of_the_strategies_does_not_matter(table: NDArray[np.float64]) -> None:
    curves = curves_of(table)
    turned = replace(curves, strategies=curves.strategies[::-1], losses=curves.losses[::-1])
    np.testing.assert_array_equal(normalised_scores(turned).scores[::-1], normalised_scores(curves).scores)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=12), st.data())
def test_the_best_of_more_draws_is_no_worse(values: list[int], data: st.DataObject) -> None:
    losses = np.array(values, dtype=np.float64)
    k = data.draw(st.integers(1, len(values) - 1))
    fewer, more, all_of_them = best_of_weights(losses.size, [k, k + 1, losses.size]) @ np.sort(losses)
    assert more <= fewer + 1e-9
    assert all_of_them == losses.min()
