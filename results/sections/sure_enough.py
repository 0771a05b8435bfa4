"""Sure enough? Which pairs of strategies are decided on these tasks, and how many seeds the others would take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from ..analysis.decisions import PairDecision, decisions_of, last_look, level_of, margin_of
from ..analysis.seeds_needed import MOST_SEEDS
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Cell, Chart, Column, Item, Note, Specification, Table, Text
from ..report import Section
from ..run_info import LookInfo
from ..store import Store

TITLE = "Sure enough?"

_COLUMNS = (
    Column("A"),
    Column("B"),
    Column("A \u2212 B", "number", field="difference"),
    Column("95% from", "number", field="low"),
    Column("to", "number", field="high"),
    Column("State"),
    Column("p (Holm)", "probability", field="p_holm"),
    Column("p, too small to matter", "probability", field="p_equivalent"),
    Column("Tasks", "integer"),
    Column("Seeds", "integer"),
    Column("Seeds needed", field="seeds_needed"),
)

_EXPLANATION = (
    "On these tasks, would other seeds tell the same? The difference is that of the final normalised scores with the "
    "same seed, averaged over the seeds of a task and then over tasks. A pair is decided where it is not 0 (signs "
    "flipped at random within each task, adjusted by Holm for all pairs), and equivalent where it is smaller than "
    "{margin:g}, a difference of no practical use (two one-sided t-tests, likewise adjusted); both at {level:.1%}. "
    "Seeds needed is with how many on each task an open pair would end in 8 of 10 cases, if the differences seen are "
    "what there is: a forecast as unsure as they are. None of this says anything of other tasks."
)


def section(store: Store) -> Section:
    """A table of all pairs, and a chart of the leader against the others."""
    found = decisions_of(store)
    able = [pair for pair in found if pair.tasks]
    if not able:
        raise NothingToCompare(
            "whether other seeds would tell the same takes two strategies with two seeds on one task at least"
        )
    look, margin, level = last_look(store), margin_of(store), level_of(store)
    apart = [pair for pair in found if not pair.tasks]
    items: list[Item] = [Text(_EXPLANATION.format(margin=margin, level=level)), *_told(store, look), *_missing(apart)]
    settled = _settled(store)
    items += _weakened(able, settled, level)
    table = Table("Pairs of strategies over the seeds of these tasks", _COLUMNS, tuple(_row(p, settled) for p in able))
    return Section("sure-enough", TITLE, (*items, *_chart(able, store.strategies, margin), table))


def _told(store: Store, look: LookInfo | None) -> list[Note]:
    """What is to be known of runs that added seeds until they were sure."""
    if look is None:
        several = [run.name for run in store.runs if run.looks]
        why = "Runs that added seeds until they were sure are judged anew here, since they are joined with others"
        return [Note(f"{why}: {', '.join(several)}.")] if several else []
    waiting = f"{look.open_pairs} of its {len(look.pairs)} pairs were still open"
    if store.runs[0].state != "finished":
        end = f"it is not finished; at the last look, after {look.seeds} seeds, {waiting}"
    elif look.open_pairs:
        end = f"it ended after {look.seeds} seeds, the most it could spend, when {waiting}"
    else:
        end = f"it ended after {look.seeds} seeds, when all were settled"
    return [
        Note(
            f"This run added seeds until its pairs were settled, and looked at them after each round: {end}. So that "
            "looking often does not make luck look like a difference, each look could spend a part of the 5% only, "
            f"the last one {look.level:.1%}. Tests in other sections do not know of this, and are a little too "
            "confident here."
        )
    ]


def _missing(pairs: Sequence[PairDecision]) -> list[Note]:
    named = ", ".join(f"{pair.a} and {pair.b}" for pair in pairs)
    return [Note(f"No task on which both ran with two seeds or more: {named}.")] if pairs else []


def _settled(store: Store) -> dict[frozenset[str], int]:
    """After how many seeds a run that went on adding seeds was sure of a pair."""
    looks = list(reversed(store.runs[0].looks)) if len(store.runs) == 1 else []
    return {frozenset((p.a, p.b)): look.seeds for look in looks for p in look.pairs if p.state != "open"}


def _weakened(pairs: Sequence[PairDecision], settled: Mapping[frozenset[str], int], level: float) -> list[Note]:
    """A note on pairs that were decided on the way and would not be by all seeds together."""
    weak = [p for p in pairs if p.state == "decided" and p.p_holm >= level and frozenset((p.a, p.b)) in settled]
    told = ", ".join(f"{p.a} and {p.b} (after {settled[frozenset((p.a, p.b))]} seeds)" for p in weak)
    return [Note(f"Decided on the way, and less clear with the seeds that came after: {told}.")] if weak else []


def _row(pair: PairDecision, settled: Mapping[frozenset[str], int]) -> tuple[Cell, ...]:
    numbers = (pair.difference, pair.low, pair.high)
    return (
        *(pair.a, pair.b, *numbers, _state(pair, settled), pair.p_holm, pair.p_equivalent),
        *(pair.tasks, pair.seeds, _needed(pair)),
    )


def _state(pair: PairDecision, settled: Mapping[frozenset[str], int]) -> str:
    state = f"{pair.winner} is better" if pair.winner else pair.state
    seeds = settled.get(frozenset((pair.a, pair.b)), pair.seeds)
    return state if pair.state == "open" or seeds >= pair.seeds else f"{state}, after {seeds} seeds"


def _needed(pair: PairDecision) -> str:
    if pair.state != "open":
        return "has enough"
    return f"more than {MOST_SEEDS:,}" if pair.seeds_needed is None else f"about {pair.seeds_needed}"


def _chart(pairs: Sequence[PairDecision], strategies: tuple[str, ...], margin: float) -> list[Chart]:
    """The strategy that beats the others by most, on average, against each of them."""
    gains: dict[str, float] = dict.fromkeys((name for pair in pairs for name in (pair.a, pair.b)), 0.0)
    for pair in pairs:
        gains[pair.a] += pair.difference
        gains[pair.b] -= pair.difference
    leader = max(gains, key=lambda name: gains[name])
    against = sorted((_against(leader, pair) for pair in pairs if leader in (pair.a, pair.b)), key=lambda row: row[1])
    if not against:
        return []
    caption = (
        f"How far {leader} is ahead of each other strategy, with 95% intervals over the choice of seeds. In the grey "
        f"band differences are smaller than {margin:g}."
    )
    settled = ", ".join(name for name, _, low, high in against if low > 0 or high < 0) or "none"
    return [
        Chart(
            caption,
            f"Dots with intervals, one for each strategy but {leader}. Intervals that leave out 0: {settled}.",
            partial(_specification, tuple(against), strategies, margin),
            Table(f"How far {leader} is ahead", (Column("Strategy"), *_COLUMNS[2:5]), tuple(against)),
        )
    ]


def _against(leader: str, pair: PairDecision) -> tuple[str, float, float, float]:
    """The other strategy, and the leader's difference to it with its interval."""
    if leader == pair.a:
        return pair.b, pair.difference, pair.low, pair.high
    return pair.a, -pair.difference, -pair.high, -pair.low


def _specification(
    rows: Sequence[tuple[str, float, float, float]], strategies: tuple[str, ...], margin: float
) -> Specification:
    from ..charts.difference import differences_with_intervals

    points: list[Point] = [
        {"strategy": name, "difference": difference, "low": low, "high": high}
        for name, difference, low, high in rows
        if math.isfinite(difference)
    ]
    return differences_with_intervals(points, strategies, margin=margin)
