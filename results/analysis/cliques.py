"""Groups of strategies that are not separable: the bars of a critical difference diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike


def cliques(
    mean_ranks: ArrayLike, names: Sequence[str], different: Iterable[tuple[str, str]] | float
) -> tuple[tuple[str, ...], ...]:
    """The maximal groups in which no two strategies differ, best first, each in order of rank; none of one alone.

    `different` is the critical difference of mean ranks [strategies], or the pairs of names that a test separated. In
    the second case a group may skip a strategy that ranks between its members.
    """
    rank_of = dict(zip(names, np.asarray(mean_ranks, dtype=np.float64).tolist(), strict=True))
    ordered = sorted(names, key=rank_of.__getitem__)
    apart = _apart(rank_of, different)
    alike = {name: {other for other in names if other != name and {name, other} not in apart} for name in names}
    groups = [sorted(group, key=ordered.index) for group in _maximal(set(), set(names), set(), alike)]
    return tuple(tuple(group) for group in sorted(groups, key=lambda g: list(map(ordered.index, g))) if len(group) > 1)


def _apart(rank_of: Mapping[str, float], different: Iterable[tuple[str, str]] | float) -> set[frozenset[str]]:
    if isinstance(different, float | int):
        pairs: Iterable[tuple[str, str]] = (
            (a, b) for a, b in combinations(rank_of, 2) if abs(rank_of[a] - rank_of[b]) >= different
        )
    else:
        pairs = different
    return {frozenset(pair) for pair in pairs}


def _maximal(
    group: set[str], candidates: set[str], seen: set[str], alike: Mapping[str, set[str]]
) -> Iterator[set[str]]:
    """The maximal cliques that hold `group`, some of the candidates and none of those seen (Bron and Kerbosch)."""
    if not candidates and not seen:
        yield group
    pivot = max(candidates | seen, key=lambda name: len(alike[name] & candidates), default="")
    for name in sorted(candidates - alike.get(pivot, set())):
        yield from _maximal(group | {name}, candidates & alike[name], seen & alike[name], alike)
        candidates = candidates - {name}
        seen = seen | {name}
