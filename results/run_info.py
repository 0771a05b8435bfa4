"""What `run.json` says about a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from .errors import CorruptStore, ImportedRun, NoSuchRun, UnreadableVersion
from .records import SCHEMA_VERSION

State = Literal["running", "interrupted", "finished"]


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that ran it."""

    system: str
    cpu: str
    cores: int
    memory_gb: float


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A strategy or task that took part, and the code it came from."""

    kind: str
    name: str
    reference: str
    """Where it was found: `package.module:Class` or `./file.py:Class`."""
    sha256: str
    """Hash of its source file."""


@dataclass(frozen=True, slots=True)
class PairState:
    """What a run that adds seeds until its strategies are told apart found of two of them."""

    a: str
    b: str
    state: Literal["decided", "equivalent", "open"]
    winner: str | None
    """The better one, where it is decided."""


@dataclass(frozen=True, slots=True)
class LookInfo:
    """What such a run found after a round of seeds."""

    seeds: int
    most_seeds: int
    level: float
    """The part of the error level that this look spent."""
    margin: float
    """The difference of normalised scores below which two strategies are equivalent."""
    pairs: tuple[PairState, ...]
    """The state of every pair that was to be decided: once decided or equivalent, it stays so."""

    @property
    def open_pairs(self) -> int:
        """Pairs that more seeds have yet to decide."""
        return sum(pair.state == "open" for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class ImportInfo:
    """Where the results of a run come from that was not run here."""

    file: str
    """Name of the imported file."""
    sha256: str
    is_accumulated: bool
    """Whether a trial's value is the best of its study so far; only the first is then that of a single trial."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run, as its `run.json` and `suite.toml` describe it."""

    path: Path
    """The run's folder."""
    name: str
    suite: str
    state: State
    created: datetime
    finished: datetime | None
    """None until every study has ended."""
    wall_seconds: float
    workers: int
    versions: Mapping[str, str]
    """Version of each distribution that took part, by its name."""
    python: str
    machine: Machine
    plugins: tuple[PluginInfo, ...]
    suite_sha256: str
    suite_text: str
    """`suite.toml` as it was run."""
    looks: tuple[LookInfo, ...] = ()
    """One for each round of seeds; none where the number of seeds was fixed from the start."""
    schema: str = SCHEMA_VERSION
    contents: Mapping[str, str] = field(default_factory=dict)
    """By label, the digest of what a task reads, such as a table's files."""
    imported: ImportInfo | None = None
    """None for what was run here."""

    def check_run_here(self) -> None:
        """Raise `ImportedRun` for one whose tasks, search spaces and strategies are only known by name."""
        if self.imported is not None:
            raise ImportedRun(
                f"{self.path} was imported from {self.imported.file}: its tasks, search spaces and strategies are "
                "known by name only, which does for reports alone"
            )


def read_run_info(folder: Path) -> RunInfo:
    """The run stored in this folder; raises `NoSuchRun`, `CorruptStore` or `UnreadableVersion`."""
    file = folder / "run.json"
    if not file.is_file():
        raise NoSuchRun(f"no run in {str(folder)!r}: a run's folder holds run.json, studies.parquet and trials.parquet")
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        check_version(str(fields["schema"]), file)
        return _parse(fields, folder)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptStore(f"{file} is damaged: {type(error).__name__}: {error}") from error


def check_version(version: str, file: Path) -> None:
    """Raise `UnreadableVersion` unless the file's major version is one that this code knows."""
    if int(version.partition(".")[0]) > int(SCHEMA_VERSION.partition(".")[0]):
        raise UnreadableVersion(f"{file} has schema {version}; this version reads up to {SCHEMA_VERSION}")


def _parse(fields: Mapping[str, Any], folder: Path) -> RunInfo:
    suite = folder / "suite.toml"
    return RunInfo(
        path=folder,
        name=fields["run"],
        suite=fields["suite"],
        state=fields["state"],
        created=datetime.fromisoformat(fields["created"]),
        finished=datetime.fromisoformat(fields["finished"]) if fields["finished"] else None,
        wall_seconds=float(fields["wall_seconds"]),
        workers=int(fields["workers"]),
        versions=dict(fields["versions"]),
        python=fields["python"],
        machine=Machine(**fields["machine"]),
        plugins=tuple(PluginInfo(**plugin) for plugin in fields["plugins"]),
        suite_sha256=fields["suite_sha256"],
        suite_text=suite.read_text(encoding="utf-8", errors="replace") if suite.is_file() else "",
        looks=looks_from_json(fields),
        schema=str(fields["schema"]),
        contents=dict(fields.get("contents", {})),
        imported=ImportInfo(**fields["imported"]) if fields.get("imported") else None,
    )


def looks_from_json(fields: Mapping[str, Any]) -> tuple[LookInfo, ...]:
    """The looks that the fields of a `run.json` hold."""
    looks = fields.get("looks", ())
    return tuple(LookInfo(**{**one, "pairs": tuple(PairState(**pair) for pair in one["pairs"])}) for one in looks)
