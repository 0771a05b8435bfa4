"""What a strategy may answer when it is asked, and where two answers differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .configuration import Configuration
from .errors import InvalidConfiguration, StrategyMisbehaved
from .problem import Problem
from .trial import Proposal


def check_proposals(proposals: object, count: int, problem: Problem) -> None:
    """Raise `StrategyMisbehaved` unless these are at most `count` proposals that the problem allows."""
    if not isinstance(proposals, Sequence) or isinstance(proposals, str):
        raise StrategyMisbehaved(f"ask returned {proposals!r:.80}, not a sequence of Proposal")
    if len(proposals) > count:
        raise StrategyMisbehaved(f"ask({count}) returned {len(proposals)} proposals")
    for proposal in proposals:
        if not isinstance(proposal, Proposal):
            raise StrategyMisbehaved(f"ask returned {proposal!r:.80} in place of a Proposal")
        if not isinstance(proposal.configuration, Configuration):
            raise StrategyMisbehaved(f"proposed {proposal.configuration!r:.80} in place of a Configuration")
        try:
            problem.space.check(proposal.configuration)
        except InvalidConfiguration as error:
            raise StrategyMisbehaved(f"proposed a configuration outside the space: {error}") from None
        _check_fidelity(proposal, problem)


def check_resume(proposal: Proposal, earlier: Proposal, reached: float, problem: Problem, *, is_failure: bool) -> None:
    """Raise `StrategyMisbehaved` unless the proposal goes on where an earlier one, evaluated at `reached`, stopped."""
    assert problem.fidelity is not None
    name, wanted = problem.fidelity.name, proposal.fidelity
    wanted = problem.fidelity.high if wanted is None else wanted
    told = f"proposed to resume trial {proposal.resume}"
    if is_failure:
        raise StrategyMisbehaved(f"{told}, which failed")
    if proposal.configuration != earlier.configuration:
        raise StrategyMisbehaved(f"{told} with another configuration")
    if wanted <= reached:
        raise StrategyMisbehaved(f"{told} at {name} = {wanted:g}, which has reached {reached:g} before")


def describe_difference(first: int, before: Sequence[Proposal], again: Sequence[Proposal]) -> str:
    """One line on where a repetition differs."""
    pairs = zip(before, again, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(before), len(again)))
    shown = [part[place].configuration.to_json() if place < len(part) else "nothing" for part in (before, again)]
    return (
        f"the strategy is not deterministic: with the same seed and results it proposed {shown[0]} "
        f"and then {shown[1]} for trial {first + place}"
    )


def _check_fidelity(proposal: Proposal, problem: Problem) -> None:
    wanted, offered = proposal.fidelity, problem.fidelity
    if wanted is None:
        return
    if offered is None:
        raise StrategyMisbehaved(f"proposed fidelity {wanted}, but the problem has none")
    is_number = isinstance(wanted, int | float) and not isinstance(wanted, bool)
    if not (is_number and math.isfinite(wanted) and offered.low <= wanted <= offered.high):
        raise StrategyMisbehaved(
            f"proposed {offered.name} = {wanted!r:.80}, not a number in [{offered.low:g}, {offered.high:g}]"
        )
