"""A strategy that breaks its contract ends its study; what was done stays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from study_under_test import HALF, WITH_FIDELITY, Recorder, make, run

from results.journal import StudyStatus
from tuner import (
    Budget,
    Configuration,
    Problem,
    Proposal,
    TrialResult,
)
from tuner.study import Study

ODD: list[tuple[object, str]] = [
    (None, "ask returned None, not a sequence of Proposal"),
    ("abc", "ask returned 'abc', not a sequence of Proposal"),
    (iter([HALF]), "not a sequence of Proposal"),
    ([HALF, HALF], "ask(1) returned 2 proposals"),
    ([HALF.configuration], "ask returned Configuration({'x': 0.5}) in place of a Proposal"),
    ([Proposal({"x": 0.5})], "proposed {'x': 0.5} in place of a Configuration"),  # type: ignore[arg-type]  # on purpose
    ([Proposal(Configuration({"x": 2.0}))], "outside the space: x = 2.0 is not a number in [0, 1]"),
    ([Proposal(Configuration({"x": np.float64(0.5)}))], "(it is a numpy.float64)"),
    ([Proposal(Configuration({}))], "outside the space: parameter 'x' is active but has no value"),
    ([Proposal(Configuration({"x": 0.5, "y": 1}))], "outside the space: no parameter called 'y'"),
    ([replace(HALF, fidelity=0.5)], "proposed epochs = 0.5, not a number in [1, 10]"),
    ([replace(HALF, fidelity=11)], "proposed epochs = 11, not a number in [1, 10]"),
    ([replace(HALF, fidelity=True)], "proposed epochs = True, not a number in [1, 10]"),
    ([replace(HALF, fidelity=float("nan"))], "proposed epochs = nan, not a number in [1, 10]"),
    ([replace(HALF, fidelity="10")], "proposed epochs = '10', not a number in [1, 10]"),  # type: ignore[arg-type]  # on purpose
    ([replace(HALF, resume=2)], "proposed to resume trial 2, but only 2 are done"),
    ([replace(HALF, resume=-1)], "proposed to resume trial -1, but only 2 are done"),
    ([replace(HALF, resume="0")], "proposed to resume trial '0', but only 2 are done"),  # type: ignore[arg-type]  # on purpose
]


@pytest.mark.parametrize(("answer", "told"), ODD)
def test_an_odd_answer_ends_the_study_as_failed_and_keeps_its_trials(answer: Any, told: str) -> None:
    class Odd(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            odd: Sequence[Proposal] = answer
            return [HALF] if len(self.told) < 2 else odd

    study, _ = make(Odd, Budget(trials=5), problem=WITH_FIDELITY)
    assert len(run(study)) == 2
    assert_failed(study, told)


def assert_failed(study: Study, told: str) -> None:
    status: StudyStatus | None = study.status
    assert status == "failed"
    assert told in str(study.message)
    assert "\n" not in str(study.message)


def test_a_fidelity_where_there_is_none_ends_the_study() -> None:
    class Odd(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            return [replace(HALF, fidelity=1.0)]

    study, _ = make(Odd, Budget(trials=5))
    assert run(study) == []
    assert_failed(study, "proposed fidelity 1.0, but the problem has none")


class Odd(BaseException):
    """Not an Exception."""


@pytest.mark.parametrize("kind", [ValueError, SystemExit, Odd])
@pytest.mark.parametrize(("place", "trials"), [("__init__", 0), ("ask", 2), ("tell", 3)])
def test_a_strategy_that_raises_ends_its_study_as_failed(place: str, trials: int, kind: type[BaseException]) -> None:
    error = kind("two\nlines \udc80")

    class Raising(Recorder):
        def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
            super().__init__(problem, seed=seed, budget=budget)
            self.fall("__init__", 0)

        def fall(self, where: str, after: int) -> None:
            if where == place and len(self.told) == after:
                raise error

        def ask(self, count: int) -> Sequence[Proposal]:
            self.fall("ask", 2)
            return super().ask(count)

        def tell(self, result: TrialResult) -> None:
            self.fall("tell", 2)
            super().tell(result)

    study, _ = make(Raising, Budget(trials=5))
    assert len(run(study)) == trials
    assert study.message == f"{place} raised {type(error).__name__}: two lines \\udc80"
    assert study.status == "failed"


def test_a_strategy_that_raises_in_tell_hears_of_no_further_result() -> None:
    class Raising(Recorder):
        def tell(self, result: TrialResult) -> None:
            super().tell(result)
            raise ValueError

    study, built = make(Raising, Budget(trials=4), parallelism=4)
    assert len(run(study)) == 4
    assert isinstance(built[0], Recorder)
    assert len(built[0].told) == 1


class Unsteady(Recorder):
    """Draws from a stream that its instances share."""

    shared = np.random.default_rng(0)

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self.space.sample(self.shared)) for _ in range(count)]


def test_the_probe_finds_a_strategy_that_is_not_deterministic() -> None:
    study, _ = make(Unsteady, Budget(trials=4), is_probed=True)
    assert len(run(study)) == 4
    assert_failed(study, "the strategy is not deterministic: with the same seed and results it proposed {")
    assert str(study.message).endswith("for trial 0")


def test_the_probe_lets_a_deterministic_strategy_pass() -> None:
    study, built = make(Recorder, Budget(trials=30), parallelism=4, is_probed=True)
    run(study)
    assert (study.status, study.message) == ("finished", None)
    assert len(built) == 2


def test_only_a_study_that_is_probed_builds_its_strategy_twice() -> None:
    study, built = make(Unsteady, Budget(trials=4))
    run(study)
    assert (study.status, len(built)) == ("finished", 1)


def test_a_probed_strategy_that_proposes_less_the_second_time_is_found_out() -> None:
    class Tired(Recorder):
        instances = itertools.count()

        def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
            super().__init__(problem, seed=seed, budget=budget)
            self.number = next(self.instances)

        def ask(self, count: int) -> Sequence[Proposal]:
            return [] if self.number and self.told else super().ask(count)

    study, _ = make(Tired, Budget(trials=3), is_probed=True)
    run(study)
    assert_failed(study, "and then nothing for trial 1")


def test_the_users_interrupt_ends_no_study() -> None:
    class Interrupted(Recorder):
        def ask(self, count: int) -> Sequence[Proposal]:
            raise KeyboardInterrupt

    study, _ = make(Interrupted, Budget(trials=3))
    with pytest.raises(KeyboardInterrupt):
        study.propose()
    assert not study.is_over
