"""A study on a simulated clock: trials end in the order in which their costs let them, whatever evaluates them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace

from .plan import NO_COSTS, SimulatedClock, StudyPlan
from .problem import Problem
from .strategy import SearchStrategy
from .study import Evaluation, StoredTrial, Study
from .trial import Failure, FailureKind, Measurement, Trial, TrialResult

_PATIENCE = 1000
"""So many trials in a row that take no time end a study that only a budget of seconds would end."""


class SimulatedStudy(Study):
    """Keeps as many trials going as the clock has workers, and asks again whenever one of them ends.

    A trial is evaluated as soon as it is proposed, and lasts as many simulated seconds as the task says that it
    costs; a failure that reports no cost lasts none. Of trials that end at one instant the strategy is told in the
    order of their ids, then it is asked for all that are free. Where the strategy's own time counts, it is asked for
    one trial after the other, and is told before of what has ended while it thought.

    Where the first measurements come without a cost, the study ends as skipped, and they are not stored: the strategy
    had no part in it. A measurement without one after others had some is an invalid trial.
    """

    def __init__(
        self,
        plan: StudyPlan,
        problem: Problem,
        build: Callable[[], SearchStrategy],
        clock: Callable[[], float],
        simulated: SimulatedClock,
    ) -> None:
        super().__init__(plan, problem, build, clock)
        self._workers = simulated.workers
        self._thinking = simulated.thinking
        self._now = 0.0
        self._free_again = 0.0
        """When the strategy has done thinking about what was asked of it."""
        self._listened = 0.0
        """Seconds, as measured, for which it was told since it was last asked."""
        self._running: list[tuple[float, int, TrialResult]] = []
        self._timeless = 0
        """How many trials in a row have ended at the instant at which the clock stands."""
        self._has_costs = False
        """Whether any trial has come with a cost."""

    def propose(self) -> list[Trial]:
        """The trials that start next; none when the study is over."""
        while not self.is_over:
            if self._now < self._free_again:
                self._go_on_to(self._free_again)
            room = self._room()
            if room and not self._is_spent() and self._ask_for(room):
                break
            if not self._running:
                self._finish()
            elif not self.is_over:
                self._wait()
        return [] if self.is_over else self._pending

    def record(self, evaluations: Sequence[Evaluation], *, is_replay: bool = False) -> list[StoredTrial]:  # noqa: ARG002  the journal ends it before it is probed
        """Let the proposed trials, evaluated, run on the simulated clock."""
        stored: list[StoredTrial] = []
        self._has_costs = self._has_costs or any(e.outcome.seconds is not None for e in evaluations)
        if self._has_costs:
            evaluations = [_costed(evaluation) for evaluation in evaluations]
        elif not self.is_over and any(isinstance(e.outcome, Measurement) for e in evaluations):
            self._pending = []
            self.end("skipped", NO_COSTS)
            return stored
        self._ask_seconds += self._listened / max(1, len(evaluations))
        self._listened = 0.0
        for result, evaluation in zip(self._results(evaluations), evaluations, strict=True):
            if evaluation.ask_seconds is not None:
                self._ask_seconds = evaluation.ask_seconds
            self._free_again = max(self._free_again, self._now) + self._thought()
            began = max(self._now, self._free_again)
            ended = began + (result.outcome.seconds or 0.0)
            heapq.heappush(self._running, (ended, result.trial.id, result))
            stored.append(self._stored(result, evaluation, 0.0, (began, ended)))
            self._timeless = self._timeless + 1 if ended <= self._now else 0
        self._pending = []
        if self._timeless >= _PATIENCE and not self.is_over and self._has_only_seconds():
            self.fail(
                f"{_PATIENCE} trials in a row took no time on the simulated clock: its budget would last for ever"
            )
        return stored

    def _room(self) -> int:
        free = self._workers - len(self._running)
        at_once = 1 if self._thinking else free
        return min(super()._room(), at_once) if free else 0

    def _is_spent(self) -> bool:
        """Whether the next trial would begin after the budget; "measured" thinking is not known before."""
        thinking = 0.0 if self._thinking == "measured" else self._thinking
        return self.plan.budget.is_spent(self._trials, self._work, self._now + thinking)

    def _has_only_seconds(self) -> bool:
        budget = self.plan.budget
        return budget.trials is None and budget.work is None

    def _wait(self) -> None:
        """Go on to when the next trial ends."""
        self._go_on_to(max(self._now, self._running[0][0]))

    def _go_on_to(self, instant: float) -> None:
        """Let the clock go on, and tell of all that have ended by then."""
        self._now = instant
        ended = []
        while self._running and self._running[0][0] <= self._now:
            ended.append(heapq.heappop(self._running)[2])
        self._listened += sum(self._tell(ended))

    def _thought(self) -> float:
        """For how long the strategy thought about a trial, on the simulated clock."""
        return self._ask_seconds if self._thinking == "measured" else self._thinking


def _costed(evaluation: Evaluation) -> Evaluation:
    """The evaluation; of a measurement without a cost the failure that it is."""
    if evaluation.outcome.seconds is not None or isinstance(evaluation.outcome, Failure):
        return evaluation
    told = "the task reports no cost here, though it did before, and a simulated clock needs one"
    return replace(evaluation, outcome=Failure(FailureKind.INVALID, told))
