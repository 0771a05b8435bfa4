"""Whatever a trial measured, the stored row gives it back bit for bit."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from results.journal import StudyEnd, Wave
from tuner import Configuration, Failure, FailureKind, Measurement, Outcome, Proposal, Trial, TrialResult
from tuner.recording import decode_evaluations, encode_rows
from tuner.study import Evaluation, StoredTrial

FLOATS = st.floats(allow_nan=False) | st.sampled_from([-0.0, 1e308, 5e-324, 0.1])
GROUPS = st.dictionaries(st.text(max_size=8), FLOATS | st.just(float("nan")), max_size=3)
SECONDS = st.floats(0, 1e9)
MEASUREMENTS = st.builds(Measurement, GROUPS.filter(bool), held_out=GROUPS, seconds=st.none() | SECONDS, extras=GROUPS)
FAILURES = st.builds(Failure, st.sampled_from(FailureKind), st.text(max_size=20))


def stored(number: int, outcome: Outcome, lasted: float) -> StoredTrial:
    trial = Trial(number, Proposal(Configuration({"x": 0.1, "flag": True})), 2**63 - 1, 2**62, study=3)
    value = seconds = None
    if isinstance(outcome, Measurement):
        value, seconds = next(iter(outcome.values.values())), outcome.seconds
    result = TrialResult(trial, outcome, () if value is None else (value,))
    evaluation = Evaluation(outcome, 1.7e9, 1.7e9 + lasted, "host:1")
    return StoredTrial(result, evaluation, value, 1.0, lasted if seconds is None else seconds, 0.25, 0.5)


def bits(group: Mapping[str, float]) -> dict[str, bytes]:
    return {name: struct.pack("<d", value) for name, value in group.items()}


@given(st.lists(st.tuples(MEASUREMENTS | FAILURES, SECONDS), max_size=5))
@example([(Measurement({"a": -0.0}, {"a": 1e308}, 0.0, {"b": 5e-324}), 3.0), (Failure(FailureKind.CRASH, ""), 1.0)])
def test_outcomes_read_back_bit_for_bit(outcomes: list[tuple[Outcome, float]]) -> None:
    before = [stored(number, outcome, lasted) for number, (outcome, lasted) in enumerate(outcomes)]
    wave = Wave(0, 0, encode_rows(before), (StudyEnd(3, "finished"),))
    after = decode_evaluations(Wave.decode(wave.encode()).rows)
    assert len(after) == len(before)
    for one, evaluation in zip(before, after, strict=True):
        assert_same(one.result.outcome, evaluation.outcome)
        assert evaluation.finished - evaluation.started == one.seconds


def assert_same(before: Outcome, after: Outcome) -> None:
    if isinstance(before, Failure):
        assert after == before
        return
    assert isinstance(after, Measurement)
    assert bits(after.values) == bits(before.values)
    assert bits(after.held_out) == bits(before.held_out)
    assert bits(after.extras) == bits(before.extras)
    assert after.seconds == before.seconds
