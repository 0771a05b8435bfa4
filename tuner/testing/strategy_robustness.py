"""The laws about failures, extreme losses and small budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..trial import Failure, FailureKind, Trial
from .law import LawBroken
from .problems import ExampleProblem
from .strategy_study import Record, Respond, respond_honestly
from .strategy_under_test import StrategyUnderTest

_Predicate: TypeAlias = Callable[[int], bool]

_FAILING: dict[str, _Predicate] = {
    "all trials": lambda _: True,
    "the first ten trials": lambda number: number < 10,
    "one trial in three": lambda number: number % 3 == 0,
}


def check_failures(subject: StrategyUnderTest) -> None:
    """Trials that fail, of every kind, do not end the study."""
    for which, fails in _FAILING.items():
        _run_through(subject, _failing(fails), f"when {which} fail")


def check_constant(subject: StrategyUnderTest) -> None:
    """Losses that are all the same do not end the study."""
    _run_through(subject, _scaled(0.0), "when all losses are 0")


def check_extremes(subject: StrategyUnderTest) -> None:
    """Losses up to 1e300, down to -1e300, and of the size of 1e-300 do not end the study."""
    for scale in (1e300, -1e300, 1e-300):
        _run_through(subject, _scaled(scale), f"when losses are about {scale:g}")
    _run_through(subject, _one_huge, "when one loss in three is 1e300")


def check_small_budgets(subject: StrategyUnderTest) -> None:
    """Budgets of 1, 2 and 3 trials are spent."""
    for trials in (1, 2, 3):
        record = _attempt(lambda: subject.study(trials=trials), f"with a budget of {trials} trials")  # noqa: B023  called at once
        if not record.results:
            raise LawBroken(f"with a budget of {trials} trials nothing is proposed")


def _run_through(subject: StrategyUnderTest, respond: Respond, when: str) -> None:
    record = _attempt(lambda: subject.study(respond=respond), when)
    expected = min(subject.trials, len(subject.single.results))
    if len(record.results) < expected:
        raise LawBroken(f"{when}, it ends after {len(record.results)} trials instead of {expected}")


def _attempt(run: Callable[[], Record], when: str) -> Record:
    try:
        return run()
    except Exception as error:
        raise LawBroken(f"{when}, it raises {type(error).__name__}: {error}") from error


def _failing(fails: _Predicate) -> Respond:
    kinds = tuple(FailureKind)

    def respond(example: ExampleProblem, trial: Trial) -> Failure | tuple[float, ...]:
        if fails(trial.id):
            return Failure(kinds[trial.id % len(kinds)], "failed on purpose")
        return respond_honestly(example, trial)

    return respond


def _scaled(scale: float) -> Respond:
    def respond(example: ExampleProblem, trial: Trial) -> tuple[float, ...]:
        return tuple([scale * loss for loss in respond_honestly(example, trial)])

    return respond


def _one_huge(example: ExampleProblem, trial: Trial) -> tuple[float, ...]:
    return tuple([1e300 if trial.id % 3 == 0 else loss for loss in respond_honestly(example, trial)])
