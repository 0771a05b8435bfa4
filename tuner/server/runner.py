"""The process that takes jobs from the queue and drives Ray: `python -m tuner.server.runner --runs DIR --owner ID`."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from results.errors import ResultsError

from ..cli.reporting import write_page
from ..cli.running import refuse_if_nothing_ran
from ..errors import ClusterUnavailable, RunExists, RunLocked, TunerError, describe, one_line
from ..run_folder import RunFolder
from ..session import Where, resume_run, run_suite
from ..suite import Suite, parse_suite
from .heartbeat import Heartbeat
from .jobs import MOST_ATTEMPTS, Job, JobQueue, JobState, LeaseLost, QueueUnreachable
from .remote_workers import let_workers_ask
from .service_folder import ServiceFolder
from .work_queue import Carrier, NoCarrier, NotDelivered, WorkQueue

if TYPE_CHECKING:
    from results.store import Store

    from ..events import Event, Watcher

_POLL_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
"""Between two tries to reach the queue, or two jobs that could not be made here."""
_FIRST_REST_SECONDS: Final = 1.0
"""After a job that could not be made here, so that another runner may take it."""
_LOCK_SECONDS: Final = 5.0
"""How long to wait for a run that somebody else has locked; whoever only looks at the lock holds it for an instant."""
_NICENESS: Final = 10
"""Of the runner and its workers: who waits for an answer of the service goes before trials."""
_HALF_MADE = {"suite.toml", "plugins.json", "suite.toml.writing", "plugins.json.writing", "run.json.writing"}
"""What the folder of a run may hold before its run.json."""

_log = logging.getLogger(__name__)


class Runner:
    """Sees one job after the other through."""

    def __init__(
        self, folder: ServiceFolder, queue: WorkQueue, owner: str, where: Where, carrier: Carrier | None = None
    ) -> None:
        self._folder = folder
        self._carrier = carrier or NoCarrier()
        self._queue = queue
        self._owner = owner
        self._where = where
        self._stop = threading.Event()
        self._setbacks = 0
        self.ending = threading.Event()
        """Set once this process is to end."""
        self.poll_seconds = _POLL_SECONDS
        """How often is looked for a job."""

    def end(self) -> None:
        """Store what is in flight, put the job back, and take no other; may be called from a signal's handler."""
        self.ending.set()
        self._stop.set()

    def work(self, is_wanted: Callable[[], bool]) -> None:
        """Take jobs until `end`, or until, between two of them, they are no longer wanted.

        A queue that cannot be reached is tried again, at growing intervals; they grow likewise after each job that was
        put back since it could not be made here.
        Raises `ClusterUnavailable` where another process should go on, since Ray is not as it should be in this one.
        """
        pause = self.poll_seconds
        while not self.ending.is_set() and is_wanted():
            before = self._setbacks
            try:
                is_idle = not self.work_off()
            except QueueUnreachable as error:
                if pause == self.poll_seconds:
                    _log.warning("%s; it is tried again until it can be", error)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                self.ending.wait(pause)
            else:
                pause = self.poll_seconds
                if self._setbacks > before:
                    self.ending.wait(min(2 ** min(before, 10) * _FIRST_REST_SECONDS, _LONGEST_PAUSE_SECONDS))
                elif is_idle:
                    self.ending.wait(self.poll_seconds)

    def work_off(self) -> bool:
        """Take the next job and see it through; False where none waits. Raises `QueueUnreachable` before that."""
        self._stop = threading.Event()
        job = self._queue.claim(self._owner, time.time())
        if job is None:
            return False
        if job.wish is not None or self.ending.is_set():
            self._stop.set()
        try:
            self._see_through(job)
        except (LeaseLost, QueueUnreachable) as error:  # its lease ends, and whoever takes it goes on
            _log.warning("%s", error)
        return True

    def _see_through(self, job: Job) -> None:
        """Run it, and tell the queue how it ended; raises `LeaseLost` where it is another runner's by now."""
        owner = job.owner or self._owner
        if job.attempts > MOST_ATTEMPTS:
            self._queue.end(job.run, owner, JobState.FAILED, _hopeless(job))
            return
        heartbeat = Heartbeat(self._queue, job, owner, self._stop, self.ending)
        try:
            carrying = self._carrier.carrying(job.run, owner, self._stop, self.ending)
            with heartbeat.beating(), carrying as told:
                is_finished = self._drive(job, _both(told, heartbeat.watch))
        except (LeaseLost, QueueUnreachable):
            raise
        except ClusterUnavailable as error:
            self._queue.put_back(job.run, owner, one_line(str(error)))
            raise
        except NotDelivered as error:
            self._setbacks += 1
            _log.warning("%s was put back: %s", job.run, error)
            self._queue.put_back(job.run, owner, one_line(str(error)))
            return
        except (TunerError, ResultsError) as error:
            self._queue.end(job.run, owner, JobState.FAILED, one_line(str(error)))
        except Exception as error:  # noqa: BLE001  a job that nobody foresaw must not take the others with it
            _log.warning("%s failed", job.run, exc_info=True)
            self._queue.end(job.run, owner, JobState.FAILED, describe(error))
        else:
            if is_finished:
                self._queue.end(job.run, owner, JobState.FINISHED)
            else:
                self._queue.put_back(job.run, owner)
        self._setbacks = 0

    def _drive(self, job: Job, watch: Watcher) -> bool:
        """Begin the run, or go on with it; whether it is finished, its report written."""
        store = self._patiently(job, watch)
        if any(info.state != "finished" for info in store.runs):
            return False
        refuse_if_nothing_ran(store)
        write_page(store, store.paths[0] / "report.html")
        return True

    def _patiently(self, job: Job, watch: Watcher) -> Store:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                return self._run(job, watch)
            except RunLocked:
                if time.monotonic() > deadline:
                    raise
                self._stop.wait(_POLL_SECONDS)

    def _run(self, job: Job, watch: Watcher) -> Store:
        path = self._folder.runs / job.run
        suite = parse_suite(job.suite, job.run)
        where = self._where if job.workers is None else replace(self._where, workers=job.workers)
        _clear_half_made(path)
        if path.exists():
            _check_same(RunFolder(path), suite)
            return resume_run(path, where=where, watch=watch, stop=self._stop)
        return run_suite(suite, out=path, where=where, watch=watch, stop=self._stop)


def _both(first: Watcher, second: Watcher) -> Watcher:
    def watch(event: Event) -> None:
        first(event)
        second(event)

    return watch


def _hopeless(job: Job) -> str:
    told = f": {job.message}" if job.message else "; what it ran has taken its process down each time"
    return one_line(f"given up after {MOST_ATTEMPTS} attempts without a single new trial{told}")


def _clear_half_made(path: Path) -> None:
    """Remove a folder whose making was broken off before there was anything in it to go on with."""
    if path.is_dir() and {file.name for file in path.iterdir()} <= _HALF_MADE:
        shutil.rmtree(path)


def _check_same(folder: RunFolder, suite: Suite) -> None:
    """Raise `RunExists` where somebody else's run has taken the name."""
    folder.read_info()
    if _gist(folder.read_suite()) != _gist(suite):
        raise RunExists(f"{folder.path} is there already, and holds a run of another suite")


def _gist(suite: Suite) -> dict[str, object]:
    """A suite but for its tasks' fields: starting points may have been written out in them meanwhile."""
    return {**suite.model_dump(), "tasks": suite.task_labels}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run jobs until SIGTERM, or until the parent is gone; returns the exit code."""
    asked = _parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.nice(_NICENESS)
    folder = ServiceFolder(asked.runs)
    folder.create()
    let_workers_ask(folder)
    where = Where(asked.workers, asked.ray_address, asked.in_process)
    with closing(JobQueue(folder.database)) as queue:
        runner = Runner(folder, queue, asked.owner, where)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: runner.end())
        with _alone(folder.runner_lock, runner.ending, lambda: os.getppid() == asked.parent) as is_alone:
            if is_alone:
                queue.release()
            try:
                runner.work(lambda: is_alone and os.getppid() == asked.parent)
            except ClusterUnavailable as error:
                _log.error("%s", error)
                return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tuner.server.runner")
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--owner", required=True)
    parser.add_argument("--parent", type=int, default=os.getppid())
    parser.add_argument("--workers", type=int)
    parser.add_argument("--ray-address")
    parser.add_argument("--in-process", action="store_true")
    return parser.parse_args(arguments)


@contextmanager
def _alone(lock: Path, ending: threading.Event, is_wanted: Callable[[], bool]) -> Iterator[bool]:
    """Hold the runner's lock, once whoever held it is gone; gives False where this process is to end before that."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not ending.is_set() and is_wanted():
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                ending.wait(_POLL_SECONDS)
            else:
                yield True
                return
        yield False
    finally:
        os.close(handle)


if __name__ == "__main__":
    raise SystemExit(main())
