"""The laws about what a strategy's proposals depend on."""

from __future__ import annotations

from .global_random_state import seeded_global_state
from .law import LawBroken, LawSkipped
from .strategy_study import Record, ask_once, replay_study, respond_honestly, tell_pending
from .strategy_under_test import StrategyUnderTest, require_equal


def check_same_seed(subject: StrategyUnderTest) -> None:
    """The same seed gives the same proposals."""
    require_equal(subject.single.proposals, subject.study().proposals, "in a second study with the same seed")


def check_globals(subject: StrategyUnderTest) -> None:
    """The global random state is neither read nor changed."""
    for touched in subject.single.touched + subject.batched.touched:
        raise LawBroken(f"it changed the global state of {touched}")
    again = subject.study(global_seed=1).proposals
    require_equal(subject.single.proposals, again, "when random and numpy.random are seeded otherwise")


def check_other_seed(subject: StrategyUnderTest) -> None:
    """Another seed gives other proposals, unless the strategy goes through a fixed set."""
    first, second = subject.single.proposals, subject.other_seed.proposals
    if first != second:
        return
    strategy = subject.make()
    record = Record()
    for _ in first:
        ask_once(strategy, record, 1)
        tell_pending(strategy, subject.example, record, respond_honestly)
    if not strategy.ask(1):
        raise LawSkipped("it goes through a fixed set of configurations in a fixed order")
    raise LawBroken(f"seeds 0 and 1 give the same {len(first)} proposals")


def check_replay(subject: StrategyUnderTest) -> None:
    """A fresh instance that is told recorded results proposes what was proposed before."""
    for past in (subject.single, subject.batched):
        with seeded_global_state(0):
            again = replay_study(subject.make(), past)
        require_equal(past.proposals, again.proposals, "when the recorded results are replayed")


def check_interleaving(subject: StrategyUnderTest) -> None:
    """Two instances that take turns propose what each proposes alone."""
    with seeded_global_state(0):
        pairs = [(subject.make(seed), Record()) for seed in (0, 1)]
        for _ in range(subject.trials):
            for strategy, record in pairs:
                ask_once(strategy, record, 1)
                tell_pending(strategy, subject.example, record, respond_honestly)
    for (_, record), alone in zip(pairs, (subject.single, subject.other_seed), strict=True):
        require_equal(alone.proposals, record.proposals, "next to another instance")


def check_goal(subject: StrategyUnderTest) -> None:
    """The same losses give the same proposals, whether the goal is to minimize or to maximize."""
    flipped = subject.study(example=subject.example.flipped()).proposals
    require_equal(subject.single.proposals, flipped, "with the same losses under the opposite goal")


def check_untouched_results(subject: StrategyUnderTest) -> None:
    """What the strategy is told is the same afterwards."""
    for record in (subject.single, subject.batched):
        for now, before in zip(record.results, record.told, strict=True):
            if now != before:
                raise LawBroken(f"it changed the result of trial {before.trial.id} from {before} to {now}")
