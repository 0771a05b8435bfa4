"""The leader against each other strategy: how often it is ahead, and how large that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..analysis.effects import TaskEffect, cliffs_magnitude, probability_of_improvement, task_effects
from ..analysis.estimate import Estimate
from ..analysis.scores import TaskScores
from ..charts.palette import Point
from ..items import Chart, Column, Heading, Item, Note, Specification, Table, Text

_PROBABILITY = (
    Column("Against"),
    Column("Probability", "percent", 0),
    Column("95% from", "percent", 0, field="low"),
    Column("to", "percent", 0, field="high"),
)
_DELTA = Column("Cliff\u2019s delta", "number", 2, field="cliffs_delta")

_LIMITS = (
    "These count who is ahead and not by how much: a hair\u2019s breadth counts like a mile. A study is compared with "
    "those of all seeds, so luck that two strategies share is not cancelled as it is in the tests. The words for the "
    "size are conventions; whether a size matters is for you to say."
)


@dataclass(frozen=True, slots=True)
class _Rival:
    """Another strategy as seen from the leader."""

    strategy: str
    probability: Estimate
    """That the leader ends above it."""
    effects: tuple[TaskEffect, ...]

    @property
    def delta(self) -> float:
        """The mean over tasks of Cliff's delta."""
        return 2.0 * self.probability.value - 1.0

    def tasks(self, sign: int) -> int:
        """On how many tasks the leader is ahead (1) or behind (-1) by more than a negligible effect."""
        return sum(effect.magnitude != "negligible" and sign * effect.delta > 0 for effect in self.effects)


def rival_items(
    leader: str, others: Sequence[str], scores: Sequence[TaskScores], strategies: tuple[str, ...]
) -> list[Item]:
    """A sentence, a chart and tables; nothing where the leader shares no task with another strategy."""
    found = [
        _Rival(name, probability_of_improvement(scores, leader, name), task_effects(scores, leader, name))
        for name in others
    ]
    rivals = [rival for rival in found if rival.effects]
    if not rivals:
        return []
    return [
        Heading(f"How often is {leader} ahead?"),
        Text(_told(leader, rivals[0])),
        _chart(leader, rivals, strategies),
        _rivals_table(leader, rivals),
        Note(_LIMITS),
        _effects_table(leader, rivals),
    ]


def _told(leader: str, rival: _Rival) -> str:
    chance = rival.probability
    interval = "" if np.isnan(chance.low) else f" (95% interval {chance.low:.0%} to {chance.high:.0%})"
    doubt = " The interval holds 50%, so that could be luck." if chance.low <= 0.5 <= chance.high else ""
    return (
        f"Pick one of the tasks, and on it one study of {leader} and one of {rival.strategy}, which is next by IQM. "
        f"With a probability of {chance.value:.0%}{interval} the one of {leader} ends above the other. "
        f"50% is a toss-up; a tie counts half.{doubt}"
    )


def _chart(leader: str, rivals: Sequence[_Rival], strategies: tuple[str, ...]) -> Chart:
    rows = tuple((rival.strategy, *rival.probability.cells) for rival in rivals)
    shown = "; ".join(f"{name} {value:.0%}" for name, value, _, _ in rows)
    return Chart(
        f"Probability that a study of {leader} ends above one of each other strategy on the same task, with 95% "
        "intervals over seeds; the dashed line is a toss-up.",
        f"Dots with intervals, one a strategy: {shown}.",
        partial(_specification, rows, strategies, leader),
        Table(f"Probability that {leader} ends above", _PROBABILITY, rows),
    )


def _specification(
    rows: Sequence[tuple[str, float, float, float]], strategies: tuple[str, ...], leader: str
) -> Specification:
    from ..charts.improvement import probabilities_of_improvement

    points: list[Point] = [
        {"strategy": name, "probability": value, "low": low, "high": high} for name, value, low, high in rows
    ]
    return probabilities_of_improvement(points, strategies, leader)


def _rivals_table(leader: str, rivals: Sequence[_Rival]) -> Table:
    columns = (
        *_PROBABILITY,
        _DELTA,
        Column("Size"),
        Column("Ahead on", "integer"),
        Column("Behind on", "integer"),
        Column("Tasks", "integer"),
    )
    rows = tuple(
        (
            *(rival.strategy, *rival.probability.cells, rival.delta, cliffs_magnitude(rival.delta)),
            *(rival.tasks(1), rival.tasks(-1), len(rival.effects)),
        )
        for rival in rivals
    )
    caption = (
        f"{leader} against each other strategy, averaged over tasks. Cliff\u2019s delta is the share of pairs of "
        "studies in which it is ahead, less the share in which it is behind: 1 always ahead, \u22121 always behind. "
        "Size: small from 0.147, medium from 0.33, large from 0.474 (Romano et al. 2006). Ahead and behind: on how "
        "many tasks by more than a negligible size."
    )
    return Table(caption, columns, rows)


def _effects_table(leader: str, rivals: Sequence[_Rival]) -> Table:
    columns = (
        Column("Task"),
        Column("Against"),
        Column("A12", "number", 2),
        _DELTA,
        Column("Size"),
    )
    tasks = dict.fromkeys(effect.task for rival in rivals for effect in rival.effects)
    rows = tuple(
        (task, rival.strategy, effect.a12, effect.delta, _direction(effect))
        for task in tasks
        for rival in rivals
        for effect in rival.effects
        if effect.task == task
    )
    caption = (
        f"The same on each task: A12 of Vargha and Delaney is the probability that {leader} ends above, ties counted "
        "half; with few seeds both are rough."
    )
    return Table(caption, columns, rows)


def _direction(effect: TaskEffect) -> str:
    if effect.magnitude == "negligible":
        return "negligible"
    return f"{effect.magnitude}, {'ahead' if effect.delta > 0 else 'behind'}"
