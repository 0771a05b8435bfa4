"""One pair of strategies: the answer in sentences, and the two task by task."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..analysis.comparison import Comparison, Side
from ..analysis.effects import cliffs_magnitude
from ..analysis.seeds_needed import MOST_SEEDS
from ..analysis.task_differences import TaskDifference
from ..charts.plain import Axes, intervals
from ..items import Cell, Chart, Column, Item, Note, Points, Table
from ..report import Section
from ..wording import counted, decimal, p_value

_SCORES = (
    "Scores: 0 is a typical random trial, 1 the best known value. Differences are over the choice of seeds on these "
    "tasks; what they say holds on these tasks only."
)


def comparison_section(found: Comparison) -> Section:
    """Who is better, by how much, how sure that is on these tasks and on others, and at what cost."""
    told = Points((*_who(found), _leaderboard(found), _others(found), _how_often(found), _cost(found)))
    items: list[Item] = [told, *map(Note, _notes(found)), _table(found), *_chart(found)]
    return Section("comparison", f"{found.a.strategy} against {found.b.strategy}", tuple(items))


def _who(found: Comparison) -> Iterator[str]:
    pair, a, b = found.decision, found.a, found.b
    if not any(one.seeds for one in found.tasks):
        yield "The two share no seeds, since their runs met other luck, so nothing is decided: run both in one suite."
        return
    if not pair.tasks:
        yield "With one seed nothing tells luck from skill: nothing is decided."
        return
    ahead, behind = (a, b) if pair.difference >= 0 else (b, a)
    low, high = (pair.low, pair.high) if ahead is a else (-pair.high, -pair.low)
    lead = f"{abs(pair.difference):.3f} (95% interval {decimal(low)} to {decimal(high)})"
    where = f"on {_these(pair.tasks)} with {counted(pair.seeds, 'seed')} or more each"
    match pair.state:
        case "decided":
            better = f"{ahead.strategy} is better than {behind.strategy}"
            yield f"{better} {where}: its score is higher by {lead}, on average."
        case "equivalent":
            yield (
                f"It does not matter in practice {where}: {ahead.strategy}\u2019s score is higher by {lead}, on "
                f"average, and a difference below {found.margin:g} is of no use."
            )
        case _:
            yield f"Open {where}: {ahead.strategy}\u2019s score is higher by {lead}, on average, which may be luck."
    yield _how_sure(found)


def _how_sure(found: Comparison) -> str:
    pair = found.decision
    family = "this one pair" if found.family == 1 else f"all {found.family} pairs of these strategies"
    family += ", planned before" if found.is_planned else ""
    tests = (
        f"Tests: against no difference {p_value(pair.p_holm)}, against one of {found.margin:g} or more "
        f"{p_value(pair.p_equivalent)}; adjusted for {family}, at the {found.level:.1%} level."
    )
    if pair.state != "open":
        return tests
    if pair.seeds_needed is None:
        return f"{tests} More than {MOST_SEEDS:,} seeds of each task would be needed, or nobody can tell how many."
    return f"{tests} About {pair.seeds_needed} seeds of each task would likely settle it."


def _leaderboard(found: Comparison) -> str:
    return f"Scores over these tasks, as in the leaderboard: {_score(found.a)}, {_score(found.b)}."


def _score(side: Side) -> str:
    interval = "" if math.isnan(side.score.low) else f" ({decimal(side.score.low)} to {decimal(side.score.high)})"
    return f"{side.strategy} {decimal(side.score.value)}{interval}"


def _others(found: Comparison) -> str:
    test, posterior = found.over_tasks, found.posterior
    if test is None or posterior is None:
        return f"Nothing can be said of other tasks: {_these(len(found.tasks))} are too few, it takes six."
    clear = "separates" if test.p_holm < found.level else "does not separate"
    return (
        f"Over {test.blocks} tasks {test.a} is ahead on {test.wins} and behind on {test.losses}, and Wilcoxon\u2019s "
        f"test {clear} them ({p_value(test.p_holm)}). On another such task {test.a} is better with a probability of "
        f"{posterior.a_better:.0%}, {test.b} with {posterior.b_better:.0%}, and with {posterior.equivalent:.0%} the "
        f"two are within {found.margin:g} (Bayesian signed-rank test)."
    )


def _how_often(found: Comparison) -> str:
    chance = found.improvement
    delta = 2.0 * chance.value - 1.0
    interval = "" if math.isnan(chance.low) else f" (95% interval {chance.low:.0%} to {chance.high:.0%})"
    return (
        f"A study of {found.a.strategy} ends above one of {found.b.strategy} on the same task with a probability of "
        f"{chance.value:.0%}{interval}: Cliff\u2019s delta {decimal(delta, 2)}, {cliffs_magnitude(delta)}."
    )


def _cost(found: Comparison) -> str:
    sides = (found.a, found.b)
    own = ", ".join(f"{side.strategy} {_seconds(side.own_seconds_per_trial)}" for side in sides)
    evaluated = ", ".join(f"{side.strategy} {_seconds(side.evaluation_seconds_per_trial)}" for side in sides)
    return f"A trial takes a strategy, for itself: {own}; to be evaluated: {evaluated}."


def _notes(found: Comparison) -> Iterator[str]:
    if found.unfinished:
        yield f"Not finished, so all of this may change: {', '.join(found.unfinished)}."
    yield _SCORES
    if found.alone:
        yield f"Left out, since not both found anything there: {', '.join(found.alone)}."
    failed = ", ".join(f"{side.strategy} {_share(side)}" for side in (found.a, found.b) if side.failures)
    if failed:
        yield f"Trials that failed: {failed}."


def _share(side: Side) -> str:
    return f"{side.failures} of {side.trials} ({side.failures / side.trials:.0%})"


def _table(found: Comparison) -> Table:
    a, b = found.a.strategy, found.b.strategy
    columns = (
        Column("Task"),
        Column("Difference", "number", field="difference"),
        Column("95% from", "number", field="low"),
        Column("to", "number", field="high"),
        Column("Better"),
        Column("p (Holm)", "probability", field="p_holm"),
        Column("Seeds", "integer"),
        Column(a, "number", 4, field="median_a"),
        Column(b, "number", 4, field="median_b"),
        Column("Cliff\u2019s delta", "number", 2, field="cliffs_delta"),
        Column("Size"),
    )
    caption = (
        f"{a} against {b}, task by task. Difference: of normalised scores, positive where {a} is ahead; each interval "
        f"stands for itself. Better: where a test adjusted for these {len(found.tasks)} tasks tells. Under the names: "
        "median final values in the task\u2019s own unit"
    )
    return Table(caption, columns, tuple(_row(one, a, b) for one in found.tasks))


def _row(one: TaskDifference, a: str, b: str) -> tuple[Cell, ...]:
    delta, size = (None, None) if one.effect is None else (one.effect.delta, one.effect.magnitude)
    goal = "\u2193" if one.goal == "minimize" else "\u2191"
    return (
        *(f"{one.task} ({one.objective} {goal})", *one.difference.cells, one.winner(a, b) or "open", one.p_holm),
        *(one.seeds, one.value_a, one.value_b, delta, size),
    )


def _chart(found: Comparison) -> list[Chart]:
    known = [one for one in found.tasks if math.isfinite(one.difference.value)]
    if not known:
        return []
    columns = (Column("Task"), Column("difference of scores", "number"), Column("low", "number"))
    rows = tuple((one.task, *one.difference.cells) for one in known)
    table = Table("Differences by task", (*columns, Column("high", "number")), rows)
    caption = (
        f"How far {found.a.strategy} is ahead of {found.b.strategy} on each task, with 95% intervals over seeds; "
        "left of 0 it is behind."
    )
    ahead = sum(one.difference.value > 0 for one in known)
    description = f"Dots with intervals, one a task: ahead on {ahead} of {len(known)}."
    axes = Axes("difference of scores", "Task")
    return [intervals(caption, description, table, axes, low="low", high="high")]


def _seconds(value: float) -> str:
    return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"


def _these(tasks: int) -> str:
    return "this task" if tasks == 1 else f"these {tasks} tasks"
