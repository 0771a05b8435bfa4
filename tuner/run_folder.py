"""The folder of one run: its files, its lock, and what a later process needs to go on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from results.errors import CorruptStore
from results.following import PLANNED
from results.journal import Wave, read_blocks, sync_folder
from results.records import SCHEMA_VERSION
from results.run_info import read_run_info
from results.sealing import sealed_studies, sealed_trials, write_table, write_text

from .errors import InvalidSuite, RunExists, RunLocked, UnwrittenTables, describe, one_line
from .machine import describe_machine, package_versions, python_version
from .plan import Plan
from .registry import Reference
from .run_lock import take_lock
from .suite import Suite, parse_suite


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of a run's files, and the durable writing of each."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def journals(self) -> Path:
        """Where the journal's files lie."""
        return self.path / "journal"

    @property
    def planned(self) -> Path:
        """What is known of the studies while the run is under way, for those who follow it; goes with the journal."""
        return self.journals / PLANNED

    @property
    def trials(self) -> Path:
        """The sealed table of trials."""
        return self.path / "trials.parquet"

    @property
    def studies(self) -> Path:
        """The sealed table of studies."""
        return self.path / "studies.parquet"

    @property
    def exhibits(self) -> Path:
        """Where what the winners teach lies."""
        return self.path / "exhibits"

    @property
    def tables(self) -> Path:
        """Where the tables of what was evaluated lie, if the suite wants them."""
        return self.path / "tables"

    @property
    def report(self) -> Path:
        """The report's place."""
        return self.path / "report.html"

    @property
    def lacks_tables(self) -> bool:
        """Whether the run is finished, but for the tables that its suite wants."""
        info = self.read_info()
        return info["state"] == "finished" and info.get("recorded") is False

    def create(self, plan: Plan, workers: int) -> None:
        """Make the folder with everything that a resume needs; raises `RunExists` where there is one."""
        try:
            self.path.mkdir(parents=True)
        except FileExistsError:
            raise RunExists(
                f"{self.path} is there already: choose another --out, or `tuner resume {self.path}`"
            ) from None
        except OSError as error:
            raise RunExists(f"cannot make {self.path}: {error.strerror}") from None
        try:
            self._describe(plan, workers)
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)  # half a description could neither be run nor resumed
            raise
        sync_folder(self.path.parent)

    def _describe(self, plan: Plan, workers: int) -> None:
        """Write the suite, the plug-ins and run.json, which comes last."""
        toml = plan.suite.to_toml()
        write_text(toml, self.path / "suite.toml")
        references = [asdict(reference) for reference in plan.references]
        write_text(json.dumps(references, indent=1), self.path / "plugins.json")
        self.write_info(
            {
                "schema": SCHEMA_VERSION,
                "run": self.name,
                "suite": plan.suite.name,
                "state": "running",
                "created": _now(),
                "finished": None,
                "wall_seconds": 0.0,
                "workers": workers,
                "versions": package_versions(plan.modules, plan.distributions),
                "python": python_version(),
                "machine": describe_machine(),
                "plugins": [
                    {
                        "kind": r.kind,
                        "name": r.short_name,
                        "reference": r.name,
                        "sha256": r.sha256,
                    }
                    for r in plan.references
                ],
                "contents": dict(plan.contents),
                "suite_sha256": hashlib.sha256(toml.encode()).hexdigest(),
            }
        )

    def read_info(self) -> dict[str, Any]:
        """What run.json holds, every field of `RunInfo` among it.

        Raises `InvalidSuite` where there is none, `CorruptStore` or `UnreadableVersion`.
        """
        file = self.path / "run.json"
        if not file.is_file():
            raise InvalidSuite(f"{self.path} is no run: it has no run.json")
        read_run_info(self.path)
        info: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return info

    def write_info(self, info: dict[str, Any]) -> None:
        """Replace run.json."""
        write_text(json.dumps(info, indent=1) + "\n", self.path / "run.json")

    def read_suite(self) -> Suite:
        """The suite as it was run."""
        file = self.path / "suite.toml"
        with _damage_told(file):
            text = file.read_text(encoding="utf-8")
        return parse_suite(text, str(file))

    def read_references(self) -> dict[str, Reference]:
        """The plug-ins as they were, the text of the user's files included, by kind and name."""
        file = self.path / "plugins.json"
        with _damage_told(file):
            found = [Reference(**fields) for fields in json.loads(file.read_text(encoding="utf-8"))]
        return {f"{reference.kind} {reference.name}": reference for reference in found}

    def read_waves(self) -> list[Wave]:
        """Everything journaled, in the order of its writing; raises `CorruptStore` where a wave is missing."""
        waves = [Wave.decode(block) for block in read_blocks(self.journals)] if self.journals.exists() else []
        seen: Counter[int] = Counter()
        for wave in waves:
            if wave.number != seen[wave.shard]:
                raise CorruptStore(f"{self.journals} lacks wave {seen[wave.shard]} of shard {wave.shard}")
            seen[wave.shard] += 1
        return waves

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run against a second writer; raises `RunLocked` where there is one."""
        handle = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not take_lock(handle):
                raise RunLocked(f"{self.path} is being written by another process")
            yield
        finally:
            os.close(handle)

    def seal(
        self, outcomes: pa.Table, keys: dict[int, dict[str, str | int]], studies: Iterable[dict[str, object]]
    ) -> None:
        """Put the tables in place."""
        write_table(sealed_trials(outcomes, keys), self.trials)
        write_table(sealed_studies(studies), self.studies)

    def write_planned(self, studies: Iterable[dict[str, object]]) -> None:
        """Put down which studies there will be."""
        self.journals.mkdir(exist_ok=True)
        write_table(sealed_studies(studies), self.planned)

    def write_exhibits(self, file: str, text: str) -> None:
        """Put what a task's winner teaches in place."""
        self.exhibits.mkdir(exist_ok=True)
        write_text(text, self.exhibits / file)

    def record(self) -> None:
        """Write the tables of what was evaluated, and note that; raises `UnwrittenTables` where that is impossible."""
        from .table_of_run import write_tables

        try:
            write_tables(self.path, self.tables, overwrite=True)
            self.write_info({**self.read_info(), "recorded": True})
        except OSError as error:
            told = f"{error.filename}: {error.strerror}" if error.filename else one_line(str(error))
            raise UnwrittenTables(
                f"{self.path} is finished, but for its tables: {told}; `tuner resume {self.path}` writes them"
            ) from error

    def clear_journal(self) -> None:
        """Remove the journal, once the tables hold all of it."""
        shutil.rmtree(self.journals, ignore_errors=True)


def next_folder(root: Path, suite: str) -> Path:
    """A folder that does not exist yet: the suite's name, with a number from the second run on."""
    taken = {path.name for path in root.iterdir()} if root.is_dir() else set()
    numbers = [int(m[1]) for name in taken if (m := re.fullmatch(rf"{re.escape(suite)}-(\d+)", name))]
    return root / (f"{suite}-{max(numbers, default=1) + 1}" if suite in taken or numbers else suite)


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    """Raise `CorruptStore` where the file does not hold what was written to it."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise CorruptStore(f"{file} is damaged: {describe(error)}") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
