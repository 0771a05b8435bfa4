"""The looks of a run that adds seeds until it is sure, made again from its stored trials."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from results.run_info import LookInfo
from results.sealing import read_table, write_table
from results.store import open_store

from .deciding import look_at, most_seeds
from .plan import Plan


def breach_of_looks(folder: Path, plan: Plan, looks: Sequence[LookInfo], *, is_finished: bool) -> str | None:
    """What is wrong with the looks of a run; None where they follow from its trials and it stopped when it had to."""
    if plan.suite.stop is None:
        return "run.json holds looks, but the suite does not stop once its pairs are decided"
    for place, (stored, expected) in enumerate(zip(looks, _remade(folder, plan, looks), strict=True)):
        if stored != expected:
            return f"look {place + 1}, after {stored.seeds} seeds, does not say what the trials say"
        if place < len(looks) - 1 and not stored.open_pairs:
            return f"no pair is open after {stored.seeds} seeds, but the run went on"
    may_go_on = not looks or (looks[-1].open_pairs > 0 and looks[-1].seeds < most_seeds(plan.suite))
    return (
        "the run is finished, though pairs are open and it may spend more seeds" if is_finished and may_go_on else None
    )


def _remade(folder: Path, plan: Plan, stored: Sequence[LookInfo]) -> list[LookInfo]:
    """As many looks as are stored, each at what the tables held after its round, those before it taken as stored."""
    with tempfile.TemporaryDirectory() as place:
        return [_look(folder, Path(place), plan.of_rounds(0, number), stored[:number]) for number in range(len(stored))]


def _look(folder: Path, place: Path, plan: Plan, before: Sequence[LookInfo]) -> LookInfo:
    numbers = pa.array([study.number for study in plan.studies], pa.int32())
    for name in ("studies.parquet", "trials.parquet"):
        table = read_table(folder / name)
        write_table(table.filter(pc.is_in(table["study"], numbers)), place / name)
    shutil.copy(folder / "run.json", place)
    return look_at(open_store(place), plan.suite, before)
