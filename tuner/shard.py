"""The studies of a shard, driven wave by wave in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from results.journal import StudyEnd, Wave

from .configuration import Configuration
from .evaluation import TrialEvaluator
from .plan import Shard, StudyPlan
from .problem import Problem
from .proposals import describe_difference
from .recording import decode_evaluations, encode_rows
from .simulated_study import SimulatedStudy
from .strategy import SearchStrategy
from .study import Evaluation, StoredTrial, Study
from .trial import Proposal, Trial

_STRIDE_SECONDS = 0.2
"""For about how long rounds of studies on a simulated clock, of which there are many and quick ones, make one wave."""


class ShardRunner:
    """Proposes waves, takes their evaluations, and hands out what is to be journaled.

    A wave is what all studies of the shard that are not over want next; its content depends on the plan alone. On a
    simulated clock it may be several such rounds.
    """

    def __init__(self, shard: Shard, *, worker: str, is_expendable: bool = False) -> None:
        self.shard = shard
        self.evaluator = TrialEvaluator(shard.task.build(), shard.limits, worker, is_expendable)
        problem = self.evaluator.task.problem
        self._live = {plan.number: _study(plan, problem) for plan in shard.studies}
        self._is_simulated = any(plan.clock is not None for plan in shard.studies)
        self._proposed: dict[int, list[Trial]] = {}
        self._stored: list[StoredTrial] = []
        self._waves = 0

    @property
    def is_over(self) -> bool:
        """Whether every study has ended, and has been reported as ended."""
        return not self._live

    def replay(self, waves: Iterable[Wave]) -> None:
        """Repeat journaled waves without evaluating; a study that now proposes something else fails."""
        for wave in waves:
            ends = {end.study: end for end in wave.ended}
            evaluations = _by_study(wave)
            for number, study in self._live.items():
                if number not in ends:  # what ended it then may do more harm than fail: it is not asked or told again
                    _replay_study(study, evaluations.get(number, []))
            for number, end in ends.items():
                self._live.pop(number).end(end.status, end.message)
            self._waves += 1

    def propose(self) -> list[Trial]:
        """The next wave, in the order of the studies and of their trials."""
        return [trial for number in list(self._live) for trial in self.propose_study(number)]

    def propose_study(self, number: int) -> list[Trial]:
        """One study's part of the next wave."""
        if number not in self._proposed:
            self._proposed[number] = self._live[number].propose()
        return self._proposed[number]

    @property
    def live(self) -> list[int]:
        """The numbers of the studies that are not over."""
        return list(self._live)

    def fail_study(self, number: int, message: str) -> None:
        """End a study whose strategy did more harm than raise."""
        self._live[number].fail(message)
        self._proposed[number] = []

    def record(self, evaluations: Sequence[Evaluation]) -> Wave:
        """Take the evaluations of the proposed wave, in its order; returns what is to be journaled."""
        remaining = iter(evaluations)
        for number, trials in self._proposed.items():
            if trials:
                self.record_study(number, [next(remaining) for _ in trials])
        return self.close_wave()

    def record_study(self, number: int, evaluations: Sequence[Evaluation], failure: str | None = None) -> None:
        """Take the evaluations of one study's part of the wave; with a failure, its strategy is not told of them."""
        study = self._live[number]
        if failure is not None:
            study.fail(failure)
        self._stored.extend(study.record(evaluations))

    def close_wave(self) -> Wave:
        """What is to be journaled of the wave, once all its parts are recorded."""
        ended = tuple(_end(study) for study in self._live.values() if study.is_over)
        wave = Wave(self.shard.number, self._waves, encode_rows(self._stored), ended)
        for study in ended:
            self.evaluator.forget(study.study)
        self._live = {number: study for number, study in self._live.items() if not study.is_over}
        self._proposed, self._stored = {}, []
        self._waves += 1
        return wave

    def advance(self, clock: Callable[[], float] = time.perf_counter) -> Wave:
        """Propose, evaluate and record one wave."""
        until = clock() + _STRIDE_SECONDS if self._is_simulated else 0.0
        while True:
            trials = self.propose()
            evaluations = iter(self.evaluator.evaluate(trials))
            for number, mine in self._proposed.items():
                if mine:
                    self.record_study(number, [next(evaluations) for _ in mine])
            if not self._is_simulated or not trials or clock() >= until:
                return self.close_wave()
            self._proposed = {}

    def advance_for(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> list[bytes]:
        """Waves, encoded, until the time is up or all studies are over; at least one wave."""
        until = clock() + seconds
        blocks = []
        while not self.is_over:
            blocks.append(self.advance(clock).encode())
            if clock() >= until:
                break
        return blocks


def _study(plan: StudyPlan, problem: Problem) -> Study:
    build: Callable[[], SearchStrategy] = partial(
        plan.strategy.build, problem, seed=plan.seed_for("strategy"), budget=plan.budget
    )
    return study_of(plan, problem, build)


def study_of(plan: StudyPlan, problem: Problem, build: Callable[[], SearchStrategy]) -> Study:
    """The study of a plan, on the clock that it says."""
    if plan.clock is None:
        return Study(plan, problem, build, time.perf_counter)
    return SimulatedStudy(plan, problem, build, time.perf_counter, plan.clock)


def _end(study: Study) -> StudyEnd:
    return StudyEnd(study.plan.number, study.status or "finished", study.message)


@dataclass(frozen=True, slots=True)
class _Done:
    """One journaled trial."""

    id: int
    proposal: Proposal
    evaluation: Evaluation


def _by_study(wave: Wave) -> dict[int, list[_Done]]:
    rows = wave.rows
    studies, ids, texts, fidelities, resumed = (
        rows[name].to_pylist() for name in ("study", "trial", "configuration", "fidelity", "resumed_from")
    )
    found: dict[int, list[_Done]] = {}
    for index, evaluation in enumerate(decode_evaluations(rows)):
        proposal = Proposal(Configuration.from_json(texts[index]), fidelities[index], resumed[index])
        found.setdefault(studies[index], []).append(_Done(ids[index], proposal, evaluation))
    return found


def _replay_study(study: Study, done: list[_Done]) -> None:
    """Repeat a study's part of a wave: one round, or on a simulated clock perhaps several."""
    while not study.is_over:
        again = [trial.proposal for trial in study.propose()]
        part, done = done[: len(again)], done[len(again) :]
        before = [one.proposal for one in part]
        if again != before and not study.is_over:
            study.fail(describe_difference(part[0].id if part else study.trials, before, again))
        if not study.is_over:
            study.record([one.evaluation for one in part], is_replay=True)
        if not done:
            return
