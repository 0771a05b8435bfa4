"""One strategy on one task with one seed: a state machine without input or output."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import StrategyMisbehaved, describe, one_line
from .problem import Problem
from .proposals import check_proposals, check_resumes, describe_difference
from .seeds import SeedStream
from .trial import Failure, Measurement, Outcome, Proposal, Trial, TrialResult

if TYPE_CHECKING:
    from results.journal import StudyStatus

    from .plan import StudyPlan
    from .strategy import SearchStrategy

_PROBED_TRIALS = 12


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a trial ended, when (seconds since 1970) and where."""

    outcome: Outcome
    started: float
    finished: float
    worker: str


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """All that is stored of a trial."""

    result: TrialResult
    evaluation: Evaluation
    value: float | None
    """The first objective, as measured; None for a failure."""
    work: float
    seconds: float
    ask_seconds: float
    tell_seconds: float


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One ask and what was told about it."""

    count: int
    trials: tuple[Trial, ...]
    results: tuple[TrialResult, ...]


class Study:
    """Asks a strategy, accepts its proposals as trials, and tells it the results.

    `propose` and `record` alternate. A strategy that breaks its contract ends the study as failed; what it had
    done before stays.
    """

    def __init__(
        self, plan: StudyPlan, problem: Problem, build: Callable[[], SearchStrategy], clock: Callable[[], float]
    ) -> None:
        self.plan = plan
        self.problem = problem
        self.status: StudyStatus | None = None
        self.message: str | None = None
        self._build = build
        self._clock = clock
        self._strategy: SearchStrategy | None = None
        self._first_objective = problem.objectives[0].name
        self._trial_seeds = SeedStream(plan.root_seed, plan.task.content, plan.seed_index, "trial")
        self._data_seed = plan.seed_for("data")
        self._pending: list[Trial] = []
        self._ask_seconds = 0.0
        self._trials = 0
        self._work = 0.0
        self._seconds = 0.0
        self._works: dict[int, float] = {}
        self._exchanges: list[_Exchange] = []

    @property
    def is_over(self) -> bool:
        """Whether the study has ended, for whatever reason."""
        return self.status is not None

    def propose(self) -> list[Trial]:
        """The next trials, at most as many as the parallelism; none when the study is over."""
        if self.is_over:
            return []
        count = self._room()
        started = self._clock()
        try:
            proposals = self._ask(count)
        except BaseException as error:  # noqa: BLE001  whatever a strategy raises ends its study, not the run
            self.fail(_describe(error, "__init__" if self._strategy is None else "ask"))
            return []
        elapsed = self._clock() - started
        if not proposals:
            self._finish()
            return []
        self._ask_seconds = elapsed / len(proposals)
        self._pending = [self._accept(self._trials + index, p) for index, p in enumerate(proposals)]
        return self._pending

    @property
    def trials(self) -> int:
        """How many trials have been recorded."""
        return self._trials

    def record(self, evaluations: Sequence[Evaluation], *, is_replay: bool = False) -> list[StoredTrial]:
        """Take the evaluations of the proposed trials, in order, and tell the strategy.

        In a replay the journal says how the study ended, so it is not probed again.
        """
        results = [self._result(trial, e.outcome) for trial, e in zip(self._pending, evaluations, strict=True)]
        tell_seconds = self._tell(results)
        stored = [
            self._stored(result, evaluation, seconds)
            for result, evaluation, seconds in zip(results, evaluations, tell_seconds, strict=True)
        ]
        self._pending = []
        if not self.is_over and self.plan.budget.is_spent(self._trials, self._work, self._seconds):
            self._finish(is_probed=not is_replay)
        return stored

    def end(self, status: StudyStatus, message: str | None) -> None:
        """End the study as it ended before."""
        self.status, self.message = status, message

    def fail(self, message: str) -> None:
        """End the study, since its strategy broke the contract."""
        self.status, self.message = "failed", message

    def _room(self) -> int:
        """How many trials may be proposed at once: no more than the budget surely has room for."""
        budget, room = self.plan.budget, self.plan.parallelism
        if budget.trials is not None:
            room = min(room, budget.trials - self._trials)
        if budget.work is not None and self.problem.fidelity is None:
            room = min(room, max(1, math.ceil(budget.work - self._work - 1e-9)))
        return room

    def _ask(self, count: int) -> Sequence[Proposal]:
        if self._strategy is None:
            self._strategy = self._build()
        proposals = self._strategy.ask(count)
        check_proposals(proposals, count, self.problem)
        check_resumes(proposals, self._trials)
        return proposals

    def _accept(self, number: int, proposal: Proposal) -> Trial:
        return Trial(number, proposal, self._trial_seeds[number], self._data_seed, self.plan.number)

    def _result(self, trial: Trial, outcome: Outcome) -> TrialResult:
        if isinstance(outcome, Failure):
            return TrialResult(trial, outcome)
        return TrialResult(trial, outcome, self.problem.losses(outcome.values))

    def _tell(self, results: list[TrialResult]) -> list[float]:
        """Tell the strategy, one result after the other; returns how long it took over each, in seconds."""
        spent = []
        shown = [shown_to_strategy(result) for result in results]
        self._remember(shown)
        before = self._clock()
        for result in shown:
            try:
                if self._strategy is not None and not self.is_over:
                    self._strategy.tell(result)
            except BaseException as error:  # noqa: BLE001  whatever a strategy raises ends its study, not the run
                self.fail(_describe(error, "tell"))
            now = self._clock()
            spent.append(now - before)
            before = now
        return spent

    def _stored(self, result: TrialResult, evaluation: Evaluation, tell_seconds: float) -> StoredTrial:
        outcome = result.outcome
        value = declared = None
        if isinstance(outcome, Measurement):
            value, declared = outcome.values[self._first_objective], outcome.seconds
        seconds = evaluation.finished - evaluation.started if declared is None else declared
        work = self._work_of(result.trial)
        self._trials += 1
        self._work += work
        self._seconds += seconds
        return StoredTrial(result, evaluation, value, work, seconds, self._ask_seconds, tell_seconds)

    def _work_of(self, trial: Trial) -> float:
        fidelity = self.problem.fidelity
        if fidelity is None:
            return 1.0
        asked = trial.proposal.fidelity
        reached = 1.0 if asked is None else asked / fidelity.high
        resumed = trial.proposal.resume
        self._works[trial.id] = reached
        return reached if resumed is None else max(0.0, reached - self._works.get(resumed, 0.0))

    def _finish(self, *, is_probed: bool = True) -> None:
        self.status = "finished"
        if is_probed and self.plan.is_probed:
            self._probe()

    def _remember(self, results: list[TrialResult]) -> None:
        if self.plan.is_probed and sum(len(e.trials) for e in self._exchanges) < _PROBED_TRIALS:
            self._exchanges.append(_Exchange(self._room(), tuple(self._pending), tuple(results)))

    def _probe(self) -> None:
        """Repeat the first exchanges with a fresh strategy; other proposals mean that it is not deterministic."""
        try:
            strategy = self._build()
            for exchange in self._exchanges:
                again = list(strategy.ask(exchange.count))
                before = [trial.proposal for trial in exchange.trials]
                if again != before:
                    self.fail(describe_difference(exchange.trials[0].id, before, again))
                    return
                for result in exchange.results:
                    strategy.tell(result)
        except BaseException as error:  # noqa: BLE001  whatever a strategy raises ends its study, not the run
            self.fail(_describe(error, "a repetition"))


def shown_to_strategy(result: TrialResult) -> TrialResult:
    """The result without what no strategy may see: held-out values, extras and the study's place in the run.

    Its values are a copy.
    """
    outcome, trial = result.outcome, result.trial
    trial = Trial(trial.id, trial.proposal, trial.seed, trial.data_seed)
    if isinstance(outcome, Failure):
        return TrialResult(trial, outcome)
    return TrialResult(trial, Measurement(dict(outcome.values), {}, outcome.seconds, {}), result.losses)


def _describe(error: BaseException, place: str) -> str:
    if isinstance(error, KeyboardInterrupt):
        raise error  # the user's
    if isinstance(error, StrategyMisbehaved):
        return one_line(str(error))
    return f"{place} raised {describe(error)}"
