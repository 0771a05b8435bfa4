"""Running a suite from beginning to end, or from where it stopped: the driver, and the only writer of a run."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from results.journal import Journal, StudyEnd, Wave
from results.records import OUTCOMES
from results.run_info import looks_from_json

from .deciding import look_at
from .evaluator import Evaluator, ShardWork, Signals
from .events import RoundBegun, RunSealed, RunStarted, StopRequested, Watcher, WaveStored, WinnersExplained, WorkerLost
from .explaining import best_trials
from .layout import check_layout
from .plan import Plan, Shard, make_plan
from .recording import planned_rows, study_facts, study_key
from .resuming import check_contents, check_schema, check_shard, check_versions
from .run_folder import RunFolder, next_folder
from .starting_points import with_transfer
from .stopping import stopping_softly
from .suite import Suite, load_suite
from .suite_entries import StrategyEntry

if TYPE_CHECKING:
    from results.store import Store

RUNS = Path("runs")
"""Where runs go unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a run's trials are evaluated; changes nothing about its results."""

    workers: int | None = None
    """Number of processes; None means one a core."""
    ray_address: str | None = None
    """An existing Ray cluster to join; None starts a private one on this machine."""
    in_process: bool = False
    """Evaluate in this process, without Ray."""

    def evaluator(self) -> Evaluator:
        """The evaluator, with its processes started."""
        if self.in_process:
            from .evaluators.in_process import InProcessEvaluator

            return InProcessEvaluator()
        from .evaluators import ray_environment

        ray_environment.prepare(is_private=self.ray_address is None)
        from .evaluators.ray_pool import RayPool

        return RayPool(self.workers, self.ray_address)


def run_suite(
    suite: str | Path | Suite,
    *,
    out: str | Path | None = None,
    strategies: Sequence[str] = (),
    where: Where | None = None,
    watch: Watcher | None = None,
    stop: threading.Event | None = None,
) -> Store:
    """Run a suite and return its store (`store.trials` and `store.studies` are pandas frames).

    `suite` is a shipped suite's name, a TOML file or a `Suite`; `strategies` are added to it; `out` is the folder to
    make (default: below `runs/`). Interrupted (SIGINT, SIGTERM, or `stop` set), it stores what is in flight and stops;
    `resume_run` goes on.
    """
    check_layout()
    loaded = load_suite(suite)
    if strategies:
        added = tuple(StrategyEntry(name=name) for name in strategies)
        loaded = loaded.changed(strategies=[entry.model_dump() for entry in (*loaded.strategies, *added)])
    folder = RunFolder(Path(out) if out is not None else next_folder(RUNS, loaded.name))
    plan = make_plan(with_transfer(loaded))
    return _drive(folder, plan, where or Where(), watch, stop, is_new=True)


def resume_run(
    path: str | Path,
    *,
    where: Where | None = None,
    watch: Watcher | None = None,
    accept_changes: bool = False,
    stop: threading.Event | None = None,
) -> Store:
    """Go on with a run that was stopped or killed; of a finished one only tables that are wanted still are written.

    Raises `RunChanged` where a package that decides results has another version now, unless `accept_changes`, and
    where a task is no longer what it was: other seeds come from it, with which no stored trial could be replayed.
    """
    check_layout()
    folder = RunFolder(Path(path))
    info = folder.read_info()
    if info["state"] == "finished":
        return _recorded(folder)
    check_schema(folder, info["schema"])
    if not accept_changes:
        check_versions(folder, info["versions"])
    plan = make_plan(folder.read_suite(), folder.path, folder.read_references())
    check_contents(folder, plan, info.get("contents", {}))
    return _drive(folder, plan, where or Where(), watch, stop, is_new=False)


def _drive(
    folder: RunFolder, plan: Plan, where: Where, watch: Watcher | None, stop: threading.Event | None, *, is_new: bool
) -> Store:
    if is_new:
        folder.create(plan, where.workers or 0)
    with folder.locked():
        if folder.read_info()["state"] == "finished":  # by another process, just now
            return _open(folder)
        run = _Run(folder, plan, watch or (lambda _event: None), stop or threading.Event())
        evaluator = where.evaluator()
        try:
            run.go(evaluator)
        finally:
            evaluator.close()
        run.seal()
        if folder.lacks_tables:
            folder.record()
    return _open(folder)


def _recorded(folder: RunFolder) -> Store:
    """The store of a finished run, its tables of what was evaluated written, too."""
    if folder.lacks_tables:
        with folder.locked():
            folder.record()
    return _open(folder)


class _Run:
    """One process's part in a run: reads what there is, runs the rest, seals."""

    def __init__(self, folder: RunFolder, plan: Plan, watch: Watcher, stop: threading.Event) -> None:
        self._stop = stop
        self._folder = folder
        self._plan = plan
        self._watch = watch
        self._began = time.monotonic()
        self._is_explained = False
        self._ends: dict[int, StudyEnd] = {}
        self._waves: dict[int, list[Wave]] = defaultdict(list)
        self._open_studies = {shard.number: {s.number for s in shard.studies} for shard in plan.shards}
        planned = {number: frozenset(studies) for number, studies in self._open_studies.items()}
        for wave in folder.read_waves():
            check_shard(folder, wave, planned)
            self._take(wave)
        begun = [shard.studies[0].round for shard in plan.shards if self._waves[shard.number]]
        self._so_far = plan.of_rounds(0, max(begun, default=0))
        self._looks = list(looks_from_json(folder.read_info()))
        self._trials_before = sum(wave.rows.num_rows for waves in self._waves.values() for wave in waves)

    def go(self, evaluator: Evaluator) -> None:
        """Evaluate what is left, storing each wave before anything is said about it."""
        signals = Signals(self._stop, lost=lambda shard, reason: self._watch(WorkerLost(shard, reason)))
        self._note(workers=evaluator.workers, state="running")
        self._folder.write_planned(planned_rows(self._plan, self._folder.name))
        self._watch(RunStarted(self._folder.path, self._so_far, evaluator.workers, self._trials_before))
        journal = Journal(self._folder.journals)
        try:
            with stopping_softly(signals.stop, lambda: self._watch(StopRequested())):
                self._evaluate(evaluator, journal, signals)
                if not signals.stop.is_set():
                    self._explain(evaluator, signals)
        finally:
            journal.close()

    def _evaluate(self, evaluator: Evaluator, journal: Journal, signals: Signals) -> None:
        """Round after round of seeds, until no pair of strategies is open or there is none left."""
        for number in range(self._plan.rounds):
            if number >= self._so_far.rounds:
                self._so_far = self._plan.of_rounds(0, number)
                self._watch(RoundBegun(self._plan.of_rounds(number, number), self._looks[-1].open_pairs))
            for blocks in evaluator.run(self._work(number), signals):
                journal.append(blocks)
                for block in blocks:
                    wave = Wave.decode(block)
                    self._take(wave)
                    self._watch(WaveStored(wave))
            if signals.stop.is_set() or not self._goes_on(number):
                return

    def _goes_on(self, number: int) -> bool:
        """Look at what is known after this round of seeds: whether another one is worth its while."""
        suite = self._plan.suite
        if suite.stop is None:
            return False
        if number == len(self._looks):  # else an earlier process has looked already
            self._write_tables(self._plan.of_rounds(0, number))
            self._looks.append(look_at(_open(self._folder), suite, self._looks))
            self._note(looks=[asdict(look) for look in self._looks])
        return bool(self._looks[number].open_pairs)

    def _explain(self, evaluator: Evaluator, signals: Signals) -> None:
        """Store what the winners teach; what was stored before a stop is made again, and is the same."""
        wanted = self._plan.suite.exhibits and any(task.explains() for task in self._plan.tasks.values())
        explanations = best_trials(self._so_far, self._all_outcomes(self._so_far)) if wanted else []
        if explanations:
            self._watch(WinnersExplained(len(explanations)))
        done = 0
        for explanation, text in evaluator.explain(explanations, signals):
            self._folder.write_exhibits(explanation.file, text)
            done += 1
        self._is_explained = done == len(explanations)

    def seal(self) -> None:
        """Write the tables: all of it where the run is finished, as far as it came otherwise."""
        outcomes = self._write_tables(self._so_far)
        is_finished = self._is_explained and not any(self._open_studies[shard.number] for shard in self._so_far.shards)
        finished = datetime.now(UTC).isoformat(timespec="seconds") if is_finished else None
        seconds = time.monotonic() - self._began
        wall_seconds = round(self._folder.read_info()["wall_seconds"] + seconds, 3)
        state = "finished" if is_finished else "interrupted"
        recorded = False if self._plan.suite.record else None
        self._note(state=state, finished=finished, wall_seconds=wall_seconds, recorded=recorded)
        if is_finished:
            self._folder.clear_journal()
        self._watch(RunSealed(self._folder.path, is_finished, outcomes.num_rows, seconds))

    def _write_tables(self, plan: Plan) -> pa.Table:
        """Write the tables of these studies as far as they came; returns their trials."""
        outcomes = self._all_outcomes(plan)
        keys = {s.number: study_key(plan, s, self._folder.name) for s in plan.studies}
        self._folder.seal(outcomes, keys, self._study_rows(plan, keys, outcomes))
        return outcomes

    def _work(self, round_number: int) -> list[ShardWork]:
        mine = self._plan.of_rounds(round_number, round_number).shards
        open_shards = [shard for shard in mine if self._open_studies[shard.number]]
        return [ShardWork(shard, tuple(self._waves[shard.number])) for shard in open_shards]

    def _take(self, wave: Wave) -> None:
        self._waves[wave.shard].append(wave)
        for end in wave.ended:
            self._ends[end.study] = end
            self._open_studies[wave.shard].discard(end.study)

    def _all_outcomes(self, plan: Plan) -> pa.Table:
        tables = [self._outcomes(shard) for shard in plan.shards]
        outcomes = pa.concat_tables(tables) if tables else OUTCOMES.empty_table()
        return outcomes.sort_by([("study", "ascending"), ("trial", "ascending")])

    def _outcomes(self, shard: Shard) -> pa.Table:
        return pa.Table.from_batches([wave.rows for wave in self._waves[shard.number]], schema=OUTCOMES)

    def _study_rows(
        self, plan: Plan, keys: Mapping[int, Mapping[str, str | int]], outcomes: pa.Table
    ) -> Iterator[dict[str, object]]:
        counts = _count(outcomes)
        for study in plan.studies:
            end = self._ends.get(study.number) or StudyEnd(study.number, "stopped", "the run was stopped")
            if study.number in plan.skipped:
                end = StudyEnd(study.number, "skipped", plan.skipped[study.number])
            trials, failures = counts.get(study.number, (0, 0))
            told = {"status": end.status, "message": end.message, "trials": trials, "failures": failures}
            yield {**study_facts(study, plan.tasks.get(study.task.label)), **keys[study.number], **told}

    def _note(self, **changes: object) -> None:
        self._folder.write_info({**self._folder.read_info(), **changes})


def _count(outcomes: pa.Table) -> dict[int, tuple[int, int]]:
    """Trials and failures of each study."""
    frame = outcomes.select(["study", "status"]).to_pandas()
    failed = (frame["status"] != "ok").groupby(frame["study"])
    return {int(study): (int(part.size), int(part.sum())) for study, part in failed}


def _open(folder: RunFolder) -> Store:
    from results.store import open_store

    return open_store(folder.path)
