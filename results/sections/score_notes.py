"""What a reader of a table of scores alone would take for more than it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..analysis.comparable import comparable
from ..analysis.curves import incumbent_curves
from ..analysis.hypervolume import tasks_with_several_objectives
from ..analysis.scores import TaskScores, task_scores, with_a_success
from ..analysis.unscored import unscored
from ..items import Note
from ..store import Store


def score_notes(store: Store) -> tuple[Note, ...]:
    """Which scores are missing, conventions or on another footing, and what 0 and 1 are where the rule differs."""
    scores = task_scores(store)
    told = (
        *_nothing_found(scores, store),
        *_incomparable(store),
        *_broken(store),
        *_several_objectives(store),
        *_best_of_these(store),
        *_other_zero(scores, store),
    )
    return tuple(map(Note, told))


def _nothing_found(scores: Sequence[TaskScores], store: Store) -> Iterable[str]:
    """Nobody is to take for a measured score what stands for the absence of one."""
    able = with_a_success(scores)
    found = unscored(incumbent_curves(store))
    if nowhere := ", ".join(dict.fromkeys(one.strategy for one in found if one.strategy not in able)):
        yield f"No trial succeeded at the highest fidelity, so there is no score and the rank is the last: {nowhere}."
    partly = (one for one in found if one.strategy in able)
    if here := ", ".join(f"{one.strategy} on {one.task} ({one.studies} of {one.ran})" for one in partly):
        yield (
            "Studies in which no trial succeeded at the highest fidelity have nothing to score: they count as 0, like "
            f"one typical random trial, and rank last: {here}."
        )


def _incomparable(store: Store) -> Iterable[str]:
    compared = comparable(store)
    if elsewhere := ", ".join(map(compared.told, compared.left_out)):
        yield f"Ran on {compared.ran_on}, so its score does not compare with the others: {elsewhere}."


def _broken(store: Store) -> Iterable[str]:
    counts = store.studies.loc[store.studies["status"] == "failed", "strategy"].value_counts()
    if failed := ", ".join(f"{name} ({counts[name]})" for name in store.strategies if name in counts.index):
        yield f"Studies that failed count with what they had found by then: {failed}."


def _several_objectives(store: Store) -> Iterable[str]:
    if tasks := ", ".join(tasks_with_several_objectives(store)):
        yield (
            "With several objectives it is the hypervolume that is compared, in place of a best value, and 1 is that "
            f"of all trials {_here(store)}: {tasks}."
        )


def _best_of_these(store: Store) -> Iterable[str]:
    """Where 1 is nothing that the task declares."""
    plan = store.studies.drop_duplicates("task")
    known = zip(plan["task"], plan["objectives"], plan["best_known"], strict=True)
    tasks = [task for task, names, best in known if len(names) == 1 and names[0] not in dict(best or {})]
    if tasks:
        yield f"No best value is known of these tasks, so 1 is the best {_here(store)}: {', '.join(tasks)}."


def _here(store: Store) -> str:
    if len(store.strategies) == 1:
        return "in this report, all of them the one strategy's own, so its score says little of how good it is"
    return "of all strategies in this report"


def _other_zero(scores: Sequence[TaskScores], store: Store) -> Iterable[str]:
    studies = store.studies
    is_random = (studies["strategy_name"] == "random") | (studies["strategy"] == "random")
    tried = set(studies.loc[is_random & (studies["trials"] > 0), "task"])
    others = [task.task for task in scores if task.reference == "all strategies"]
    if absent := ", ".join(task for task in others if task not in tried):
        yield f"Random search took no part, so 0 is a typical first trial of all strategies: {absent}."
    if failed := ", ".join(task for task in others if task in tried):
        yield (
            "No trial of random search succeeded at the highest fidelity, so 0 is a typical first trial of all "
            f"strategies: {failed}."
        )
