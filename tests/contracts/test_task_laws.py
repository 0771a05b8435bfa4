"""Each law of tasks is broken by a task that breaks just it, and the message says how."""

from __future__ import annotations

import copy
import dataclasses
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from results.exhibits import Exhibit
from results.items import Note
from tuner.errors import MissingExtra
from tuner.parameter import Float
from tuner.problem import Fidelity, Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Stage, Task, TaskCard
from tuner.testing import task_laws as laws
from tuner.testing.task_laws import check_task
from tuner.testing.verdict import Verdict
from tuner.trial import Measurement, Outcome, Trial


@dataclass(frozen=True)
class Parabola(Task):
    card: ClassVar[TaskCard] = TaskCard(summary="a parabola with seeded noise")
    noise: float = 0.1

    @property
    def problem(self) -> Problem:
        return Problem(SearchSpace({"x": Float(-1.0, 1.0)}), (Objective("value"),))

    @property
    def best_known(self) -> Mapping[str, float]:
        return {"value": 0.0}

    def evaluate(self, trial: Trial) -> Measurement:
        exact = trial.configuration.number("x") ** 2
        noise = self.noise * np.random.default_rng(trial.seed).standard_normal()
        return Measurement({"value": exact + noise}, held_out={"value": exact})


class UnseededNoise(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": np.random.default_rng().standard_normal()})


class NotANumber(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": float("nan")})


class OtherName(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"accuracy": 0.5})


class NumpyScalar(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": np.float64(0.5)})


class WholeNumber(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": 1})


@dataclass(frozen=True)
class WarmStart(Parabola):
    _seen: list[float] = field(default_factory=list, init=False, repr=False, compare=False)

    def evaluate(self, trial: Trial) -> Measurement:
        self._seen.append(trial.configuration.number("x"))
        return Measurement({"value": sum(self._seen)})


class GlobalNumpyNoise(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": np.random.mtrand.random_sample()})


class GlobalPythonSeed(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        random.seed(trial.seed)
        return super().evaluate(trial)


class ReadsGlobalState(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": float(random.getstate()[1][1])})


class ValueByNumber(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": float(trial.id)})


class RankInBatch(Parabola):
    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        return [Measurement({"value": float(rank)}) for rank, _ in enumerate(trials)]


class ShortBatch(Parabola):
    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        return super().evaluate_batch(trials)[1:]


class Unpicklable(Parabola):
    def __reduce__(self) -> str:
        raise TypeError("holds\na lock")


@dataclass(frozen=True)
class ForgetsOptions(Parabola):
    def __reduce__(self) -> tuple[Callable[..., Task], tuple[float]]:
        return ForgetsOptions, (self.noise * 2,)


class ExitsInACorner(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        if trial.configuration["x"] == 1.0:
            sys.exit("too far")
        return super().evaluate(trial)


class AlwaysFails(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        raise ValueError("no data")


class TwoLineSummary(Parabola):
    card = TaskCard(summary="one\ntwo")


class GrowingSpace(Parabola):
    @property
    def problem(self) -> Problem:
        return Problem(SearchSpace({"x": Float(-1.0, np.random.default_rng().uniform(1, 2))}), (Objective("value"),))


class BestOfNothing(Parabola):
    @property
    def best_known(self) -> Mapping[str, float]:
        return {"loss": 0.0}


class HeldOutNow(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": 0.0}, held_out={"value": 0.0} if trial.configuration["x"] else {})


class HeldOutElse(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": 0.0}, held_out={"error": 0.0})


class HeldOutInfinity(Parabola):
    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": 0.0}, held_out={"value": float("inf")})


class CheapestIsDearest(Parabola):
    @property
    def problem(self) -> Problem:
        return dataclasses.replace(super().problem, fidelity=Fidelity("epochs", 1, 9))

    def evaluate(self, trial: Trial) -> Measurement:
        return Measurement({"value": 0.0}, seconds=10.0 - (trial.proposal.fidelity or 9.0))


class NoLowFidelity(CheapestIsDearest):
    def evaluate(self, trial: Trial) -> Measurement:
        if trial.proposal.fidelity is None and trial.configuration["x"] == 0.0:
            raise ValueError("out of memory")
        return Measurement({"value": 0.0})


class Walk(CheapestIsDearest):
    """A random walk whose state is its generator and where it is; each step depends on all before."""

    def evaluate(self, trial: Trial) -> Measurement:
        (stage,) = self.continue_batch([trial], [None])
        assert isinstance(stage.outcome, Measurement)
        return stage.outcome

    def continue_batch(self, trials: Sequence[Trial], states: Sequence[object]) -> Sequence[Stage]:
        return [self.walk(trial, state) for trial, state in zip(trials, states, strict=True)]

    def walk(self, trial: Trial, state: object) -> Stage:
        steps, place, generator = 0, trial.configuration.number("x"), np.random.default_rng(trial.seed)
        if isinstance(state, tuple):
            steps, place, generator = state[0], state[1], self.kept(state[2])
        goal = round(trial.proposal.fidelity or 9)
        for _ in range(steps, goal):
            place += float(generator.standard_normal())
        return Stage(Measurement({"value": place}), (goal, place, generator))

    def kept(self, generator: np.random.Generator) -> np.random.Generator:
        return copy.deepcopy(generator)


class WalkThatUsesItsStateUp(Walk):
    def kept(self, generator: np.random.Generator) -> np.random.Generator:
        return generator


class WalkWithNewLuck(Walk):
    def kept(self, generator: np.random.Generator) -> np.random.Generator:
        return np.random.default_rng(0)


@dataclass(frozen=True)
class UnstorableOption(Parabola):
    weights: frozenset[int] = frozenset({1})


@dataclass(frozen=True, kw_only=True)
class NeedsAnOption(Parabola):
    rows: int


BROKEN = [
    (UnseededNoise, laws.SAME_TRIAL, "trial 0 evaluated again: 'value' is "),
    (NotANumber, laws.OBJECTIVES, "'value' is nan for {'x': 0.0}; raise an error instead"),
    (OtherName, laws.OBJECTIVES, "'value' is missing; measured: 'accuracy'"),
    (AlwaysFails, laws.OBJECTIVES, "all 3 trials failed, the first with ValueError: no data"),
    (NumpyScalar, laws.PLAIN_FLOATS, "'value' is np.float64(0.5), of type numpy.float64; convert it with float()"),
    (WholeNumber, laws.PLAIN_FLOATS, "'value' is 1, of type int; convert it with float()"),
    (WarmStart, laws.ORDER, "trial 2 evaluated after others: 'value' is "),
    (GlobalNumpyNoise, laws.GLOBAL_STATE, "evaluate changes the global state of numpy.random"),
    (GlobalPythonSeed, laws.GLOBAL_STATE, "evaluate changes the global state of random"),
    (ReadsGlobalState, laws.GLOBAL_STATE, "evaluate depends on global random state: 'value' is "),
    (ValueByNumber, laws.ONLY_SEEDS, "trial 2 with another id and study: 'value' is 2.0, then 1002.0"),
    (RankInBatch, laws.BATCH, "trial 0 in a batch of 3: 'value' is "),
    (ShortBatch, laws.BATCH, "evaluate_batch returns 2 outcomes for 3 trials"),
    (Unpicklable, laws.PICKLE, "raised TypeError: holds a lock"),
    (ForgetsOptions, laws.PICKLE, "trial 2 after pickling the task: 'value' is "),
    (ExitsInACorner, laws.CORNERS, "raised SystemExit: too far"),
    (TwoLineSummary, laws.CARD, "card.summary is one line that says what the task is, not 'one\\ntwo'"),
    (GrowingSpace, laws.PROBLEM, "the problem differs from one access to the next: "),
    (BestOfNothing, laws.BEST_KNOWN, "a best value is known for 'loss', but the objectives are 'value'"),
    (HeldOutNow, laws.HELD_OUT, "the held-out values of trial 0 are nothing, not 'value'"),
    (HeldOutElse, laws.HELD_OUT, "'value' is not among the held-out values: 'error'"),
    (HeldOutInfinity, laws.HELD_OUT, "the held-out 'value' is inf for {'x': 0.0}"),
    (CheapestIsDearest, laws.FIDELITY, "the lowest fidelity takes 9.0 seconds, the highest 1.0"),
    (NoLowFidelity, laws.FIDELITY, "at the highest fidelity {'x': 0.0} ends with ValueError: out of memory"),
    (WalkThatUsesItsStateUp, laws.CONTINUE, "trial 1000 continued: 'value' is"),
    (WalkWithNewLuck, laws.CONTINUE, "trial 1000 continued: 'value' is"),
    (UnstorableOption, laws.OPTIONS, "the option 'weights' holds what JSON cannot"),
    (NeedsAnOption(rows=3), laws.OPTIONS, "the option 'rows' has no default"),
    (NeedsAnOption, laws.MADE, "raised TypeError: "),
]


def broken(task: Task | type[Task]) -> list[Verdict]:
    return [verdict for verdict in check_task(task) if verdict.status == "broken"]


@pytest.mark.parametrize(("task", "law", "message"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_task_breaks_exactly_its_law(task: Task | type[Task], law: str, message: str) -> None:
    verdicts = broken(task)

    assert [verdict.law for verdict in verdicts] == [law]
    assert message in verdicts[0].message
    assert "\n" not in verdicts[0].message


def test_a_sound_task_breaks_no_law() -> None:
    verdicts = check_task(Parabola)

    assert [verdict.law for verdict in verdicts] == list(laws.LAWS)
    assert [verdict.law for verdict in verdicts if verdict.status != "kept"] == [
        laws.FIDELITY,
        laws.CONTINUE,
        laws.EXPLAIN,
    ]


def test_a_task_that_goes_on_soundly_keeps_the_law() -> None:
    verdicts = {verdict.law: verdict.status for verdict in check_task(Walk)}

    assert verdicts[laws.CONTINUE] == "kept"


def test_a_class_and_its_instance_get_the_same_verdicts() -> None:
    assert check_task(Parabola) == check_task(Parabola())


def test_a_thawed_dataclass_is_no_task() -> None:
    @dataclass
    class Thawed(Task):
        problem: Problem = Parabola().problem

        def evaluate(self, trial: Trial) -> Measurement:
            return Parabola().evaluate(trial)

    assert Verdict(laws.OPTIONS, "broken", "the dataclass Thawed is not frozen") in check_task(Thawed)


def test_a_law_that_would_repeat_another_is_skipped_with_the_reason() -> None:
    verdicts = {verdict.law: verdict for verdict in check_task(UnseededNoise)}

    assert verdicts[laws.BATCH].status == "skipped"
    assert verdicts[laws.BATCH].message == f"says nothing while this is broken: {laws.SAME_TRIAL}"


def test_a_task_whose_extra_is_missing_is_skipped_with_its_message() -> None:
    class NeedsNets(Parabola):
        def prepare(self) -> None:
            raise MissingExtra("install tuner-bench[nets]")

    verdicts = check_task(NeedsNets)

    assert {verdict.status for verdict in verdicts} == {"skipped"}
    assert verdicts[0].message == "install tuner-bench[nets]"


def test_checking_leaves_global_random_state_as_it_was() -> None:
    random.seed(5)
    np.random.mtrand.seed(5)
    expected = random.random(), np.random.mtrand.random_sample()
    random.seed(5)
    np.random.mtrand.seed(5)
    check_task(GlobalNumpyNoise)
    check_task(GlobalPythonSeed)

    assert (random.random(), np.random.mtrand.random_sample()) == expected


class Teaching(Parabola):
    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return (Exhibit("place", "Where it lies", (Note(f"x = {trial.configuration.number('x')}"),)),)


class TeachingAnew(Parabola):
    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return (Exhibit("luck", "Luck", (Note(f"{np.random.default_rng().random()}"),)),)


class TeachingNothing(Parabola):
    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return (Exhibit("empty", "Nothing", ()),)


class TeachingTwice(Parabola):
    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return (Exhibit("same", "One", (Note("one"),)), Exhibit("same", "Two", (Note("two"),)))


class TeachingRubbish(Parabola):
    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return (Exhibit("odd", "Odd", (object(),)),)  # type: ignore[arg-type]  # that is what is wrong with it


def test_exhibits_that_are_the_same_again_keep_the_law() -> None:
    assert {verdict.law: verdict.status for verdict in check_task(Teaching)}[laws.EXPLAIN] == "kept"


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (TeachingAnew, "explain shows something else for trial 0 the second time"),
        (TeachingNothing, "explain gives exhibits with something in them"),
        (TeachingTwice, "names of exhibits are distinct"),
        (TeachingRubbish, "cannot be stored"),
    ],
)
def test_exhibits_that_cannot_be_stored_or_change_break_the_law(task: type[Task], told: str) -> None:
    (verdict,) = (verdict for verdict in check_task(task) if verdict.law == laws.EXPLAIN)
    assert verdict.status == "broken"
    assert told in verdict.message
