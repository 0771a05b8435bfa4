"""A store: the studies and trials of one or several runs, read for analysis."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import CorruptStore, NoSuchRun
from .exhibits import StoredExhibits, stored_from_json
from .merging import merge_studies
from .reading import check_table, read_columns, to_frame
from .records import STUDIES, TRIALS
from .run_info import RunInfo, read_run_info


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

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """The numbers of every trial, quick to read even for millions.

        `position` (of its study in `studies`), trial, loss (of the first objective; NaN for a failure), full (whether
        at the highest fidelity), status, work, seconds, ask_seconds, tell_seconds, known_results (NaN if not stored).
        """
        names = ("trial", "losses", "fidelity", "status", "work", "seconds", "ask_seconds", "tell_seconds")
        table = self._columns((*names, "known_results"))
        highest = self.studies["fidelity_high"].to_numpy(dtype=np.float64)[self._positions]
        table = table.set_column(3, "status", pc.dictionary_encode(table["status"]))
        frame = to_frame(table.drop_columns(["losses", "fidelity", "known_results"]))
        frame["known_results"] = _numbers(table["known_results"])
        frame.insert(0, "position", self._positions)
        frame["loss"] = _numbers(pc.list_element(table["losses"], 0))
        frame["full"] = ~(_numbers(table["fidelity"]) < highest)
        return frame

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

    @cached_property
    def _positions(self) -> NDArray[np.intp]:
        """Position in `studies` of the study of every trial that is kept."""
        return np.concatenate([positions[positions >= 0] for positions in self._all_positions])

    @cached_property
    def _all_positions(self) -> list[NDArray[np.intp]]:
        """For each run, the position in `studies` of the study of every stored trial; -1 where it is dropped."""
        return [self._positions_in(number, run) for number, run in enumerate(self.runs)]

    def _positions_in(self, number: int, run: RunInfo) -> NDArray[np.intp]:
        mine = self.studies[self.studies["folder"] == number]
        stored = _read(run, "trials.parquet", TRIALS, ["study"])["study"].to_numpy()
        size = 1 + max(int(stored.max(initial=-1)), int(mine["study"].max()) if len(mine) else -1)
        position_of = np.full(size, -1, dtype=np.intp)
        position_of[mine["study"].to_numpy()] = mine.index.to_numpy()
        positions: NDArray[np.intp] = position_of[stored]
        return positions

    def _columns(self, names: tuple[str, ...] | list[str]) -> pa.Table:
        """Some columns of every trial that is kept, in the order of `outcomes`."""
        tables = []
        for run, positions in zip(self.runs, self._all_positions, strict=True):
            table = _read(run, "trials.parquet", TRIALS, names)
            tables.append(table if (positions >= 0).all() else table.filter(pa.array(positions >= 0)))
        return pa.concat_tables(tables)

    def _studies_of(self, run: RunInfo) -> pd.DataFrame:
        """The studies of one run, texts as plain strings, with the luck that `merge_studies` looks at."""
        frame = to_frame(_read(run, "studies.parquet", STUDIES, STUDIES.names))
        texts = frame.select_dtypes("category").columns
        frame = frame.astype(dict.fromkeys(texts, "str"))
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


def _numbers(column: pa.ChunkedArray | pa.Array) -> NDArray[np.float64]:
    """A column of floats; null becomes NaN."""
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
