"""What the reference says is said to a program is what is said."""

from __future__ import annotations

from docs.pages import ROOT, blocks_of

from tuner import (
    Budget,
    Configuration,
    Failure,
    FailureKind,
    Float,
    Integer,
    Measurement,
    Objective,
    Problem,
    Proposal,
    SearchSpace,
    Trial,
    TrialResult,
)
from tuner.strategies.program_messages import STOP, ask_message, read_answer, start_message, tell_message

SPACE = SearchSpace({"rate": Float(0.001, 1.0, log=True), "layers": Integer(1, 4)})
PROBLEM = Problem(SPACE, (Objective("error"),))
PAGE = ROOT / "docs" / "reference" / "program-protocol.md"


def lines() -> list[str]:
    return [line for block in blocks_of(PAGE) if block.language == "json" for line in block.text.splitlines()]


def test_every_message_of_the_page_is_the_message_that_is_sent() -> None:
    first, second = Configuration({"rate": 0.1, "layers": 3}), Configuration({"rate": 1.0, "layers": 1})
    sent = [
        start_message(PROBLEM, Budget(trials=20), 42),
        ask_message(2),
        tell_message(TrialResult(Trial(0, Proposal(first), 1), Measurement({"error": 0.25}), (0.25,)), SPACE),
        tell_message(
            TrialResult(Trial(1, Proposal(second), 1), Failure(FailureKind.TIMEOUT, "ran past 60 seconds")), SPACE
        ),
        STOP,
    ]

    assert [line for line in lines() if '"type"' in line] == sent


def test_the_answer_of_the_page_is_understood() -> None:
    (answer,) = [line for line in lines() if '"type"' not in line]

    configurations = [proposal.configuration for proposal in read_answer(answer, SPACE)]
    assert configurations == [{"rate": 0.1, "layers": 3}, SPACE.from_unit([0.5, 0.25])]
