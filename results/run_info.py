"""What `run.json` says about a run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

from .errors import CorruptStore, ImportedRun, NoSuchRun, UnreadableVersion
from .records import SCHEMA_VERSION

State = Literal["running", "interrupted", "finished"]
_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "str": str,
    "str | None": (str, type(None)),
    "bool": bool,
    "int": int,
    "float": (float, int),
}
"""What JSON holds for a field that is declared so."""


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
    sha256: str | None
    """Hash of its source file; None where there is no such file."""


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


_Part = Machine | PluginInfo | PairState | LookInfo | ImportInfo


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


def read_run_info(folder: Path, name: str = "run.json") -> RunInfo:
    """The run stored in this folder, as this file of it tells.

    Raises `NoSuchRun`, `CorruptStore` or `UnreadableVersion`.
    """
    file = folder / name
    if not file.is_file():
        raise NoSuchRun(f"no run in {str(folder)!r}: a run's folder holds run.json, studies.parquet and trials.parquet")
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        check_version(str(told["schema"]), file)
        info = _parse(told, folder)
        _check_types(info)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CorruptStore(f"{file} is damaged: {type(error).__name__}: {error}") from error
    return info


def check_version(version: str, file: Path) -> None:
    """Raise `UnreadableVersion` unless the file's major version is one that this code knows."""
    if int(version.partition(".")[0]) > int(SCHEMA_VERSION.partition(".")[0]):
        raise UnreadableVersion(f"{file} has schema {version}; this version reads up to {SCHEMA_VERSION}")


def _parse(told: Mapping[str, Any], folder: Path) -> RunInfo:
    suite = folder / "suite.toml"
    return RunInfo(
        path=folder,
        name=told["run"],
        suite=told["suite"],
        state=told["state"],
        created=datetime.fromisoformat(told["created"]),
        finished=datetime.fromisoformat(told["finished"]) if told["finished"] else None,
        wall_seconds=float(told["wall_seconds"]),
        workers=int(told["workers"]),
        versions=dict(told["versions"]),
        python=told["python"],
        machine=Machine(**told["machine"]),
        plugins=tuple(PluginInfo(**plugin) for plugin in told["plugins"]),
        suite_sha256=told["suite_sha256"],
        suite_text=suite.read_text(encoding="utf-8", errors="replace") if suite.is_file() else "",
        looks=looks_from_json(told),
        schema=str(told["schema"]),
        contents=dict(told.get("contents", {})),
        imported=ImportInfo(**told["imported"]) if told.get("imported") else None,
    )


def _check_types(info: RunInfo) -> None:
    """Raise TypeError or ValueError where a field holds something else than it says."""
    if info.state not in get_args(State):
        raise ValueError(f"state is {info.state!r:.100}, and not one of {', '.join(get_args(State))}")
    if info.created.tzinfo is None or (info.finished is not None and info.finished.tzinfo is None):
        raise ValueError("an instant has no time zone")
    parts: list[_Part] = [info.machine, *info.plugins, *info.looks]
    parts += [pair for look in info.looks for pair in look.pairs]
    parts += [] if info.imported is None else [info.imported]
    for part in parts:
        _check_fields(part)
    for text in (info.name, info.suite, info.python, info.suite_sha256, *_flat(info.versions), *_flat(info.contents)):
        _check_kind(text, "str", "a text")
    _check_kind(info.wall_seconds, "float", "wall_seconds")


def _check_fields(part: _Part) -> None:
    for one in fields(part):
        if str(one.type) in _KINDS:
            _check_kind(getattr(part, one.name), str(one.type), one.name)


def _check_kind(value: object, kind: str, name: str) -> None:
    if not isinstance(value, _KINDS[kind]) or (kind != "bool" and isinstance(value, bool)):
        raise TypeError(f"{name} is {value!r:.100}, and no {kind}")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value}")


def _flat(told: Mapping[str, str]) -> Iterator[str]:
    for name, text in told.items():
        yield from (name, text)


def looks_from_json(fields: Mapping[str, Any]) -> tuple[LookInfo, ...]:
    """The looks that the fields of a `run.json` hold."""
    looks = fields.get("looks", ())
    return tuple(LookInfo(**{**one, "pairs": tuple(PairState(**pair) for pair in one["pairs"])}) for one in looks)
