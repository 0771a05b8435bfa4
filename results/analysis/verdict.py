"""The verdict: who leads, by how much, and how sure that is, in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..store import Store
from ..wording import counted, decimal, listed
from .aggregates import iqm_gap
from .bootstrap import final_scores
from .comparable import Comparable, comparable
from .decisions import LEVEL, PairDecision, decisions_of, level_of
from .leaderboard import LeaderboardRow, leaderboard
from .scores import TaskScores, task_scores
from .seeds_needed import MOST_SEEDS
from .significance import LEAST_BLOCKS, block_names, friedman, pairwise_wilcoxon, task_blocks


def verdict(store: Store) -> tuple[str, ...]:
    """At most three sentences: who leads and by how much, how sure that is on these tasks, and whether on others.

    Compared are the strategies that ran on the same tasks (`comparable`); the others are named. On these tasks it is
    the seeds that tell (`decisions_of`); of others only tests over tasks can speak, from `LEAST_BLOCKS` tasks on.
    """
    if not (store.outcomes["status"] == "ok").any():
        return ("No trial has succeeded yet, so there is nothing to compare.",)
    rows = leaderboard(store)
    compared = comparable(store)
    if not compared.strategies:
        return ("No trial has succeeded at the highest fidelity yet, so there is nothing to compare.",)
    able = [row for row in rows if row.strategy in compared.strategies]
    scores = [task for task in task_scores(store) if task.task in compared.tasks]
    leads = _who_leads(able[0], scores)
    if len(able) == 1:
        return (
            f"{_progress(store)}{leads}{_left_out(rows, compared)}.",
            "There is no other strategy to compare it with.",
        )
    names = [row.strategy for row in able]
    states = _states(names, store)
    is_open = able[1].strategy in states and states[able[1].strategy].winner != names[0]
    hedged = ("no clear winner: " if _progress(store) else "No clear winner: ") if is_open else ""
    told = f"{leads}{_how_far(able[0], able[1], scores)}{_left_out(rows, compared)}."
    return (
        _progress(store) + hedged + told,
        _on_these(names, scores, states, level_of(store)),
        _on_others(names, scores, states),
    )


def _progress(store: Store) -> str:
    return "" if all(run.state == "finished" for run in store.runs) else "The run is not finished; so far "


def _who_leads(leader: LeaderboardRow, scores: Sequence[TaskScores]) -> str:
    return (
        f"{leader.strategy} has the highest score, {leader.score:.3f}{_interval(leader.low, leader.high)}, "
        f"over {counted(leader.tasks, 'task')} with {_seeds(scores)}"
    )


def _left_out(rows: Sequence[LeaderboardRow], compared: Comparable) -> str:
    missing = [f"{name} ({tasks})" for name, tasks in compared.left_out.items()]
    fewer = f"; on {compared.ran_on}, and so not compared: {listed(missing)}" if missing else ""
    empty = [row.strategy for row in rows if _is_empty(row)]
    return fewer + (f"; no score, for want of a success at the highest fidelity: {listed(empty)}" if empty else "")


def _is_empty(row: LeaderboardRow) -> bool:
    """Whether the strategy ran, and found nothing."""
    return row.tasks > 0 and bool(np.isnan(row.score))


def _how_far(leader: LeaderboardRow, second: LeaderboardRow, scores: Sequence[TaskScores]) -> str:
    if leader.score == second.score:
        return f", and shares it with {second.strategy}"
    gap = f"; the next, {second.strategy}, has {leader.score - second.score:.3f} less"
    found = iqm_gap(scores, leader.strategy, second.strategy)
    return gap + _interval(found.low, found.high)


def _states(names: Sequence[str], store: Store) -> dict[str, PairDecision]:
    """What the seeds say of the first of the names and each other one; without those that share no task and seeds."""
    found = {frozenset((pair.a, pair.b)): pair for pair in decisions_of(store) if pair.tasks}
    pairs = {name: found.get(frozenset((names[0], name))) for name in names[1:]}
    return {name: pair for name, pair in pairs.items() if pair is not None}


def _on_these(names: Sequence[str], scores: Sequence[TaskScores], of: Mapping[str, PairDecision], level: float) -> str:
    """How sure it is on the tasks that there are."""
    here = "this task" if len(scores) == 1 else "these tasks"
    if not of:
        return f"{_too_few(names, scores)} nothing tells how much of that is luck, not even on {here}."
    found = _found(
        [name for name, pair in of.items() if pair.winner == names[0]],
        [name for name, pair in of.items() if pair.winner == name],
        [name for name, pair in of.items() if pair.state == "equivalent"],
    )
    waiting = [name for name, pair in of.items() if pair.state == "open"]
    tested = f"tests over seeds (sign flips, Holm, {100 * level:.2g}% level)"
    if not found:
        return f"On {here}, {tested} do not tell it from {listed(waiting)}{_seeds_needed(waiting, of)}."
    rest = f", and leave open {listed(waiting)}{_seeds_needed(waiting, of)}" if waiting else ""
    return f"On {here}, {tested} find it {found}{rest}."


def _too_few(names: Sequence[str], scores: Sequence[TaskScores]) -> str:
    """Why no pair with the first of the names has two seeds of a task in common."""
    if all(len(task.seeds) == 1 for task in scores):
        return "With one seed"
    finals = final_scores(scores)
    pairs = [pair for name in names[1:] for pair in zip(finals[names[0]], finals[name], strict=True)]
    is_any_shared = any((~np.isnan(of_first + of_other)).any() for of_first, of_other in pairs)
    return f"{names[0]} shares {'only one seed' if is_any_shared else 'no seed'} of a task with any other strategy:"


def _seeds_needed(waiting: Sequence[str], of: Mapping[str, PairDecision]) -> str:
    """With how many seeds the open pairs would end, in brackets."""
    needed = [of[name].seeds_needed for name in waiting]
    known = [count for count in needed if count is not None]
    beyond = f"more than {MOST_SEEDS:,}" if len(known) < len(needed) else ""
    if not known:
        return f" ({beyond} seeds would be needed)" if beyond else ""
    most = beyond or str(max(known))
    ends = most if most == str(min(known)) else f"{min(known)} to {most}"
    return f" (about {ends} seeds would be needed)"


def _on_others(names: Sequence[str], scores: Sequence[TaskScores], of: Mapping[str, PairDecision]) -> str:
    """What tests over tasks say, the only ones that may speak of other tasks; the first of the names leads.

    Where there are seeds to tell, a difference counts only if it is there on these tasks: the second question is not
    asked of a pair that the first one leaves open, so both sentences together are wrong as seldom as each.
    """
    columns = [block_names(scores).index(name) for name in names]
    blocks = task_blocks(scores)[:, columns]
    complete = blocks[~np.isnan(blocks).any(axis=1)]
    if len(complete) < LEAST_BLOCKS:
        return f"With {counted(len(scores), 'task')} no test can say that this holds on others."
    pairs = pairwise_wilcoxon(complete, names)[: len(names) - 1]
    differ = len(names) == 2 or friedman(-complete).iman_davenport_p < LEVEL
    asked = {name for name, pair in of.items() if pair.state == "decided"} if of else set(names)
    clear = [pair for pair in pairs if differ and pair.p_holm < LEVEL and pair.b in asked]
    tested = f"over {len(complete)} tasks (Wilcoxon signed-rank, Holm, 5% level)"
    if not clear:
        return f"For other tasks it is not separable yet: no test {tested} tells it from another strategy."
    found = _found([pair.b for pair in clear if pair.effect > 0], [pair.b for pair in clear if pair.effect < 0])
    unclear = [pair.b for pair in pairs if pair not in clear]
    rest = f"; it is not separable yet from {listed(unclear)}" if unclear else ""
    return f"For other tasks like these, tests {tested} find it {found}{rest}."


def _found(better: Sequence[str], worse: Sequence[str], alike: Sequence[str] = ()) -> str:
    """As in "better than a and b and worse than c"; empty where nothing was found."""
    told = [f"better than {listed(better)}"] if better else []
    told += [f"worse than {listed(worse)}"] if worse else []
    return " and ".join(told + ([f"as good in practice as {listed(alike)}"] if alike else []))


def _interval(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" (95% interval {decimal(low)} to {decimal(high)})"


def _seeds(scores: Sequence[TaskScores]) -> str:
    """As in "5 seeds", or "3 to 5 seeds" where tasks have different numbers of them."""
    fewest, most = (find(len(task.seeds) for task in scores) for find in (min, max))
    return counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
