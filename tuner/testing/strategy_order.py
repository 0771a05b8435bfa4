"""The laws about results that a strategy did not ask for, or that come in another order than it asked."""

from __future__ import annotations

from collections.abc import Callable

from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, Trial
from .global_random_state import seeded_global_state
from .law import LawBroken
from .strategy_study import respond_honestly, result_of
from .strategy_under_test import StrategyUnderTest, require_equal

_FOREIGN = 4
_AT_ONCE = 3


def check_foreign(subject: StrategyUnderTest) -> None:
    """Starting points are told before the first ask; then a study runs through."""
    proposals = _attempt(lambda: _run_with_starting_points(subject), "when it is told of trials it did not propose")
    if not proposals:
        raise LawBroken("when it is told of trials it did not propose, it proposes nothing")


def check_out_of_order(subject: StrategyUnderTest) -> None:
    """Three trials at once, of which the youngest always ends first; twice, with the same proposals."""
    when = "when results come out of order"
    first, again = (_attempt(lambda: _run_out_of_order(subject), when) for _ in range(2))
    require_equal(first, again, "in a second study whose results come out of order")
    if len(first) < min(subject.trials, len(subject.single.results)):
        raise LawBroken(f"{when}, it ends after {len(first)} trials instead of {subject.trials}")


def _run_with_starting_points(subject: StrategyUnderTest) -> list[Proposal]:
    strategy, rng = subject.make(), subject.generator("starting points")
    space = subject.example.problem.space
    for number in range(_FOREIGN):
        proposal = Proposal(space.default() if number == 0 else space.sample(rng))
        _tell(subject, strategy, number, proposal)
    found: list[Proposal] = []
    while len(found) < subject.trials and (asked := list(strategy.ask(1))):
        _tell(subject, strategy, _FOREIGN + len(found), asked[0])
        found += asked
    return found


def _run_out_of_order(subject: StrategyUnderTest) -> list[Proposal]:
    strategy = subject.make()
    found: list[Proposal] = []
    running: list[int] = []
    while True:
        room = min(_AT_ONCE - len(running), subject.trials - len(found))
        asked = list(strategy.ask(room)) if room else []
        running += range(len(found), len(found) + len(asked))
        found += asked
        if not running:
            return found
        number = running.pop()
        _tell(subject, strategy, number, found[number])


def _tell(subject: StrategyUnderTest, strategy: SearchStrategy, number: int, proposal: Proposal) -> None:
    trial = Trial(number, proposal, seed=derive_seed(0, "trial", number))
    strategy.tell(result_of(subject.example, trial, respond_honestly(subject.example, trial)))


def _attempt(run: Callable[[], list[Proposal]], when: str) -> list[Proposal]:
    try:
        with seeded_global_state(0):
            return run()
    except Exception as error:
        raise LawBroken(f"{when}, it raises {type(error).__name__}: {error}") from error
