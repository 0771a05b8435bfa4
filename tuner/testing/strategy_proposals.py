"""The laws about what a strategy proposes."""

from __future__ import annotations

import inspect

import numpy as np

from ..configuration import Value
from ..errors import InvalidConfiguration, StrategyMisbehaved, UnsupportedProblem
from ..problem import Problem
from ..proposals import check_resume
from ..strategy import own_options
from ..trial import Failure, FailureKind, Proposal, Trial, TrialResult
from .global_random_state import seeded_global_state
from .law import LawBroken, LawSkipped
from .problems import ExampleProblem
from .strategy_study import Record, ask_once, respond_honestly, tell_pending
from .strategy_under_test import StrategyUnderTest


def check_options(subject: StrategyUnderTest) -> None:
    """Own options are keyword-only and have defaults."""
    for name, option in own_options(subject.maker.kind).items():
        if option.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise LawBroken(f"option {name!r} is not keyword-only: put it behind the * of __init__")
        if option.default is inspect.Parameter.empty:
            raise LawBroken(f"option {name!r} has no default")


def check_refusal(subject: StrategyUnderTest) -> None:
    """Problems with needs that are not supported are refused at construction."""
    unsupported = [example for example in subject.others if not subject.maker.declares(example)]
    if not unsupported:
        raise LawSkipped("it supports every example problem")
    for example in unsupported:
        try:
            subject.make(example=example)
        except UnsupportedProblem:
            continue
        needs = ", ".join(example.problem.needs.names())
        raise LawBroken(f"it accepts a problem that needs {needs}, which it does not say it supports")


def check_study(subject: StrategyUnderTest) -> None:
    """A study runs."""
    if not subject.single.results:
        raise LawBroken("the first ask(1) returned nothing, although no trial is pending")


def check_batches(subject: StrategyUnderTest) -> None:
    """A study that asks for five at a time runs."""
    if not subject.batched.results:
        raise LawBroken("the first ask(5) returned nothing, although no trial is pending")


def check_pending(subject: StrategyUnderTest) -> None:
    """Asking again before the first results are told works; an empty answer is fine."""
    with seeded_global_state(0):
        strategy, record = subject.make(), Record()
        for _ in range(3):
            ask_once(strategy, record, 1)
        tell_pending(strategy, subject.example, record, respond_honestly)
        ask_once(strategy, record, 1)


def check_count(subject: StrategyUnderTest) -> None:
    """An answer holds at most as many proposals as were asked for."""
    for answer in [*subject.single.answers, *subject.batched.answers]:
        if len(answer.proposals) > answer.count:
            raise LawBroken(f"ask({answer.count}) returned {len(answer.proposals)} proposals")


def check_space(subject: StrategyUnderTest) -> None:
    """Every configuration lies in the space."""
    for index, proposal in enumerate(_all_proposals(subject)):
        plain = {name: _to_plain(value) for name, value in proposal.configuration.items()}
        try:
            subject.example.problem.space.check(plain)
        except InvalidConfiguration as error:
            raise LawBroken(f"proposal {index}: {error}") from error


def check_plain(subject: StrategyUnderTest) -> None:
    """Every value is a plain Python object."""
    for proposal in _all_proposals(subject):
        for name, value in proposal.configuration.items():
            if type(value) not in {int, float, str, bool}:
                kind = f"{type(value).__module__}.{type(value).__qualname__}"
                raise LawBroken(f"{name} = {value!r} is a {kind}, not a plain int, float, str or bool")


def check_fidelity(subject: StrategyUnderTest) -> None:
    """Fidelities lie in the offered range, and only earlier trials are resumed, as the engine allows it.

    A strategy that resumes trials is watched in a second study, in which one trial in three fails.
    """
    offered = subject.example.problem.fidelity
    for index, proposal in enumerate(subject.single.proposals):
        _check_offer(index, proposal, (offered.low, offered.high) if offered else None)
    _check_resumes(subject.single, subject.example)
    if any(proposal.resume is not None for proposal in subject.single.proposals):
        _check_resumes(subject.study(respond=_fail_one_in_three), subject.example)


def _check_resumes(record: Record, example: ExampleProblem) -> None:
    for index, proposal in enumerate(record.proposals):
        if proposal.resume is None:
            continue
        if not 0 <= proposal.resume < index:
            raise LawBroken(f"proposal {index} resumes trial {proposal.resume}, which is not an earlier one")
        _check_resume(index, proposal, record.results[proposal.resume], example.problem)


def _check_resume(index: int, proposal: Proposal, earlier: TrialResult, problem: Problem) -> None:
    if problem.fidelity is None:
        raise LawBroken(f"proposal {index} resumes trial {proposal.resume}, but the problem offers no fidelity")
    asked = earlier.trial.proposal.fidelity
    reached = problem.fidelity.high if asked is None else asked
    try:
        check_resume(proposal, earlier.trial.proposal, reached, problem, is_failure=earlier.is_failure)
    except StrategyMisbehaved as error:
        raise LawBroken(f"proposal {index}: {error}") from error


def _fail_one_in_three(example: ExampleProblem, trial: Trial) -> Failure | tuple[float, ...]:
    failed = Failure(FailureKind.ERROR, "failed on purpose")
    return respond_honestly(example, trial) if trial.id % 3 else failed


def _check_offer(index: int, proposal: Proposal, offered: tuple[float, float] | None) -> None:
    if proposal.fidelity is None:
        return
    if offered is None:
        raise LawBroken(f"proposal {index} asks for fidelity {proposal.fidelity:g}, but the problem offers none")
    if not offered[0] <= proposal.fidelity <= offered[1]:
        raise LawBroken(f"proposal {index} asks for fidelity {proposal.fidelity:g}, outside {list(offered)}")


def _all_proposals(subject: StrategyUnderTest) -> list[Proposal]:
    return subject.single.proposals + subject.batched.proposals


def _to_plain(value: Value) -> object:
    return value.item() if isinstance(value, np.generic) else value
