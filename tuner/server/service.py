"""The facade of the service: all that its pages and its API know of runs and of what is installed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .adopting import check_adoption
from .at_once import AtHand
from .bin import Bin
from .cards import ModifierCard, StrategyCard, SuiteCard, TaskCard, card_named
from .catalogue import Catalogue
from .events import EventFeeds, RunEvent
from .exports import ExportFormat, export_of
from .followers import Followers
from .jobs import Job, JobQueue, JobState
from .kept import Kept
from .listing_page import Page
from .outlook import preview_of
from .reports import Reports
from .run_directory import STEERABLE, RunDirectory
from .run_views import (
    BinnedRun,
    CurveView,
    FailureView,
    PlanPreview,
    RunDetail,
    RunProgress,
    RunSummary,
)
from .seen_run import SeenRun
from .service_folder import ServiceFolder
from .stamps import Stamps
from .submissions import digest_of
from .suite_requests import SuiteRequest, composed
from .trial_query import TrialDetail, TrialQuery, TrialRow
from .trial_reading import TrialReading
from .work_desk import WorkDesk
from .workshop import Workshop

if TYPE_CHECKING:
    from results.following import FollowedRun


_MOST_PARTS: Final = 64
_MOST_PART_CHARACTERS: Final = 32_000_000


class Service:
    """Reads what is stored, and puts what is asked for into the queue. Safe to use from several threads.

    Every method may raise `UnknownRun` for a name that is no run here, and of an error's text nothing names a path.
    """

    def __init__(
        self,
        folder: ServiceFolder,
        queue: JobQueue,
        workshop: Workshop,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.queue = queue
        self.workshop = workshop
        self.catalogue = Catalogue(folder.catalogue, workshop)
        self._clock = clock
        self._followers = Followers(folder)
        self._directory = RunDirectory(folder, queue, self._followers)
        self._trials = TrialReading(folder)
        self._reports = Reports(folder, workshop)
        self._bin = Bin(folder, queue, clock)
        self._feeds = EventFeeds(self)
        self._submitting = threading.Lock()
        self.work = WorkDesk(folder, queue, self.catalogue.content, clock)
        """What runners on other machines may do."""
        self.parts: Kept[Any] = Kept(_MOST_PARTS, len, _MOST_PART_CHARACTERS)
        """Parts of pages."""
        self.at_hand = AtHand(folder)
        """What can be told at once."""
        self.stamps = Stamps(folder, queue, self.catalogue)
        """How long an answer can be given again."""
        self.is_closed = False
        """Whether whoever listens to events is to go."""

    def start(self) -> None:
        """Have the catalogue made if it is not that of what is installed; returns without waiting for it."""
        self._bin.mend()
        self.catalogue.start()

    def close(self) -> None:
        """End the workshop and every feed of events."""
        self.is_closed = True
        self._feeds.close()
        self.work.close()
        self.workshop.close()

    # What is installed. All of these raise `CatalogueMissing` while the catalogue is being made for the first time.

    def strategies(self) -> list[StrategyCard]:
        """Every strategy, by name, broken ones included."""
        return self.catalogue.content().strategies

    def tasks(self) -> list[TaskCard]:
        """Every task, likewise."""
        return self.catalogue.content().tasks

    def modifiers(self) -> list[ModifierCard]:
        """Every modifier, likewise."""
        return self.catalogue.content().modifiers

    def suites(self) -> list[SuiteCard]:
        """Every suite, likewise."""
        return self.catalogue.content().suites

    def strategy(self, name: str) -> StrategyCard:
        """The strategy of this name; raises `UnknownCard`."""
        return card_named(self.strategies(), name, "strategy")

    def task(self, name: str) -> TaskCard:
        """The task of this name; raises `UnknownCard`."""
        return card_named(self.tasks(), name, "task")

    def suite(self, name: str) -> SuiteCard:
        """The suite of this name; raises `UnknownCard`."""
        return card_named(self.suites(), name, "suite")

    def suite_schema(self) -> dict[str, Any]:
        """The JSON schema of a suite."""
        return self.catalogue.content().suite_schema

    # Runs.

    def runs(
        self,
        *,
        state: str | None = None,
        suite: str | None = None,
        text: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[RunSummary]:
        """Runs, newest first; `state` is a `RunState`, `suite` a name, `text` part of a name, in whatever case."""
        return self._directory.page(state=state, suite=suite, text=text, offset=offset, limit=limit)

    def run(self, name: str) -> RunDetail:
        """All that is known of a run, but for its trials."""
        return self.seen(name).detail

    def seen(self, name: str) -> SeenRun:
        """The same, with what else is told of the run as it stands now; not to be changed."""
        return self._directory.seen(name)

    def summary(self, name: str) -> RunSummary:
        """A run as in the list."""
        return self._directory.summary(name)

    def progress(self, name: str) -> RunProgress:
        """How far a run is, by task and strategy."""
        return self._directory.progress(name)

    def curves(self, name: str, task: str | None = None) -> dict[str, list[CurveView]]:
        """By task, each strategy's median of the best value so far; raises `UnknownLabel` for an unknown task."""
        return self._directory.curves(name, task)

    def failures(self, name: str, *, offset: int = 0, limit: int = 50) -> Page[FailureView]:
        """Trials that failed, newest first."""
        return self._directory.failures(name, offset, limit)

    def follow(self, name: str) -> FollowedRun:
        """The followed run, refreshed; others may refresh it meanwhile, so prefer `progress` and `curves`."""
        return self._followers.of(name)

    def events(self, name: str, after: int | None = None) -> list[RunEvent]:
        """What has happened to a run since the event `after`, None for all that is remembered; never waits.

        The first call starts the feed that all listeners of the run share. Call again with the number of the last
        event, until one of kind `end` has come.
        """
        return self._feeds.of(name).after(after)

    # Submitting and steering.

    def compose(self, request: SuiteRequest) -> str:
        """The suite of a request as TOML: a shipped one by its name, or one as a table, with changes.

        Raises `UnknownCard` for an unknown name, `InvalidSuite` or `RefusedSuite`.
        """
        return composed(request, self.suite)

    def plan(self, suite_toml: str) -> PlanPreview:
        """What a suite comes to; raises `InvalidSuite` or `RefusedSuite`, or what planning it raises."""
        return preview_of(suite_toml, self.catalogue.content(), self.folder, self.workshop)

    def submit(self, suite_toml: str, *, workers: int | None = None, key: str | None = None) -> Job:
        """Queue a suite; the same `key` again gives the same job back, or `KeyReused` with another request.

        Raises like `plan`.
        """
        found = self.submitted(suite_toml, workers=workers, key=key)
        if found is not None:
            return found
        preview = self.plan(suite_toml)
        with self._submitting:
            run = self._directory.free_name(preview.suite)
            return self.queue.submit(
                run,
                preview.suite_toml,
                self._clock(),
                workers=workers,
                key=key,
                request=digest_of(suite_toml, workers),
            )

    def submitted(self, suite_toml: str, *, workers: int | None = None, key: str | None = None) -> Job | None:
        """The job that this key has made with this request; raises `KeyReused` where it was another one."""
        return None if key is None else self.queue.submitted(key, digest_of(suite_toml, workers))

    def pause(self, name: str) -> RunSummary:
        """Stop a run once what is in flight is stored; raises `WrongState`."""
        self._directory.require_job(name)
        self.queue.pause(name)
        return self.summary(name)

    def resume(self, name: str) -> RunSummary:
        """Go on with a run that was paused, cancelled, interrupted or has failed; raises `WrongState`.

        What is in its folder has to be such as could have been submitted here; raises `RefusedSuite`.
        """
        if self.summary(name).state in STEERABLE and (self.folder.runs / name / "run.json").is_file():
            check_adoption(self.folder.run(name), self.catalogue.content(), self.folder.runs)
        self._directory.resume(name, self._clock())
        return self.summary(name)

    def cancel(self, name: str) -> RunSummary:
        """End a run; what is stored stays. Raises `WrongState`."""
        self._directory.require_job(name)
        self.queue.cancel(name)
        return self.summary(name)

    def delete(self, name: str) -> None:
        """Move a run to the bin; raises `WrongState` unless it is over and nobody writes to it."""
        self.summary(name)
        self._bin.take(name)

    def bin(self, *, offset: int = 0, limit: int = 50) -> Page[BinnedRun]:
        """The runs that were deleted, latest first."""
        return self._bin.content(offset, limit)

    def restore(self, name: str) -> RunSummary:
        """Take a run out of the bin; raises `UnknownRun`, or `WrongState` where its name is taken by now."""
        with self._submitting:
            run = self._bin.restore(name)
        return self.summary(run)

    # Trials and reports.

    def trials(self, name: str, query: TrialQuery) -> Page[TrialRow]:
        """Trials of a run: sealed ones, or those in its journal while it is under way."""
        return self._trials.page(name, query)

    def trial(self, name: str, study: int, trial: int) -> TrialDetail:
        """All that is stored of a trial; raises `UnknownTrial`."""
        return self._trials.detail(name, study, trial)

    def export(self, name: str, file_format: ExportFormat) -> Iterator[bytes]:
        """The trials as a file, in parts; CSV guarded against formulas. Raises `NotSealed` before there is a table."""
        return export_of(self.folder.run(name), file_format)

    def report_html(self, names: Sequence[str], tasks: Sequence[str] = (), strategies: Sequence[str] = ()) -> bytes:
        """The report of one or several runs as a page of its own; none of `tasks` or `strategies` stands for all.

        Raises `NotSealed`, `UnknownLabel`, `NothingToCompare`, or `WorkshopFailed` where it takes too long.
        """
        return self._reports.made("html", names, tasks, strategies)

    def report_json(
        self, names: Sequence[str], tasks: Sequence[str] = (), strategies: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The same report as data."""
        return self._reports.data(names, tasks, strategies)

    def comparison(self, names: Sequence[str], a: str, b: str, *, planned: bool = False) -> dict[str, Any]:
        """Two strategies of these runs compared, as a report of one section.

        `planned` says that only this pair was to be compared, before anyone saw a result.
        """
        return self._reports.comparison(names, a, b, planned=planned)

    def health(self) -> Mapping[str, str | int | bool]:
        """Whether the parts that others rely on are there."""
        return {
            "status": "ok",
            "catalogue": self.catalogue.is_there,
            "queued": self.queue.count(JobState.QUEUED),
            "running": self.queue.count(JobState.RUNNING),
        }
