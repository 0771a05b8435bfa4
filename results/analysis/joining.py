"""Several runs as one store: what was matched, what was kept apart and why, and what does not compare across runs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from ..merging import STRATEGY_IDENTITY, TASK_IDENTITY, placed_studies
from ..reading import read_columns, to_frame
from ..records import STUDIES, TRIALS
from ..run_info import RunInfo
from ..store import Store
from .joining_words import told, worded

_LIMITS = ("trial_seconds", "trial_memory_mb")

_Facts: TypeAlias = Mapping[str, str]
"""Something of a run, by name."""


@dataclass(frozen=True, slots=True)
class JoinedRun:
    """What one run adds to the store."""

    name: str
    """With a number where an earlier run has the same name."""
    suite: str
    state: str
    schema: str
    studies: int
    """How many it holds."""
    repeated: int
    """How many of them were left out, since an earlier run holds the same study."""
    first_seed: int
    """What its lowest seed is called in the store."""
    own_first_seed: int
    """What it is called in the run; the two differ where its seeds mean other luck than those of a run before."""
    like: tuple[str, ...] = ()
    """The runs before it with which it shares a task and a seed there that means the same luck."""
    unlike: tuple[str, ...] = ()
    """The runs before it with which it shares a task and a seed there that means other luck."""

    @property
    def is_paired(self) -> bool:
        """Whether its seeds mean the same luck as those of the runs before it, as far as they share tasks."""
        return not self.unlike


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not the same in all runs."""

    subject: str
    """What it is about: a task, a strategy, seeds, versions, machines, limits, schema, state."""
    difference: str
    consequence: str
    """What a reader must not conclude."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How the runs of a store fit together."""

    runs: tuple[JoinedRun, ...]
    tasks: tuple[str, ...]
    """Labels that several runs have and that mean the same task in each."""
    strategies: tuple[str, ...]
    """Likewise for strategies."""
    same_luck: tuple[tuple[str, ...], ...]
    """Runs that share seeds, each with the same luck in all of them: groups of two or more."""
    mismatches: tuple[Mismatch, ...]


def joining(store: Store) -> Joining:
    """What was matched and what was not, from run.json, suite.toml and the studies of each run."""
    names = _names(store.runs)
    frames = [_own_studies(run) for run in store.runs]
    placed = placed_studies(frames, names).assign(own_seed=[seed for frame in frames for seed in frame["seed"]])
    runs = tuple(_joined(store, place, names, placed) for place in range(len(frames)))
    labelled = dict(zip(names, frames, strict=True))
    found = (
        *_state(runs),
        *_identity(labelled, "task", TASK_IDENTITY),
        *_identity(labelled, "strategy", STRATEGY_IDENTITY),
        *_only_in_some(labelled),
        *_seeds(runs),
        *_facts(store.runs, names),
    )
    return Joining(
        runs,
        _shared(labelled, "task", TASK_IDENTITY),
        _shared(labelled, "strategy", STRATEGY_IDENTITY),
        _groups(runs),
        found,
    )


def _names(runs: Sequence[RunInfo]) -> list[str]:
    given = [run.name for run in runs]
    return [name if name not in given[:i] else f"{name} #{given[: i + 1].count(name)}" for i, name in enumerate(given)]


def _own_studies(run: RunInfo) -> pd.DataFrame:
    """The studies under the labels and seeds that the run itself gave them, with their luck (`merge_studies`)."""
    found = _read(run, "studies.parquet", STUDIES, STUDIES.names)
    found = found.astype(dict.fromkeys(found.select_dtypes("category").columns, object))
    first = _read(run, "trials.parquet", TRIALS, ["study", "trial", "trial_seed"]).query("trial == 0")
    return found.assign(luck=found["study"].map(first.set_index("study")["trial_seed"]).astype(float))


def _read(run: RunInfo, name: str, schema: pa.Schema, columns: Sequence[str]) -> pd.DataFrame:
    """Columns of a table; without rows where a run that is under way does not have it yet."""
    file = run.path / name
    return to_frame(read_columns(file, columns) if file.exists() else schema.empty_table().select(list(columns)))


def _joined(store: Store, place: int, names: Sequence[str], placed: pd.DataFrame) -> JoinedRun:
    own, run = placed[placed["folder"] == place], store.runs[place]
    kept = int((store.studies["folder"] == place).sum())
    first = int(own["own_seed"].min()) if len(own) else 0
    shift = int((own["seed"] - own["own_seed"]).max()) if len(own) else 0
    luck = {before: _luck(placed, before) for before in range(place + 1)}
    like = [names[before] for before in range(place) if luck[before]["seed"].keys() & luck[place]["seed"].keys()]
    unlike = [names[before] for before in range(place) if _is_other(luck[before]["own_seed"], luck[place]["own_seed"])]
    return JoinedRun(
        names[place],
        run.suite,
        run.state,
        run.schema,
        len(own),
        len(own) - kept,
        first + shift,
        first,
        like=tuple(like),
        unlike=tuple(unlike),
    )


def _luck(placed: pd.DataFrame, place: int) -> dict[str, dict[Hashable, float]]:
    """The luck of one run by task and seed, where it is known: by seeds of the store, and by those of the run."""
    known = placed[(placed["folder"] == place) & placed["luck"].notna()]
    return {seed: known.groupby(["task", seed])["luck"].first().to_dict() for seed in ("seed", "own_seed")}


def _is_other(one: Mapping[Hashable, float], other: Mapping[Hashable, float]) -> bool:
    return any(one[key] != other[key] for key in one.keys() & other.keys())


def _groups(runs: Sequence[JoinedRun]) -> tuple[tuple[str, ...], ...]:
    groups: list[list[str]] = []
    for run in runs:
        joined = [group for group in groups if not set(group).isdisjoint(run.like)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(name for group in joined for name in group), run.name])
    return tuple(tuple(group) for group in groups if len(group) > 1)


def _meanings(frames: Mapping[str, pd.DataFrame], label: str, columns: Sequence[str]) -> dict[str, dict[str, _Facts]]:
    """What each label means in each run that has it."""
    found: dict[str, dict[str, _Facts]] = {}
    for run, frame in frames.items():
        for row in frame.drop_duplicates(label).astype(object).to_dict("records"):
            found.setdefault(str(row[label]), {})[run] = {name: worded(name, row[name]) for name in columns}
    return found


def _shared(frames: Mapping[str, pd.DataFrame], label: str, columns: Sequence[str]) -> tuple[str, ...]:
    meanings = _meanings(frames, label, columns)
    return tuple(name for name, runs in meanings.items() if len(runs) > 1 and not _differing(runs))


def _differing(runs: Mapping[str, _Facts]) -> list[str]:
    """The facts that are not the same in all of these runs."""
    facts = dict.fromkeys(name for one in runs.values() for name in one)
    return [name for name in facts if len({one.get(name) for one in runs.values()}) > 1]


def _state(runs: Sequence[JoinedRun]) -> Iterator[Mismatch]:
    for run in runs:
        if run.state != "finished":
            yield Mismatch("state", f"{run.name} is {run.state}", "what it lacks is missing, and may change the answer")


def _identity(frames: Mapping[str, pd.DataFrame], label: str, columns: Sequence[str]) -> Iterator[Mismatch]:
    """Labels that several runs have and that mean something else in each."""
    for name, runs in _meanings(frames, label, columns).items():
        if facts := _differing(runs):
            difference = "; ".join(told(fact, {run: one[fact] for run, one in runs.items()}) for fact in facts)
            yield Mismatch(f"{label} {name}", difference, f"kept apart as different {_plural(label)}")


def _only_in_some(frames: Mapping[str, pd.DataFrame]) -> Iterator[Mismatch]:
    """Tasks that some strategies never met, since their run does not have them."""
    tasks = {run: set(frame["task"].astype(str)) for run, frame in frames.items()}
    everywhere = set.intersection(*tasks.values()) & set(_shared(frames, "task", TASK_IDENTITY))
    for run, own in tasks.items():
        if missing := sorted(set().union(*tasks.values()) - own):
            yield Mismatch(
                "tasks",
                f"{run} does not have {', '.join(missing)}",
                "strategies that ran in it alone do not compare on these tasks"
                if everywhere
                else "no task is common to all runs, so overall scores do not compare across them",
            )


def _seeds(runs: Sequence[JoinedRun]) -> Iterator[Mismatch]:
    for run in runs:
        if not run.is_paired:
            is_moved = run.first_seed != run.own_first_seed
            moved = f": its seed {run.own_first_seed} is seed {run.first_seed} here" if is_moved else ""
            yield Mismatch(
                "seeds",
                f"those of {run.name} mean other luck (splits, noise, initial designs) than those of "
                f"{' and '.join(run.unlike)}{moved}",
                "strategies of these runs share no seeds: tests with the same seed do not compare them",
            )


def _facts(runs: Sequence[RunInfo], names: Sequence[str]) -> Iterator[Mismatch]:
    """What run.json and suite.toml say otherwise."""
    for subject, of_run, consequence in _COMPARED:
        by_run = dict(zip(names, map(of_run, runs), strict=True))
        for fact in dict.fromkeys(name for one in by_run.values() for name in one):
            having = {run: one[fact] for run, one in by_run.items() if fact in one}
            if len(set(having.values())) > 1:
                yield Mismatch(subject, told(fact, having), consequence)


def _versions(run: RunInfo) -> _Facts:
    return {} if run.imported else {"Python": run.python, **run.versions}


def _machine(run: RunInfo) -> _Facts:
    if run.imported:
        return {"machine": "unknown, imported"}
    machine = run.machine
    told = f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:.1f} GB, {machine.system}"
    return {"machine": told, "workers": str(run.workers)}


def _sources(run: RunInfo) -> _Facts:
    return {f"{plugin.kind} {plugin.name}": plugin.sha256[:12] for plugin in run.plugins if plugin.sha256}


def _limits(run: RunInfo) -> _Facts:
    """The limits of a trial for the whole suite."""
    try:
        suite = tomllib.loads(run.suite_text)
    except tomllib.TOMLDecodeError:
        return {}
    return {} if not suite else {name: worded(name, suite.get(name)) for name in _LIMITS}


def _schema(run: RunInfo) -> _Facts:
    return {"schema": run.schema}


def _contents(run: RunInfo) -> _Facts:
    return {label: digest[:12] for label, digest in run.contents.items()}


_COMPARED: Sequence[tuple[str, Callable[[RunInfo], _Facts], str]] = (
    ("source", _sources, "the same label may stand for different code: do not take them for one"),
    ("contents", _contents, "the task reads other data: its values do not compare across runs"),
    ("limits", _limits, "trials that fail in one run may succeed in another"),
    ("versions", _versions, "the same seed may give other values"),
    ("machine", _machine, "times do not compare across runs: evaluation, own time, cost"),
    ("schema", _schema, "columns that came later are unknown in the older run"),
)


def _plural(label: str) -> str:
    return "strategies" if label == "strategy" else f"{label}s"
