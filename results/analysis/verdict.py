"""The verdict: who leads, by how much, and how sure that is, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..store import Store
from .bootstrap import bootstrap_scores
from .leaderboard import LeaderboardRow, leaderboard, percentile_interval
from .scores import TaskScores, task_scores
from .significance import (
    LEAST_BLOCKS,
    Pair,
    as_one_family,
    block_names,
    friedman,
    pairwise_wilcoxon,
    seed_blocks,
    task_blocks,
)

LEVEL = 0.05
"""A difference is one where its adjusted p-value is below this."""


def verdict(store: Store) -> tuple[str, ...]:
    """At most three sentences: who leads, by how much, and from whom tests separate it.

    Compared are the strategies that ran on as many tasks as any did; the others are named. With `LEAST_BLOCKS` tasks
    or more the tests are over tasks; with fewer, over the seeds of each task, and the sentence says what that means.
    """
    if not (store.outcomes["status"] == "ok").any():
        return ("No trial has succeeded yet, so there is nothing to compare.",)
    rows = leaderboard(store)
    able = [row for row in rows if row.tasks == max(row.tasks for row in rows)]
    scores = [task for task in task_scores(store) if not np.isnan(task.final).all()]
    leads = _progress(store) + _who_leads(able[0], scores) + _left_out(rows, able) + "."
    if len(able) == 1:
        return (leads, "There is no other strategy to compare it with.")
    return (leads, _how_far(able[0], able[1], scores), _how_sure([row.strategy for row in able], scores))


def _progress(store: Store) -> str:
    if all(run.state == "finished" for run in store.runs):
        return ""
    return "The run is not finished; so far "


def _who_leads(leader: LeaderboardRow, scores: Sequence[TaskScores]) -> str:
    return (
        f"{leader.strategy} has the highest score, {leader.score:.3f}{_interval(leader.low, leader.high)}, "
        f"over {_count(leader.tasks, 'task')} with {_seeds(scores)}"
    )


def _left_out(rows: Sequence[LeaderboardRow], able: Sequence[LeaderboardRow]) -> str:
    missing = [f"{row.strategy} ({row.tasks})" for row in rows if row not in able]
    return f"; on fewer tasks, and so not compared: {_listed(missing)}" if missing else ""


def _how_far(leader: LeaderboardRow, second: LeaderboardRow, scores: Sequence[TaskScores]) -> str:
    if leader.score == second.score:
        return f"It shares that score with {second.strategy}."
    draws = bootstrap_scores(scores, resamples=2000, seed=0)
    low, high = percentile_interval(draws[leader.strategy] - draws[second.strategy])
    gap = f"The next, {second.strategy}, has {second.score:.3f}, which is {leader.score - second.score:.3f} less"
    if np.isnan(low):
        return f"{gap}; with one seed nothing tells how much of that is luck."
    return f"{gap} (95% interval {low:.3f} to {high:.3f} over the choice of seeds)."


def _how_sure(names: Sequence[str], scores: Sequence[TaskScores]) -> str:
    """The last sentence, on strategies of which the first leads."""
    columns = [block_names(scores).index(name) for name in names]
    blocks = task_blocks(scores)[:, columns]
    complete = blocks[~np.isnan(blocks).any(axis=1)]
    if len(complete) < LEAST_BLOCKS:
        return _over_seeds(names, scores)
    pairs = pairwise_wilcoxon(complete, names)[: len(names) - 1]
    differ = len(names) == 2 or friedman(-complete).iman_davenport_p < LEVEL
    clear = [pair for pair in pairs if differ and pair.p_holm < LEVEL]
    tested = f"over {len(complete)} tasks (Wilcoxon signed-rank, Holm, 5% level)"
    if not clear:
        return f"Not separable yet: no test {tested} tells it from another strategy."
    found = _found([pair.b for pair in clear if pair.effect > 0], [pair.b for pair in clear if pair.effect < 0])
    unclear = [pair.b for pair in pairs if pair not in clear]
    rest = f"; it is not separable yet from {_listed(unclear)}" if unclear else ""
    return f"Tests {tested} find it {found}{rest}."


def _over_seeds(names: Sequence[str], scores: Sequence[TaskScores]) -> str:
    few = f"With {_count(len(scores), 'task')} no test can say that this holds on others"
    here = "this one" if len(scores) == 1 else "these"
    if max(len(task.seeds) for task in scores) < LEAST_BLOCKS:
        return f"Not separable yet: {few[0].lower()}{few[1:]}, and {_seeds(scores)} cannot settle {here}."
    better, worse = _settled(names, scores)
    if not better and not worse:
        return f"Not separable yet: {few[0].lower()}{few[1:]}, and none over seeds tells it from another on {here}."
    tested = "tests over seeds (Wilcoxon signed-rank, Holm, 5% level)"
    return f"{few}; here, {tested} find it {_found(better, worse)}."


def _settled(names: Sequence[str], scores: Sequence[TaskScores]) -> tuple[list[str], list[str]]:
    """Than whom, and on which task, the first of the names is better and worse: all tasks' pairs are one family."""
    tested: list[tuple[str, Pair]] = []
    for task in scores:
        here = [name for name in names if name in task.strategies]
        columns = [task.strategies.index(name) for name in here]
        tested += [(task.task, pair) for pair in pairwise_wilcoxon(seed_blocks(task)[:, columns], here)]
    family = zip((task for task, _ in tested), as_one_family(pair for _, pair in tested), strict=True)
    clear = [(task, pair) for task, pair in family if pair.a == names[0] and pair.p_holm < LEVEL]
    better = [f"{pair.b} on {task}" for task, pair in clear if pair.effect > 0]
    return better, [f"{pair.b} on {task}" for task, pair in clear if pair.effect < 0]


def _found(better: Sequence[str], worse: Sequence[str]) -> str:
    found = [f"better than {_listed(better)}"] if better else []
    return " and ".join(found + ([f"worse than {_listed(worse)}"] if worse else []))


def _interval(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" (95% interval {low:.3f} to {high:.3f})"


def _seeds(scores: Sequence[TaskScores]) -> str:
    """As in "5 seeds", or "3 to 5 seeds" where tasks have different numbers of them."""
    fewest, most = (find(len(task.seeds) for task in scores) for find in (min, max))
    return _count(most, "seed") if fewest == most else f"{fewest} to {most} seeds"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
