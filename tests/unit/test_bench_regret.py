"""The comparison of final losses, on made losses whose answer is known, and on small stored runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from numpy.typing import NDArray
from scipy.stats import friedmanchisquare, wilcoxon

from bench.__main__ import main as run_benchmarks
from bench.final_losses import FinalLosses, contest, final_losses, ranking
from bench.regret import main as print_regret
from bench.regret import print_contests, print_ranks, print_regrets
from results import open_store

TASKS = tuple(f"task {number}" for number in range(8))


def made(losses: NDArray[np.float64], strategies: tuple[str, ...] = ("gp", "tpe")) -> FinalLosses:
    """Final losses [tasks, strategies, seeds] of minimised tasks whose best is 0; scores are the negated losses."""
    return FinalLosses(TASKS[: len(losses)], strategies, losses, -losses, np.zeros(len(losses)))


def luck(strategies: int, better: float = 0.0, seeds: int = 5) -> NDArray[np.float64]:
    """Random losses, those of the first strategy lower by so much."""
    losses = np.random.default_rng(3).random((len(TASKS), strategies, seeds))
    losses[:, 0] -= better
    return losses


def test_regrets_are_above_the_best_known_or_found(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run", failures=0.0))
    final = final_losses(store)
    assert final.tasks == ("branin", "digits")
    assert final.losses.shape == (2, 3, 4)
    assert final.best.tolist() == [0.0, -1.0]  # digits is maximised, and 1 is known to be possible
    assert (final.regrets >= 0).all()
    rows = store.trials.query("task == 'branin' and strategy == 'gp' and seed == 2")
    assert final.regrets[0, 2, 2] == rows["value"].min()


def test_a_found_loss_below_the_best_known_is_the_best(tmp_path: Path) -> None:
    final = final_losses(open_store(write_example_run(tmp_path / "run", best_known=False)))
    assert final.regrets.min(axis=(1, 2)).tolist() == [0.0, 0.0]


def test_studies_that_did_not_run_are_no_part_of_a_comparison(tmp_path: Path) -> None:
    final = final_losses(open_store(write_example_run(tmp_path / "run", skipped=[("gp", "digits")])))
    assert np.isnan(final.losses[1, 2]).all()
    assert len(final.of("gp", "tpe").pairs(final.of("gp", "tpe").losses)) == 4
    assert len(final.of("random", "tpe").pairs(final.of("random", "tpe").losses)) == 8


def test_runs_are_taken_together_seed_by_seed(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "first", strategies=("random", "gp"))
    second = write_example_run(tmp_path / "second", strategies=("tpe",), seeds=2)
    final = final_losses(open_store(first, second))
    assert (~np.isnan(final.losses)).sum(axis=(0, 2)).tolist() == [8, 8, 4]


def test_mean_ranks_and_friedman_are_those_of_blocks_that_all_ran() -> None:
    losses = luck(3)
    losses[0, 2, 0] = np.nan
    final = made(losses, ("gp", "tpe", "smac")).of("gp", "tpe", "smac")
    found = ranking(final, "pairs")
    blocks = final.pairs(final.losses)
    assert found.blocks == len(blocks) == 39
    assert found.test.statistic == pytest.approx(friedmanchisquare(*blocks.T).statistic)
    assert sum(found.ranks.values()) == pytest.approx(6)
    assert ranking(final, "medians").blocks == 8


def test_a_strategy_that_is_always_better_wins_every_block() -> None:
    found = contest(made(luck(2, better=2.0)), "gp", "tpe")
    assert (found.tasks.wins, found.pairs.wins, found.pairs.losses) == (8, 40, 0)
    assert found.tasks.p_value == pytest.approx(1 / 2**8)
    assert found.superiority.value == found.superiority.low == 1.0
    assert found.gain.low > 1.0


def test_the_test_is_one_sided() -> None:
    final = made(luck(2, better=0.2))
    forward, backward = contest(final, "gp", "tpe"), contest(final, "tpe", "gp")
    gains = np.nanmedian(-final.losses, axis=2) @ np.array([1.0, -1.0])
    assert forward.tasks.p_value == pytest.approx(wilcoxon(gains, alternative="greater").pvalue)
    assert backward.tasks.p_value > 0.5 > forward.tasks.p_value
    assert forward.superiority.value == pytest.approx(1 - backward.superiority.value)


def test_strategies_that_are_alike_are_told_apart_by_nothing() -> None:
    losses = np.repeat(luck(1), 2, axis=1)
    found = contest(made(losses), "gp", "tpe")
    assert (found.pairs.ties, found.pairs.p_value) == (40, 1.0)
    assert (found.superiority.value, found.gain.value) == (0.5, 0.0)


def test_an_interval_over_tasks_is_wider_where_tasks_disagree() -> None:
    agreeing = luck(2, better=1.0)
    disagreeing = agreeing.copy()
    disagreeing[::2] = disagreeing[::2, ::-1]
    widths = [found.high - found.low for found in (contest(made(x), "gp", "tpe").gain for x in (agreeing, disagreeing))]
    assert widths[1] > 1.5 * widths[0]


def test_a_strategy_that_never_succeeded_ranks_last() -> None:
    losses = luck(2)
    losses[:, 0] = np.inf
    assert ranking(made(losses), "pairs").ranks == {"gp": 2.0, "tpe": 1.0}


def test_stored_runs_are_read_in_place_of_a_new_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_example_run(tmp_path / "run", tasks=[f"task{n}" for n in range(7)], spread=3.0)
    assert run_benchmarks(["regret", str(run)]) == 0
    shown = capsys.readouterr().out
    assert "| task | random | tpe | gp |" in shown
    assert "Mean ranks of 3 strategies" in shown
    assert "The best of the others by mean rank is tpe. gp ends lower with probability " in shown
    assert "one-sided Wilcoxon tests, adjusted by Holm for 2 opponents" in shown


def test_strategies_with_fewer_seeds_are_ranked_on_those_and_the_others_on_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_example_run(tmp_path / "first", strategies=("random", "gp"))
    second = write_example_run(tmp_path / "second", strategies=("tpe",), seeds=2)
    print_regret([first, second])
    shown = capsys.readouterr().out
    assert "tpe (2 seeds)" in shown
    assert "over 4 pairs of task and seed" in shown
    assert "over 8 pairs of task and seed" in shown


def test_a_task_that_a_strategy_cannot_work_on_takes_none_of_its_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    losses = luck(3)
    losses[0, 1] = np.nan
    losses[:, 2, 3:] = np.nan

    print_regrets(made(losses, ("gp", "cmaes", "smac")))

    assert "| task | gp | cmaes | smac (3 seeds) |" in capsys.readouterr().out


def test_strategies_without_a_pair_in_common_are_ranked_among_those_that_ran_the_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    losses = luck(4)
    losses[:, 2, 1:] = np.nan
    losses[:, 3, :1] = np.nan
    final = made(losses, ("gp", "tpe", "ax", "skopt-gp"))

    print_contests(final, print_ranks(final))

    shown = capsys.readouterr().out
    assert "Fewer than 2 pairs of task and seed were run by all strategies" in shown
    assert "Mean ranks of 2 strategies" in shown
    assert "The best of the others by mean rank is tpe." in shown
    assert "adjusted by Holm for 3 opponents" in shown
