"""A run's folder as a check reads it, and what a check may find."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from results.sealing import read_table

from .errors import TunerError
from .plan import Plan, StudyPlan, make_plan
from .run_folder import RunFolder


class Unmet(Exception):
    """A law that a run breaks; the text says where."""


class NotApplicable(Exception):
    """A law that cannot be judged on this run; the text says why."""


@dataclass
class StoredRun:
    """A run's folder, each part of it read when a law first needs it."""

    folder: RunFolder

    @cached_property
    def info(self) -> dict[str, Any]:
        """What run.json holds."""
        return self.folder.read_info()

    @cached_property
    def studies(self) -> list[dict[str, Any]]:
        """The rows of studies.parquet."""
        return self.rows_of(self.folder.studies)

    @cached_property
    def trials(self) -> list[dict[str, Any]]:
        """The rows of trials.parquet."""
        return self.rows_of(self.folder.trials)

    @cached_property
    def plan(self) -> Plan:
        """The plan, made again from what the folder holds, as far as the run went."""
        self.check_own()
        try:
            plan = make_plan(self.folder.read_suite(), self.folder.path, self.folder.read_references())
        except TunerError as error:
            raise NotApplicable(f"the plan cannot be made here: {error}") from error
        stored = {row["study"] for row in self.studies}
        last = max((study.round for study in plan.studies if study.number in stored), default=0)
        return plan.of_rounds(0, max(last, len(self.info.get("looks", ())) - 1))

    @cached_property
    def changed(self) -> dict[str, str]:
        """The tasks that are no longer what they were when the run was made, by label: in words."""
        return self.plan.changed_tasks(self.info.get("contents", {}))

    def check_own(self) -> None:
        """Raise `NotApplicable` where the run was imported, since nothing says how it was planned."""
        if imported := self.info.get("imported"):
            raise NotApplicable(f"the run was imported from {imported['file']}, and not planned here")

    def is_changed(self, study: StudyPlan) -> bool:
        """Whether the study's task is no longer what it was."""
        return study.task.label in self.changed

    def rows_of(self, path: Path) -> list[dict[str, Any]]:
        """The rows of a table, its pages checked."""
        rows: list[dict[str, Any]] = self.table(path).to_pylist(maps_as_pydicts="strict")
        return rows

    def table(self, path: Path) -> pa.Table:
        """A sealed table, its pages checked."""
        if not path.exists():
            if self.info["state"] == "finished":
                raise Unmet(f"the run is finished, but {path.name} is missing")
            raise NotApplicable(f"{path.name} is not there yet: the run was killed or is running")
        return read_table(path)

    def by_study(self) -> dict[int, list[dict[str, Any]]]:
        """The trials of each study, in the table's order; studies without any included."""
        found: dict[int, list[dict[str, Any]]] = {row["study"]: [] for row in self.studies}
        for row in self.trials:
            if row["study"] not in found:
                raise Unmet(f"trial {row['trial']} belongs to study {row['study']}, which does not exist")
            found[row["study"]].append(row)
        return found
