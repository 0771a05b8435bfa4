"""What strategies that model the objective find in 100 trials: regrets, mean ranks, and how sure the order is.

Run as `python -m bench regret`, hours, or on runs that are there, finished or not: `python -m bench regret RUN ...`.
Several runs are taken together, seed by seed.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from results import open_store
from results.analysis.significance import holm
from tuner.run_folder import next_folder
from tuner.session import RUNS, run_suite
from tuner.suite import load_suite

from .final_losses import Blocks, Contest, FinalLosses, Interval, Ranking, best_ranked, contest, final_losses, ranking
from .harness import print_table

SUITE: Final = "black-box"
OURS: Final = "gp"
FIRST_OPPONENT: Final = "tpe"
SEEDS: Final[Mapping[str, int]] = {"skopt-gp": 4}
"""Strategies that think for half a second and more about each proposal, and how many seeds they get in place of all."""
SUPERIORITY_MARGIN: Final = 0.05
SCORE_MARGIN: Final = 0.01
"""By how much the interval may reach below equality where a strategy counts as no worse."""
LEAST_PAIRS: Final = 2
"""That strategies have to have in common to be ranked."""


def run_anew() -> Iterator[Path]:
    """Run the suite, the slow strategies with fewer seeds; each yields a folder below `runs/`."""
    suite = load_suite(SUITE)
    entries = [entry.model_dump(exclude_unset=True) for entry in suite.strategies]
    for seeds in sorted({SEEDS.get(entry["name"], len(suite.seeds)) for entry in entries}, reverse=True):
        mine = [entry for entry in entries if SEEDS.get(entry["name"], len(suite.seeds)) == seeds]
        folder = next_folder(RUNS, suite.name)
        run_suite(suite.changed(strategies=mine, seeds=list(suite.seeds[:seeds])), out=folder)
        print(f"{folder}: {', '.join(entry['name'] for entry in mine)}, {seeds} seeds", flush=True)
        yield folder


def main(runs: Sequence[str | Path] = ()) -> None:
    """Print what the runs say, or what a new run says where none is named."""
    final = final_losses(open_store(*(runs or list(run_anew()))))
    print_regrets(final)
    widest = print_ranks(final)
    if OURS in final.strategies and len(final.strategies) > 1:
        print_contests(final, widest)


def print_regrets(final: FinalLosses) -> None:
    """A row a task, a column a strategy."""
    print("\nRegret after all trials, mean (median) over seeds; 0 is the best known or found.\n")
    ran = (~np.isnan(final.losses)).sum(axis=2)
    least = [row[row > 0].min(initial=ran.max()) for row in ran.T]  # of the tasks that it can work on
    counts = [f" ({count} seeds)" if count < ran.max() else "" for count in least]
    heads = ["task", *(f"{name}{count}" for name, count in zip(final.strategies, counts, strict=True))]
    print_table(heads, ([task, *map(_regret, rows)] for task, rows in zip(final.tasks, final.regrets, strict=True)))


def _regret(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    known = values[~np.isnan(values)]
    return f"{known.mean():.3g} ({np.median(known):.3g})" if known.size else "–"


def print_ranks(final: FinalLosses) -> Ranking:
    """A table for all strategies, and one for those that ran the most; returns the ranks of the first, over pairs."""
    ran = (~np.isnan(final.losses)).sum(axis=(0, 2))
    most = [name for name, count in zip(final.strategies, ran, strict=True) if count == ran.max()]
    everyone = final.of(*final.strategies)
    if len(everyone.pairs(everyone.losses)) < LEAST_PAIRS:
        print(f"\nFewer than {LEAST_PAIRS} pairs of task and seed were run by all strategies: not all can be ranked.")
        return _print_ranks(final.of(*most))
    first = _print_ranks(everyone)
    if 1 < len(most) < len(final.strategies):
        _print_ranks(final.of(*most))
    return first


def _print_ranks(final: FinalLosses) -> Ranking:
    pairs, tasks = ranking(final, "pairs"), ranking(final, "medians")
    print(f"\nMean ranks of {len(final.strategies)} strategies, where all of them ran; 1 is best.\n")
    heads = ("strategy", f"over {pairs.blocks} pairs of task and seed", f"over {tasks.blocks} tasks, by medians")
    ordered = sorted(pairs.ranks, key=lambda name: pairs.ranks[name])
    print_table(heads, ([name, f"{pairs.ranks[name]:.2f}", f"{tasks.ranks[name]:.2f}"] for name in ordered))
    for label, found in (("pairs", pairs), ("tasks", tasks)):
        test = found.test
        print(f"\nFriedman over {label}: chi-squared {test.statistic:.1f}, p = {test.p_value:.2g}; ", end="")
        print(f"Iman-Davenport F {test.iman_davenport:.2f}, p = {test.iman_davenport_p:.2g}.")
    return pairs


def print_contests(final: FinalLosses, widest: Ranking) -> None:
    """Ours against each other strategy, and whether it is no worse than the best of them."""
    others = sorted((name for name in final.strategies if name != OURS), key=lambda name: name != FIRST_OPPONENT)
    found = {other: contest(final, OURS, other) for other in others}
    over_tasks = holm([one.tasks.p_value for one in found.values()])
    over_pairs = holm([one.pairs.p_value for one in found.values()])
    print(
        f"\n{OURS} against each other strategy, where both ran: wins–ties–losses and one-sided Wilcoxon tests, ", end=""
    )
    print(f"adjusted by Holm for {len(others)} opponents; intervals of 95%.\n")
    heads = ("against", "tasks, by medians", "p", "p, Holm", "pairs", "p", "p, Holm",
             "probability of ending lower", "score higher by")  # fmt: skip
    print_table(heads, map(_contest, found.values(), over_tasks.tolist(), over_pairs.tolist()))
    best = best_ranked(widest, [name for name in others if name in widest.ranks])
    print(f"\n{_no_worse(found[best])}")


def _contest(found: Contest, tasks: float, pairs: float) -> list[str]:
    return [
        found.other,
        *_cells(found.tasks, tasks),
        *_cells(found.pairs, pairs),
        _shown(found.superiority),
        _shown(found.gain),
    ]


def _cells(blocks: Blocks, adjusted: float) -> list[str]:
    return [f"{blocks.wins}–{blocks.ties}–{blocks.losses}", f"{blocks.p_value:.2g}", f"{adjusted:.2g}"]


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _no_worse(found: Contest) -> str:
    """The statement of non-inferiority: the whole interval has to lie above equality less the margin."""
    by_rank = found.superiority.low > 0.5 - SUPERIORITY_MARGIN
    by_score = found.gain.low > -SCORE_MARGIN
    return (
        f"The best of the others by mean rank is {found.other}. {OURS} ends lower with probability "
        f"{_shown(found.superiority)}: {_said(by_rank)} by a margin of {SUPERIORITY_MARGIN} below one half. "
        f"Its score is higher by {_shown(found.gain)}: {_said(by_score)} by a margin of {SCORE_MARGIN}."
    )


def _said(is_shown: bool) -> str:  # noqa: FBT001  a word for a truth value
    return "no worse" if is_shown else "not shown to be no worse"


if __name__ == "__main__":
    main(sys.argv[1:])
