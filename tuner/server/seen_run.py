"""A run as it stands at one instant, and what is told of it then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import count

from results.run_info import RunInfo

from .jobs import Job, ListedJob
from .run_views import MachineView, ProgressCell, RunDetail, RunState, RunSummary, StudyView
from .study_views import cells_of, done_of, expected_of, leader_of

_serials = count()


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run, as far as it can be told without looking at its studies."""

    name: str
    suite: str
    state: RunState
    created: datetime
    info: RunInfo | None
    """None for one that only waits, or is broken."""
    job: ListedJob | None
    """Whole where there is no `info` to have the suite from, unless the run was found in a list."""
    trouble: str = ""
    """Why it cannot be read."""

    @property
    def is_sealed(self) -> bool:
        """Whether tables of its trials are there."""
        return self.info is not None and (self.info.path / "trials.parquet").is_file()


class SeenRun:
    """A run with its studies. Whatever is told of it is made once, so nothing of it may be changed."""

    def __init__(self, found: FoundRun, studies: Sequence[StudyView], *, is_sealed: bool, trouble: str = "") -> None:
        self.found = found
        self.studies = studies
        self.is_sealed = is_sealed
        self.trouble = trouble
        """Why its studies cannot be read."""
        self.serial = next(_serials)
        """Another one for every instant at which any run stood otherwise than before."""

    @cached_property
    def setting(self) -> object:
        """Equal to that of a later instant while only trials were added: how it is run, and how many studies it has."""
        job = self.found.job and replace(self.found.job, lease_until=None)
        return replace(self.found, job=job), len(self.studies)

    @cached_property
    def summary(self) -> RunSummary:
        """As in a list."""
        return summary_of(self.found, self.studies, self.trouble)

    @cached_property
    def cells(self) -> list[ProgressCell]:
        """The studies by task and strategy, in the order of the plan."""
        return cells_of(self.studies)

    @cached_property
    def detail(self) -> RunDetail:
        """All that is known of it, but for its trials."""
        info, job = self.found.info, self.found.job
        return RunDetail(
            summary=self.summary,
            tasks=list(dict.fromkeys(study.task for study in self.studies)),
            strategies=list(dict.fromkeys(study.strategy for study in self.studies)),
            studies=list(self.studies),
            versions=dict(info.versions) if info else {},
            python=info.python if info else "",
            machine=_machine(info),
            wall_seconds=info.wall_seconds if info else 0.0,
            suite_toml=info.suite_text if info else job.suite if isinstance(job, Job) else "",
            is_sealed=self.is_sealed,
            is_here=job is not None,
        )


def summary_of(found: FoundRun, studies: Sequence[StudyView], trouble: str = "") -> RunSummary:
    """What a list says of a run with these studies; `trouble` is why they cannot be read."""
    info, job = found.info, found.job
    workers = job.workers if job else (info.workers or None) if info else None
    return RunSummary(
        name=found.name,
        suite=found.suite,
        state=found.state,
        created=found.created,
        finished=info.finished if info else None,
        trials=sum(study.trials for study in studies),
        expected=expected_of(studies) if studies else None,
        failures=sum(study.failures for study in studies),
        studies=len(studies),
        studies_done=done_of(studies),
        workers=workers,
        leader=leader_of(studies),
        message=found.trouble or trouble or (job.message if job else ""),
        is_broken=bool(found.trouble),
    )


def _machine(info: RunInfo | None) -> MachineView | None:
    if info is None:
        return None
    return MachineView(info.machine.system, info.machine.cpu, info.machine.cores, info.machine.memory_gb)
