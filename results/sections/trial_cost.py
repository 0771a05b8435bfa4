"""What if a trial took a second, a minute or an hour: who wins by the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..analysis.aggregates import iqm_gap
from ..analysis.assumed_cost import EqualTime, equal_times
from ..analysis.bootstrap import final_scores, interquartile_mean
from ..analysis.comparable import comparable
from ..analysis.costs import study_sums
from ..errors import NothingToCompare
from ..items import Cell, Column, Note, Points, Table, Text
from ..report import Section
from ..store import Store
from ..wording import decimal, listed

TITLE = "What if a trial took a second, a minute, an hour?"

COSTS = (("1 s", 1.0), ("1 min", 60.0), ("1 h", 3600.0))
"""What a full evaluation is assumed to take: how it is called, and in seconds."""

_EXPLANATION = (
    "Suppose that a full evaluation took this long, and a cheaper one its share of it, while the strategies thought "
    "for as long as they did here. These are the scores at the longest time that every study of a task would reach: a "
    "strategy that thinks for long has evaluated less by then. A study in which no trial at the highest fidelity has "
    "succeeded by then counts as 0, and a strategy of only such studies has no score."
)
_SIMULATED = (
    " On the simulated clock the reported costs are scaled, so that a full evaluation takes this long on average over "
    "the task's trials, and the workers stay as many as they were."
)
_IMPORTED = (
    "The strategies' own time is what the imported tables tell of it: unlike best values, scores and tests, this part "
    "of the report rests on times, which differ by machine."
)
_MEASURED = (
    "The strategies' own time was measured on the machine of the run: unlike best values, scores and tests, this part "
    "of the report is not determined by the suite, and may differ when it is run again."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The scores of the strategies at one assumed cost."""

    cost: str
    scores: Mapping[str, float]
    """By strategy, those compared best first; NaN where nothing was found by then."""
    leaders: tuple[str, ...]
    """Whoever has the highest score; several where they tie, none where nobody has a score."""
    gap: tuple[float, float]
    """The 95% bootstrap interval of how far the leader is ahead of the next."""
    second: str | None
    """Who is next of those compared; None without another."""
    trials: Mapping[str, float]
    """By strategy, the median number of trials that had ended."""


def section(store: Store) -> Section | None:
    """Sentences and a table; nothing where there are no two strategies to compare, or an import gave no own time."""
    if len(store.strategies) < 2 or _lacks_times(store):
        return None
    if not store.outcomes["loss"].notna().any():
        raise NothingToCompare("no trial succeeded, so no strategy wins at any cost of a trial")
    compared = comparable(store)
    reached = equal_times(store, [seconds for _, seconds in COSTS])
    standings = [_standing(name, scores, compared.strategies) for (name, _), scores in zip(COSTS, reached, strict=True)]
    is_simulated = bool((store.studies["clock"] == "simulated").any())
    notes = [Note(_IMPORTED if all(run.imported for run in store.runs) else _MEASURED)]
    if compared.left_out:
        notes.append(Note(f"Ran on {compared.ran_on}, so not compared: {', '.join(compared.left_out)}."))
    explanation = Text(_EXPLANATION + (_SIMULATED if is_simulated else ""))
    answer = (Text(_answer(standings)), Points(tuple(map(_sentence, standings))))
    return Section(
        "trial-cost",
        TITLE,
        (explanation, *notes, *answer, _table(standings, store)),
    )


def _lacks_times(store: Store) -> bool:
    """Whether an imported run tells nothing of the strategies' own time, which then stands as 0."""
    own = study_sums(store)["own_seconds"].groupby(store.studies["folder"]).sum()
    return any(run.imported is not None and own.get(place, 0.0) == 0 for place, run in enumerate(store.runs))


def _standing(cost: str, reached: EqualTime, able: Sequence[str]) -> Standing:
    finals = final_scores(reached.scores)
    scores = {name: float(interquartile_mean(np.concatenate(finals[name]))) for name in finals}
    ordered = sorted(able, key=lambda name: (np.isnan(scores[name]), -np.nan_to_num(scores[name])))
    gap = (float("nan"), float("nan"))
    if len(ordered) > 1:
        found = iqm_gap(reached.scores, ordered[0], ordered[1])
        gap = (found.low, found.high)
    leaders = tuple(name for name in ordered if scores[name] == scores[ordered[0]])
    rest = [name for name in scores if name not in ordered]
    second = ordered[1] if len(ordered) > 1 else None
    return Standing(cost, {name: scores[name] for name in [*ordered, *rest]}, leaders, gap, second, reached.trials)


def _answer(standings: Sequence[Standing]) -> str:
    won = {standing.leaders: [s.cost for s in standings if s.leaders == standing.leaders] for standing in standings}
    if not any(won):
        return "At none of these costs would any trial at the highest fidelity have succeeded by then."
    if len(won) == 1:
        return f"The answer does not depend on it: {listed(standings[0].leaders)} would lead at each of these costs."
    parts = "; ".join(f"{listed(leaders) or 'nobody'} at {listed(costs)}" for leaders, costs in won.items())
    return f"The answer depends on what a trial costs. In the lead would be: {parts}."


def _sentence(standing: Standing) -> str:
    if not standing.leaders:
        return f"{standing.cost}: no strategy would have a score."
    leader, second = standing.leaders[0], standing.second
    score = standing.scores[leader]
    if len(standing.leaders) > 1:
        return f"{standing.cost}: {listed(standing.leaders)} share the lead with {decimal(score)}."
    if second is None:
        return f"{standing.cost}: {leader} has {decimal(score)}; there is no other strategy to compare it with."
    other = standing.scores[second]
    if np.isnan(other):
        return f"{standing.cost}: {leader} leads with {decimal(score)}; no other strategy would have a score."
    gap = f"{decimal(score - other)} less"
    told = f"{standing.cost}: {leader} leads with {decimal(score)}; the next, {second}, has {decimal(other)}, {gap}"
    low, high = standing.gap
    if np.isnan(low):
        return f"{told}; with one seed nothing tells how much of that is luck."
    doubt = ", so the choice of seeds alone could explain it" if low <= 0 else ""
    return f"{told} (95% interval {decimal(low)} to {decimal(high)} over the choice of seeds{doubt})."


def _table(standings: Sequence[Standing], store: Store) -> Table:
    columns = (
        Column("Strategy"),
        Column("Own time per trial", "seconds"),
        *(Column(f"Score at {standing.cost}", "number") for standing in standings),
        Column("Leads at"),
        *(Column(f"Trials at {standing.cost}", "integer") for standing in standings),
    )
    sums = study_sums(store).groupby(store.studies["strategy"]).sum()
    own = sums["own_seconds"] / sums["trials"]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            float(own[name]),
            *(standing.scores[name] for standing in standings),
            ", ".join(standing.cost for standing in standings if name in standing.leaders) or None,
            *(standing.trials.get(name) for standing in standings),
        )
        for name in standings[0].scores
    )
    return Table("Scores at equal time, and the trials that a study has ended by then (medians)", columns, rows)
