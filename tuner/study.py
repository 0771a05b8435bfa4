"""One strategy on one task with one seed: a state machine without input or output."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import StrategyMisbehaved, describe, one_line
from .probing import Probe
from .problem import Problem
from .proposals import check_proposals, check_resume
from .seeds import SeedStream
from .trial import Failure, Measurement, Outcome, Proposal, Trial, TrialResult

if TYPE_CHECKING:
    from results.journal import StudyStatus

    from .plan import StudyPlan
    from .strategy import SearchStrategy


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a trial ended, when (seconds since 1970) and where."""

    outcome: Outcome
    started: float
    finished: float
    worker: str
    ask_seconds: float | None = None
    """How long the strategy thought before it proposed the trial, where that was stored before."""


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
    span: tuple[float, float] | None = None
    """From when to when it ran, in seconds on the study's simulated clock; None on the wall's."""
    known_results: int = 0
    """How many results its strategy had been told of when it proposed the trial."""


@dataclass(frozen=True, slots=True)
class _Account:
    """What is known of a trial that may be continued."""

    proposal: Proposal
    reached: float
    """The fidelity it was evaluated at."""
    seed: int
    is_failure: bool


class Study:
    """Asks a strategy, accepts its proposals as trials, and tells it the results.

    `propose` and `record` alternate. A strategy that breaks its contract ends the study as failed; what it had
    done before stays. Starting points are the first trials: the strategy is told of them before it is first asked.
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
        self._starts = deque(plan.starting_points)
        self._probe = Probe(build) if plan.is_probed else None
        self._pending: list[Trial] = []
        self._ask_seconds = 0.0
        self._told = 0
        """How many results the strategy has been told of."""
        self._known = 0
        """How many it had been told of when it was last asked."""
        self._trials = 0
        self._work = 0.0
        self._seconds = 0.0
        self._accounts: dict[int, _Account] = {}

    @property
    def is_over(self) -> bool:
        """Whether the study has ended, for whatever reason."""
        return self.status is not None

    def propose(self) -> list[Trial]:
        """The next trials, at most as many as the parallelism; none when the study is over."""
        if self.is_over:
            return []
        if not self._ask_for(self._room()) and not self.is_over:
            self._finish()
        return self._pending

    @property
    def trials(self) -> int:
        """How many trials have been recorded."""
        return self._trials

    def record(self, evaluations: Sequence[Evaluation], *, is_replay: bool = False) -> list[StoredTrial]:
        """Take the evaluations of the proposed trials, in order, and tell the strategy.

        In a replay the journal says how the study ended, so it is not probed again.
        """
        results = self._results(evaluations)
        tell_seconds = self._tell(results)
        stored = [
            self._stored(result, evaluation, seconds)
            for result, evaluation, seconds in zip(results, evaluations, tell_seconds, strict=True)
        ]
        self._pending = []
        if not self.is_over and self._is_spent():
            self._finish(is_probed=not is_replay)
        return stored

    def end(self, status: StudyStatus, message: str | None) -> None:
        """End the study as it ended before; what its strategy holds, such as a process, is let go."""
        self.status, self.message = status, message
        self._strategy = self._probe = None
        self._accounts = {}

    def fail(self, message: str) -> None:
        """End the study, since its strategy broke the contract."""
        self.end("failed", message)

    def _room(self) -> int:
        """How many trials may be proposed at once: no more full evaluations than the budget has room for."""
        budget, room = self.plan.budget, self.plan.parallelism
        if budget.trials is not None:
            room = min(room, budget.trials - self._trials)
        if budget.work is not None:
            room = min(room, max(1, math.ceil(budget.work - self._work - 1e-9)))
        return room

    def _is_spent(self) -> bool:
        return self.plan.budget.is_spent(self._trials, self._work, self._seconds)

    def _ask_for(self, count: int) -> list[Trial]:
        """At most so many trials, now pending: starting points first, then what the strategy proposes."""
        self._pending = []
        self._ask_seconds = 0.0
        self._known = self._told
        started = self._clock()
        try:
            proposals = self._start(count) or self._ask(count)
        except BaseException as error:  # noqa: BLE001  whatever a strategy raises ends its study, not the run
            self.fail(_describe(error, "__init__" if self._strategy is None else "ask"))
            return []
        if proposals:
            self._ask_seconds = (self._clock() - started) / len(proposals)
            self._pending = [self._accept(self._trials + index, p) for index, p in enumerate(proposals)]
        return self._pending

    def _start(self, count: int) -> Sequence[Proposal]:
        chosen = [self._starts.popleft() for _ in range(min(count, len(self._starts)))]
        return [Proposal(configuration) for configuration in chosen]

    def _ask(self, count: int) -> Sequence[Proposal]:
        if self._strategy is None:
            self._strategy = self._build()
        proposals = self._strategy.ask(count)
        check_proposals(proposals, count, self.problem)
        for proposal in proposals:
            if proposal.resume is not None:
                self._check_resume(proposal)
        if self._probe is not None:
            self._probe.asked(count, self._trials, proposals)
        return proposals

    def _check_resume(self, proposal: Proposal) -> None:
        account = self._accounts.get(proposal.resume) if type(proposal.resume) is int else None
        if account is not None:
            check_resume(proposal, account.proposal, account.reached, self.problem, is_failure=account.is_failure)
            return
        why = f"only {self._trials} are done" if self.problem.fidelity else "the problem has no fidelity"
        raise StrategyMisbehaved(f"proposed to resume trial {proposal.resume!r:.80}, but {why}")

    def _accept(self, number: int, proposal: Proposal) -> Trial:
        if proposal.resume is None:
            return Trial(number, proposal, self._trial_seeds[number], self._data_seed, self.plan.number)
        earlier = self._accounts[proposal.resume]
        return Trial(number, proposal, earlier.seed, self._data_seed, self.plan.number, earlier.reached)

    def _results(self, evaluations: Sequence[Evaluation]) -> list[TrialResult]:
        return [self._result(trial, e.outcome) for trial, e in zip(self._pending, evaluations, strict=True)]

    def _result(self, trial: Trial, outcome: Outcome) -> TrialResult:
        if isinstance(outcome, Failure):
            return TrialResult(trial, outcome)
        return TrialResult(trial, outcome, self.problem.losses(outcome.values))

    def _tell(self, results: list[TrialResult]) -> list[float]:
        """Tell the strategy, one result after the other; returns how long it took over each, in seconds."""
        spent = []
        before = self._clock()
        for result in results:
            shown = shown_to_strategy(result)
            if self._probe is not None:
                self._probe.told(shown)
            try:
                if self._strategy is None and not self.is_over:
                    self._strategy = self._build()
                if self._strategy is not None and not self.is_over:
                    self._strategy.tell(shown)
            except BaseException as error:  # noqa: BLE001  whatever a strategy raises ends its study, not the run
                self.fail(_describe(error, "__init__" if self._strategy is None else "tell"))
            now = self._clock()
            spent.append(now - before)
            before = now
        self._told += len(results)
        return spent

    def _stored(
        self,
        result: TrialResult,
        evaluation: Evaluation,
        tell_seconds: float,
        span: tuple[float, float] | None = None,
    ) -> StoredTrial:
        outcome = result.outcome
        value = outcome.values[self._first_objective] if isinstance(outcome, Measurement) else None
        seconds = evaluation.finished - evaluation.started if outcome.seconds is None else outcome.seconds
        work = self._account(result)
        self._trials += 1
        self._work += work
        self._seconds += seconds
        ask_seconds = self._ask_seconds
        return StoredTrial(result, evaluation, value, work, seconds, ask_seconds, tell_seconds, span, self._known)

    def _account(self, result: TrialResult) -> float:
        """The work of a trial: a continued one's is what it adds. Remembers what may be continued later."""
        fidelity = self.problem.fidelity
        if fidelity is None:
            return 1.0
        trial = result.trial
        asked = trial.proposal.fidelity
        reached = fidelity.high if asked is None else asked
        self._accounts[trial.id] = _Account(trial.proposal, reached, trial.seed, result.is_failure)
        return (reached - (trial.continues_from or 0.0)) / fidelity.high

    def _finish(self, *, is_probed: bool = True) -> None:
        difference = None
        if is_probed and self._probe is not None:
            try:
                difference = self._probe.difference()
            except BaseException as error:  # noqa: BLE001  whatever a strategy raises ends its study, not the run
                difference = _describe(error, "a repetition")
        self.end("finished" if difference is None else "failed", difference)


def shown_to_strategy(result: TrialResult) -> TrialResult:
    """The result without what no strategy may see: held-out values, extras and the study's place in the run.

    Its values are a copy.
    """
    outcome, trial = result.outcome, result.trial
    trial = Trial(trial.id, trial.proposal, trial.seed, trial.data_seed, continues_from=trial.continues_from)
    if isinstance(outcome, Failure):
        return TrialResult(trial, outcome)
    return TrialResult(trial, Measurement(dict(outcome.values), {}, outcome.seconds, {}), result.losses)


def _describe(error: BaseException, place: str) -> str:
    if isinstance(error, KeyboardInterrupt):
        raise error  # the user's
    if isinstance(error, StrategyMisbehaved):
        return one_line(str(error))
    return f"{place} raised {describe(error)}"
