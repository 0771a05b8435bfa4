"""Where a number of the report comes from: the places that show it, how they are made, and from which trials."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, takewhile

from .errors import ResultsError
from .explanation import TRIALS_HEADING, explain_section, field_meanings
from .items import Heading, Item, Note, Points, Text
from .report import Section, build_report
from .sections import section_targets
from .store import Store
from .wording import counted, listed
from .written_numbers import Place, places_of, read_number

MOST_PLACES = 20
"""So many places of one section are shown; a common number is everywhere."""

_TRIALS = (
    "The trials are those of the tasks and strategies that the row or the sentence names; where it names none, all "
    "that there are. A score and a test also rest on the trials that they are compared with. Only trials with a value, "
    "successful and at the highest fidelity, can be a study\u2019s best; the others count as cost."
)

_ORDINARY = re.compile(r"\brandom (?=trial|forest|search)|\bat random\b")
"""Where a word that is also a strategy's name is none."""


def explain_number(store: Store, text: str) -> tuple[Section, ...]:
    """A section for each one of the report that shows the number; it is written as the page writes it.

    Without a unit it is found whatever unit the page gives it, and 0.83 is also found as 0.830. Raises ResultsError
    for what is no number, and where the report does not show it.
    """
    number = read_number(text)
    if number is None:
        raise ResultsError(f"{text!r} is no number as a page shows one, such as 0.83, 18, 95% or 1.2 ms")
    places = places_of(build_report(store), number)
    if not places:
        raise ResultsError(f"{text} is written nowhere in this report; give a number with the digits that the page has")
    by_section = groupby(places, key=lambda place: place.section.id)
    first, *others = (_section(store, text, list(found)) for _, found in by_section)
    return (replace(first, items=(Text(_TRIALS), *first.items)), *others)


def is_number(text: str) -> bool:
    """Whether it can be looked for in a report."""
    return read_number(text) is not None


def _section(store: Store, text: str, places: Sequence[Place]) -> Section:
    times, made = Counter(places), places[0].section
    shown = list(times)[:MOST_PLACES]
    items: list[Item] = [Points(tuple(_sentence(store, place, times[place]) for place in shown))]
    if len(times) > len(shown):
        items.append(Note(f"And in {counted(len(times) - len(shown), 'more place')} of this section."))
    items += _formulas(store, made, {place.key for place in shown})
    return Section(f"explain-{made.id}", f"{text} in section {made.id}: {made.title}", tuple(items))


def _sentence(store: Store, place: Place, times: int) -> str:
    """Where it is, as often as it is there, and of which trials."""
    told = f"\u201c{place.where.rstrip('.')}\u201d"
    if place.column:
        told = f"Table {told}, {f'row {place.row}, ' if place.row else ''}column {place.column}"
    often = f" ({times} times)" if times > 1 else ""
    return f"{told}{often}: {_trials(store, place)}."


def _trials(store: Store, place: Place) -> str:
    """How many trials there are of what the place names, and of which tasks, strategies and seeds."""
    if place.section.id == "exhibits":
        return "of the trials that the section explains, and no others"
    tasks, strategies = (_named(labels, place.names) for labels in (store.tasks, store.strategies))
    studies, outcomes = store.studies, store.outcomes
    mine = studies[studies["task"].isin(tasks) & studies["strategy"].isin(strategies)]
    own = outcomes[outcomes["position"].isin(mine.index)]
    seeds = sorted({int(seed) for seed in mine.loc[mine.index.isin(own["position"]), "seed"]})
    compared = int((own["full"] & own["loss"].notna()).sum())
    by, on = _all_or(strategies, store.strategies, "strategies"), _all_or(tasks, store.tasks, "tasks")
    if not seeds:
        return f"no trials of {by} on {on}"
    word = "seed" if len(seeds) == 1 else "seeds"
    return f"{counted(len(own), 'trial')} of {by} on {on}, {word} {_ranges(seeds)}; {compared} with a value"


def _named(labels: Sequence[str], names: Sequence[str]) -> list[str]:
    """Those that the texts name; all where they name none."""
    texts = _ORDINARY.sub("", "\n".join(names))
    named = [label for label in labels if re.search(rf"(?<![\w.+-]){re.escape(label)}(?![\w+-])", texts)]
    return named or list(labels)


def _all_or(named: Sequence[str], labels: Sequence[str], noun: str) -> str:
    return f"all {len(labels)} {noun}" if len(named) == len(labels) > 2 else listed(named)


def _ranges(numbers: Sequence[int]) -> str:
    """As in "0 to 3, 7"."""
    groups = [
        [number for _, number in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in groups)


def _formulas(store: Store, made: Section, fields: set[str]) -> Iterator[Item]:
    """What the classes behind the section say of these columns, and what the section says; else how it is made."""
    meanings = field_meanings(made.id)
    told = [text for field in sorted(fields) for text in meanings.get(field, ())]
    said = [item for item in made.items if isinstance(item, Text | Note)]
    if told:
        yield Heading("What the columns mean")
        yield Points(tuple(told))
    if said:
        yield Heading("What the section says of its numbers")
        yield from said
    if made.id not in section_targets():
        return
    if told or said:
        yield Text(f"All formulas and sources: --explain {made.id}.")
    else:
        last = Heading(TRIALS_HEADING)
        yield from takewhile(lambda item: item != last, explain_section(store, made.id).items)
