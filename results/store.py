"""A store: the studies and trials of one or several runs, read for analysis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import CorruptStore, NoSuchRun, NothingToCompare, UnknownLabel
from .exhibits import StoredExhibits, stored_from_json
from .merging import merge_studies
from .reading import check_table, read_columns, read_numbers, to_frame, unfilled_numbers
from .records import STUDIES, TRIALS
from .run_info import RunInfo, read_run_info

_OUTCOMES = (
    *("position", "trial", "status", "work", "seconds", "ask_seconds", "tell_seconds", "known_results"),
    *("loss", "full"),
)


def open_store(*paths: str | Path) -> Store:
    """The runs in these folders, to be compared together.

    Raises `NoSuchRun`, `CorruptStore` or `UnreadableVersion`. Of several runs:

    - a strategy's label that means other options or another version in another run becomes "label (run)", and so
      does a task's label that means other options, another space, other objectives, or another budget or parallelism;
    - runs whose seeds mean the same luck are paired by seed, and a study that several hold is taken from the first;
    - the seeds of a run with other luck are counted on from those of the runs before it.
    """
    if not paths:
        raise NoSuchRun("no run named: give the folder of at least one run")
    return Store(tuple(Path(path) for path in paths))


class Store:
    """One or several runs, read only as far as asked; made by `open_store`."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.paths: tuple[Path, ...] = paths
        """The runs' folders."""
        self.runs: tuple[RunInfo, ...] = tuple(read_run_info(path) for path in paths)
        """What is known of each run, in the same order."""
        self.remembered: dict[object, Any] = {}
        """What analyses have made of this store; kept by `results.remembering`."""
        for run in self.runs:
            for file, schema in (("studies.parquet", STUDIES), ("trials.parquet", TRIALS)):
                if _is_there(run, file):
                    check_table(run.path / file, schema)

    @cached_property
    def studies(self) -> pd.DataFrame:
        """One row a study, as in `records.STUDIES`, in the order of the plan; labels and seeds as merged.

        The index counts from 0; `folder` is the position of the study's run in `runs`.
        """
        frames = [self._studies_of(run) for run in self.runs]
        return merge_studies(frames, [run.name for run in self.runs]).drop(columns="luck")

    @property
    def tasks(self) -> tuple[str, ...]:
        """Labels of the tasks, in order of first appearance in the plan."""
        return tuple(self.studies["task"].unique())

    @property
    def strategies(self) -> tuple[str, ...]:
        """Labels of the strategies, in order of first appearance in the plan."""
        return tuple(self.studies["strategy"].unique())

    def narrowed(self, tasks: Collection[str] = (), strategies: Collection[str] = ()) -> Store:
        """The store without the studies of other tasks and strategies; none named stands for all.

        Raises `UnknownLabel` for a label that it does not hold, `NothingToCompare` where no study is left.
        """
        if not tasks and not strategies:
            return self
        kept = self.studies
        for column, labels, known in (("task", tasks, self.tasks), ("strategy", strategies, self.strategies)):
            unknown = next((label for label in labels if label not in known), None)
            if unknown is not None:
                raise UnknownLabel(f"no {column} {unknown!r} in {', '.join(run.name for run in self.runs)}")
            kept = kept[kept[column].isin(list(labels))] if labels else kept
        if kept.empty:
            raise NothingToCompare("no study of these tasks and strategies is stored")
        narrow = Store(self.paths)
        narrow.studies = kept.reset_index(drop=True)
        return narrow

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """The numbers of every trial, quick to read even for millions.

        `position` (of its study in `studies`), trial, status, work, seconds, ask_seconds, tell_seconds, known_results
        (NaN if not stored), loss (of the first objective; NaN for a failure), full (whether at the highest fidelity).
        """
        return self.read_outcomes(*_OUTCOMES)

    def read_outcomes(self, *names: str) -> pd.DataFrame:
        """Some columns of `outcomes`, read anew: for those who need no more, and would not keep the rest in memory."""
        stored = self._numbers([source for name in names for source in self._sources(name)])
        return pd.DataFrame({name: self._outcome(name, stored) for name in names}, copy=False)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The losses of all objectives [trials, objectives], row by row as in `outcomes`.

        NaN for a failure, and for objectives that others' tasks have and the trial's own has not.
        """
        lists = self._columns(("losses",))["losses"].combine_chunks()
        counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        losses = np.full((len(lists), int(counts.max(initial=1))), np.nan)
        losses[np.arange(losses.shape[1]) < counts[:, None]] = _numbers(pc.list_flatten(lists))
        return losses

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a trial, as in `records.TRIALS`, with labels and seeds as merged; maps are dicts.

        Slow for millions of trials: analysis reads `outcomes` and `pick`.
        """
        frame = to_frame(self._columns(TRIALS.names))
        for name in ("task", "strategy"):
            labels = pd.Categorical(self.studies[name], categories=self.studies[name].unique())
            frame[name] = labels.take(self._positions)
        frame["seed"] = self.studies["seed"].to_numpy()[self._positions]
        return frame

    def trials_of(self, task: str) -> pd.DataFrame:
        """The trials of one task."""
        return self.trials[self.trials["task"] == task]

    @property
    def exhibits(self) -> tuple[StoredExhibits, ...]:
        """What the runs have stored of the trials they explained, in the order of runs and files.

        Read anew each time. Raises `CorruptStore` for the first file that is damaged; `read_exhibits` reads one alone.
        """
        read = map(self.read_exhibits, self.exhibit_files)
        return tuple(stored for stored in read if stored is not None)

    @property
    def exhibit_files(self) -> tuple[Path, ...]:
        """The files that hold exhibits; none for a run that explained no trial."""
        files = [sorted((path / "exhibits").glob("*.json")) for path in self.paths]
        return tuple(dict.fromkeys(file for of_run in files for file in of_run))

    def read_exhibits(self, file: Path) -> StoredExhibits | None:
        """What one of `exhibit_files` holds, labels and seed as merged; None where the store dropped the study.

        Raises `CorruptStore` where the file is damaged.
        """
        number = self.paths.index(file.parents[1])
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CorruptStore(f"{file} cannot be read: {error}") from error
        stored = stored_from_json(text, self.runs[number].name, where=str(file))
        studies = self.studies
        mine = studies[(studies["folder"] == number) & (studies["study"] == stored.study)]
        if mine.empty:
            return None
        merged = mine.iloc[0]
        return replace(stored, task=str(merged["task"]), strategy=str(merged["strategy"]), seed=int(merged["seed"]))

    def are_accumulated(self, positions: pd.Index[int]) -> NDArray[np.bool_]:
        """Whether the trials of each of these studies hold the best so far, and not their own values."""
        imported = [run.imported for run in self.runs]
        of_run = np.array([one is not None and one.is_accumulated for one in imported], dtype=np.bool_)
        are: NDArray[np.bool_] = of_run[self.studies["folder"].to_numpy()[positions]]
        return are

    def pick(self, rows: NDArray[np.intp], *names: str) -> pd.DataFrame:
        """Some columns of `trials`, of the trials in these rows of `outcomes` only: quick where they are few."""
        return to_frame(self._columns(names).take(rows))

    def _sources(self, name: str) -> list[str]:
        """The stored numbers that a column of `outcomes` is made of."""
        if name == "full":
            return ["fidelity"] if self.studies["fidelity_high"].notna().any() else []
        return [] if name in {"position", "status"} else ["losses" if name == "loss" else name]

    def _outcome(self, name: str, stored: Mapping[str, NDArray[np.generic]]) -> NDArray[np.generic] | pd.Series:
        if name == "position":
            return self._positions
        if name == "status":
            status = pc.dictionary_encode(self._columns(("status",))["status"])
            return to_frame(pa.table({"status": status}))["status"]
        if name == "full":
            return self._are_full(stored.get("fidelity"))
        return stored["losses" if name == "loss" else name]

    def _are_full(self, fidelity: NDArray[np.generic] | None) -> NDArray[np.bool_]:
        """Whether trials at these fidelities are at the highest; None where no task has any."""
        if fidelity is None:
            return np.ones(self._positions.size, dtype=np.bool_)
        highest = self.studies["fidelity_high"].to_numpy(dtype=np.float64)
        return ~(np.asarray(fidelity, dtype=np.float64) < highest[self._positions])

    @cached_property
    def _positions(self) -> NDArray[np.intp]:
        """Position in `studies` of the study of every trial that is kept."""
        kept = [positions if is_kept is None else positions[is_kept] for positions, is_kept in self._all_positions]
        return kept[0] if len(kept) == 1 else np.concatenate(kept)

    @cached_property
    def _all_positions(self) -> list[tuple[NDArray[np.intp], NDArray[np.bool_] | None]]:
        """For each run, the position in `studies` of the study of every stored trial, and which trials are kept.

        -1 where the study is dropped; None where all are kept.
        """
        return [self._positions_in(number, run) for number, run in enumerate(self.runs)]

    def _positions_in(self, number: int, run: RunInfo) -> tuple[NDArray[np.intp], NDArray[np.bool_] | None]:
        mine = self.studies[self.studies["folder"] == number]
        stored = np.asarray(_read_numbers(run, ["study"])["study"], dtype=np.intp)
        size = 1 + max(int(stored.max(initial=-1)), int(mine["study"].max()) if len(mine) else -1)
        position_of = np.full(size, -1, dtype=np.intp)
        position_of[mine["study"].to_numpy()] = mine.index.to_numpy()
        if np.array_equal(position_of, np.arange(size)):
            return stored, None
        positions = position_of[stored]
        is_kept = positions >= 0
        return positions, None if is_kept.all() else is_kept

    def _columns(self, names: tuple[str, ...] | list[str]) -> pa.Table:
        """Some columns of every trial that is kept, in the order of `outcomes`."""
        tables = []
        for run, (_, is_kept) in zip(self.runs, self._all_positions, strict=True):
            table = _read(run, "trials.parquet", TRIALS, names)
            tables.append(table if is_kept is None else table.filter(pa.array(is_kept)))
        return pa.concat_tables(tables)

    def _numbers(self, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
        """The same, of columns of numbers, as arrays by name."""
        parts = []
        for run, (_, is_kept) in zip(self.runs, self._all_positions, strict=True):
            found = _read_numbers(run, names) if names else {}
            parts.append(found if is_kept is None else {name: column[is_kept] for name, column in found.items()})
        return parts[0] if len(parts) == 1 else {name: np.concatenate([part[name] for part in parts]) for name in names}

    def _studies_of(self, run: RunInfo) -> pd.DataFrame:
        """The studies of one run, texts as plain strings, with the luck that `merge_studies` looks at."""
        table = _read(run, "studies.parquet", STUDIES, STUDIES.names)
        frame = to_frame(table.cast(_with_plain_texts(table.schema)))
        frame["luck"] = np.nan
        if len(self.runs) > 1:
            first = to_frame(_read(run, "trials.parquet", TRIALS, ["study", "trial", "trial_seed"])).query("trial == 0")
            frame["luck"] = frame["study"].map(first.set_index("study")["trial_seed"])
        return frame


def _is_there(run: RunInfo, file: str) -> bool:
    """Whether the run has this table; one that is under way may not have it yet."""
    if (run.path / file).exists():
        return True
    if run.state == "finished":
        raise CorruptStore(f"{run.path / file} is missing, though the run is finished")
    return False


def _read(run: RunInfo, file: str, schema: pa.Schema, names: tuple[str, ...] | list[str]) -> pa.Table:
    if _is_there(run, file):
        return read_columns(run.path / file, names)
    return pa.schema([schema.field(name) for name in names]).empty_table()


def _with_plain_texts(schema: pa.Schema) -> pa.Schema:
    """The schema with texts as they are, and not as places in a list of distinct ones."""
    fields = [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in schema]
    return pa.schema(fields)


def _read_numbers(run: RunInfo, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    if _is_there(run, "trials.parquet"):
        return read_numbers(run.path / "trials.parquet", names)
    return unfilled_numbers(names, 0)


def _numbers(column: pa.ChunkedArray | pa.Array) -> NDArray[np.float64]:
    """A column of floats; null becomes NaN."""
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
