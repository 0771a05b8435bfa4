"""The runs of the service: those in its folder, whoever made them, and those that wait in the queue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from results.errors import ResultsError, UnknownLabel
from results.run_info import RunInfo, read_run_info

from ..errors import InvalidOption, one_line, suggest
from .file_stamp import stamp_of
from .jobs import JobQueue, JobState, ListedJob, WrongState
from .kept import Kept
from .kept_answers import keep_not
from .listing_page import Page, page_of
from .run_states import state_of
from .run_views import STATES, CurveView, FailureView, RunProgress, RunSummary, StudyView
from .same import Same
from .seen_run import FoundRun, SeenRun, summary_of
from .service_folder import RUN_ID, ServiceFolder, UnknownRun
from .study_views import followed_studies_of, sealed_studies_of

if TYPE_CHECKING:
    from results.following import FollowedRun, StoredFailure

    from .followers import Followers

_LATEST = 20
"""How many failures progress shows."""
STEERABLE: Final = frozenset({"paused", "cancelled", "interrupted", "failed"})
"""States in which a run can be resumed."""
_MOST_LISTED = 10_000
"""How many runs are kept as they stand in the list."""
_MOST_SEEN = 16
"""How many runs are kept with their studies."""


class RunDirectory:
    """Lists runs and tells of each; keeps what does not change any more."""

    def __init__(self, folder: ServiceFolder, queue: JobQueue, followers: Followers) -> None:
        self._folder = folder
        self._queue = queue
        self._followers = followers
        self._infos: Kept[RunInfo] = Kept(_MOST_LISTED)
        self._finished: Kept[RunSummary] = Kept(_MOST_LISTED)
        self._tables: Kept[list[StudyView]] = Kept(_MOST_SEEN)
        self._followed: Kept[tuple[list[StudyView], FollowedRun]] = Kept(_MOST_SEEN)
        self._seen: Kept[SeenRun] = Kept(_MOST_SEEN)
        self._none: list[StudyView] = []

    def page(
        self, *, state: str | None, suite: str | None, text: str | None, offset: int, limit: int
    ) -> Page[RunSummary]:
        """As `Service.runs` says; raises `InvalidOption` for an unknown state."""
        if state is not None and state not in STATES:
            raise InvalidOption(f"no state {state!r:.80}{suggest(state, STATES)}")
        wanted = (text or "").casefold()
        found = [
            run
            for run in self._all()
            if state in {None, run.state} and suite in {None, run.suite} and wanted in run.name.casefold()
        ]
        found.sort(key=lambda run: (run.created, run.name), reverse=True)
        page = page_of(found, offset, limit)
        return Page([self._summary(run) for run in page.items], page.total, offset, limit)

    def summary(self, name: str) -> RunSummary:
        """A run as in the list; raises `UnknownRun`."""
        return self._summary(self._find(name))

    def seen(self, name: str) -> SeenRun:
        """A run as it stands now: the same as the last time where nothing has changed."""
        return self._seen_of(self._find(name))

    def progress(self, name: str) -> RunProgress:
        """As `Service.progress` says."""
        seen = self.seen(name)
        failures = self._failures(name, 0, _LATEST).items if seen.found.info else []
        return RunProgress(seen.summary, seen.cells, failures[::-1])

    def failures(self, name: str, offset: int, limit: int) -> Page[FailureView]:
        """Trials that failed, newest first."""
        return Page([], 0, offset, limit) if self._find(name).info is None else self._failures(name, offset, limit)

    def _failures(self, name: str, offset: int, limit: int) -> Page[FailureView]:
        with self._followers.reading(name) as run:
            total = len(run.failures)
            chosen = run.failures[max(0, total - offset - limit) : max(0, total - offset)][::-1]
            return Page([failure_view(run, failure) for failure in chosen], total, offset, limit)

    def curves(self, name: str, task: str | None) -> dict[str, list[CurveView]]:
        """As `Service.curves` says."""
        if self._find(name).info is None:
            return {}
        with self._followers.reading(name) as run:
            known = list(dict.fromkeys(study.task for study in run.studies.values()))
            if task is not None and task not in known:
                raise UnknownLabel(f"no task {task!r:.80} in {name}{suggest(task, known)}")
            return {one: _curves(run, one) for one in known if task in {None, one}}

    def free_name(self, suite: str) -> str:
        """A name that no folder and no job has: the suite's, with a number from the second run on."""
        taken = {path.name for path in self._folder.runs.iterdir()} | {job.run for job in self._queue.all()}
        numbers = [int(m[1]) for name in taken if (m := re.fullmatch(rf"{re.escape(suite)}-(\d{{1,9}})", name))]
        return f"{suite}-{max(numbers, default=1) + 1}" if suite in taken or numbers else suite

    def require_job(self, name: str) -> None:
        """Raise `WrongState` for a run that somebody else started, `UnknownRun` for none."""
        if self._find(name).job is None:
            raise WrongState(f"{name} was not started by this service: only who started it can stop it")

    def resume(self, name: str, now: float) -> None:
        """Queue a run again; raises `WrongState` unless it has stopped before its end."""
        found = self._find(name)
        if found.state not in STEERABLE or found.trouble:
            raise WrongState(f"{name} is {found.trouble or found.state}: only what stopped before its end can go on")
        if found.job is not None and found.job.state is not JobState.FINISHED:
            self._queue.resume(name)
        elif found.info is not None:
            found.info.check_run_here()
            self._queue.adopt(found.info.path, found.info.suite_text, now)

    def _all(self) -> Sequence[FoundRun]:
        jobs = {job.run: job for job in self._queue.all()}
        paths = [file.parent for file in self._folder.runs.glob("*/run.json") if RUN_ID.fullmatch(file.parent.name)]
        stored = [self._stored(path, jobs.get(path.name)) for path in paths]
        here = {path.name for path in paths}
        return [*stored, *(_waiting(job) for job in jobs.values() if job.run not in here)]

    def _find(self, name: str) -> FoundRun:
        if not RUN_ID.fullmatch(name):
            raise UnknownRun(f"no run called {name[:96]!r}")
        job = self._queue.listed(name)
        try:
            found = self._stored(self._folder.run(name), job)
        except UnknownRun:
            if job is None:
                raise
            found = _waiting(job)
        return found if found.info else replace(found, job=self._queue.find(name))

    def _stored(self, path: Path, job: ListedJob | None) -> FoundRun:
        file = path / "run.json"
        try:
            info = self._info(path, file)
        except Exception as error:  # noqa: BLE001  the border to what anybody may have put into a folder
            trouble = self._told(error)
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return FoundRun(path.name, job.run if job else "", "failed", changed, None, job, f"broken: {trouble}")
        created = info.created if info.created.tzinfo else info.created.replace(tzinfo=UTC)
        return FoundRun(path.name, info.suite, state_of(info, job), created, info, job)

    def _info(self, path: Path, file: Path) -> RunInfo:
        return self._infos.of(path.name, stamp_of(file), lambda: read_run_info(path))

    def _summary(self, found: FoundRun) -> RunSummary:
        if found.info is None:
            return summary_of(found, [])
        if found.info.state != "finished":
            return self._seen_of(found).summary
        path = found.info.path
        try:
            kept = self._finished.of(path.name, _stamp_of_tables(path), lambda: summary_of(found, self._sealed(path)))
        except Exception as error:  # noqa: BLE001  the border to what anybody may have put into a folder
            return summary_of(found, [], self._told(error))
        return replace(kept, state=found.state, message=kept.message or (found.job.message if found.job else ""))

    def _seen_of(self, found: FoundRun) -> SeenRun:
        (studies, trouble), is_sealed = self._studies(found), found.is_sealed
        is_held = found.job and replace(found.job, lease_until=None)  # which changes with every sign of life
        stamp = (replace(found, job=is_held), is_sealed, Same(studies), trouble)
        return self._seen.of(found.name, stamp, lambda: SeenRun(found, studies, is_sealed=is_sealed, trouble=trouble))

    def _studies(self, found: FoundRun) -> tuple[list[StudyView], str]:
        """The studies, and why they cannot be read; none of a run that waits."""
        if found.info is None:
            return self._none, ""
        try:
            if found.info.state == "finished":
                return self._sealed(found.info.path), ""
            return self._followed_studies(found.name), ""
        except Exception as error:  # noqa: BLE001  the border to what anybody may have put into a folder
            return self._none, self._told(error)

    def _told(self, error: Exception) -> str:
        keep_not()  # it can pass without any file being written
        if not isinstance(error, ResultsError | OSError):
            return f"its files hold what no run has ({type(error).__name__})"
        return one_line(str(error).replace(f"{self._folder.runs}/", ""))

    def _followed_studies(self, name: str) -> list[StudyView]:
        with self._followers.reading(name) as run:
            return self._followed.of(name, (run, run.version), lambda: (self._views(name, run), run))[0]

    def _views(self, name: str, run: FollowedRun) -> list[StudyView]:
        """While a run goes on most of them are those of before."""
        views, before = self._followed.last(name) or ([], None)
        return followed_studies_of(run, views if before is run else [])

    def _sealed(self, path: Path) -> list[StudyView]:
        return self._tables.of(path.name, _stamp_of_tables(path), lambda: sealed_studies_of(path))


def _stamp_of_tables(path: Path) -> tuple[tuple[int, ...], ...]:
    return tuple(stamp_of(path / name) for name in ("run.json", "studies.parquet", "trials.parquet"))


def failure_view(run: FollowedRun, failure: StoredFailure) -> FailureView:
    """A failure with the labels of its study."""
    study = run.studies[failure.study]
    return FailureView(
        study=failure.study,
        trial=failure.trial,
        task=study.task,
        strategy=study.strategy,
        seed=study.seed,
        kind=failure.kind,
        message=failure.message,
        configuration=failure.configuration,
    )


def _waiting(job: ListedJob) -> FoundRun:
    """A run without a folder."""
    state = state_of(None, job)
    created = datetime.fromtimestamp(job.created, UTC)
    return FoundRun(job.run, job.suite_name, state, created, None, job)


def _curves(run: FollowedRun, task: str) -> list[CurveView]:
    return [CurveView(strategy, points) for strategy, points in run.curves(task).items()]
