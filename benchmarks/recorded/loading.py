"""From the two files of a table to the evaluations in memory, with everything checked on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from results.table_file import InvalidTable, ParameterColumn, TableDescription, TableFile, open_table_file
from tuner.configuration import Configuration, Value
from tuner.errors import TunerError
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.space import Condition, SearchSpace
from tuner.trial import FailureKind

from .evaluations import Evaluations

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS = {"Float": Float, "Integer": Integer, "Categorical": Categorical}


def load_evaluations(path: Path) -> Evaluations:
    """The evaluations of a table; read once a process, for as long as its files stay as they are."""
    file = open_table_file(path)
    return _load(str(file.path), file.digest)


def space_of(description: TableDescription, path: Path) -> SearchSpace:
    """The space that a description declares; raises `InvalidTable` where there is no such space."""
    try:
        parameters = {name: _parameter(name, entry) for name, entry in description.parameters.items()}
        conditions = tuple(Condition(c.parameter, c.parent, c.values) for c in description.conditions)
        return SearchSpace(parameters, conditions)
    except TunerError as error:
        raise InvalidTable(f"{path}: {error}") from None


@lru_cache(maxsize=8)
def _load(path: str, digest: str) -> Evaluations:
    file = open_table_file(Path(path))
    if file.digest != digest:
        raise InvalidTable(f"{path} has changed while it was read")
    space = space_of(file.description, file.path)
    return _Reading(file, space).evaluations()


def _parameter(name: str, entry: ParameterColumn) -> Parameter:
    fields = entry.model_dump(exclude_none=True, exclude={"kind", "column"})
    try:
        made: Parameter = _KINDS[entry.kind](**fields)
    except TypeError as error:
        raise TunerError(f"parameter {name!r}: {str(error).partition('() ')[2]}") from None
    except TunerError as error:
        raise TunerError(f"parameter {name!r}: {error}") from None
    return made


class _Reading:
    """One pass over the rows of a table."""

    def __init__(self, file: TableFile, space: SearchSpace) -> None:
        self._file = file
        self._told = file.description
        self._space = space
        self._rows = file.rows()

    def evaluations(self) -> Evaluations:
        configurations, owner = self._configurations()
        levels, level = self._levels()
        rows = self._cells(owner, len(configurations), level, len(levels), self._replicates())
        numbers = self._numbers()
        found = Evaluations(self._told, self._space, configurations, levels, rows, numbers, self._failures())
        self._check_numbers(found)
        return found

    def _configurations(self) -> tuple[list[Configuration], NDArray[np.int64]]:
        """The distinct configurations in order of appearance, and which one each row is of."""
        columns = self._told.parameter_columns
        codes, values = zip(*[self._coded(name, column) for name, column in columns.items()], strict=True)
        key = np.zeros(self._rows.num_rows, dtype=np.int64)
        for code, known in zip(codes, values, strict=True):
            key = np.unique(key * (len(known) + 1) + code + 1, return_inverse=True)[1]
        firsts, owner = _by_appearance(key)
        found = [self._configuration(row, codes, values) for row in firsts.tolist()]
        return found, owner

    def _coded(self, name: str, column: str) -> tuple[NDArray[np.int64], list[Value]]:
        """The distinct values of a parameter, and the place of each row's among them; -1 where it is not active."""
        encoded = pc.dictionary_encode(self._rows[column]).combine_chunks()
        encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        parameter = self._space.parameters[name]
        values = [_decoded(raw, parameter) for raw in encoded.dictionary.to_pylist()]
        for place, value in enumerate(values):
            if not parameter.accepts(value):
                row = int(np.flatnonzero(codes == place)[0])
                raise InvalidTable(f"{self._row(row)}: {name} = {value!r} is not {parameter.describe()}")
        return codes, values

    def _configuration(
        self, row: int, codes: Sequence[NDArray[np.int64]], values: Sequence[list[Value]]
    ) -> Configuration:
        chosen = {
            name: known[code[row]]
            for name, code, known in zip(self._space.names, codes, values, strict=True)
            if code[row] >= 0
        }
        try:
            self._space.check(chosen)
        except TunerError as error:
            raise InvalidTable(f"{self._row(row)}: {error}") from None
        return Configuration(chosen)

    def _levels(self) -> tuple[list[float], NDArray[np.int64]]:
        """The fidelities, ascending, and which one each row is of."""
        offered = self._told.fidelity
        if offered is None:
            return [0.0], np.zeros(self._rows.num_rows, dtype=np.int64)
        column = _floats(self._rows[offered.column])
        wrong = np.flatnonzero(~(np.isfinite(column) & (column > 0)))
        if wrong.size:
            raise InvalidTable(f"{self._row(wrong[0])}: {offered.column} = {column[wrong[0]]:g} is no fidelity")
        levels, level = np.unique(column, return_inverse=True)
        for name, end in (("low", offered.low), ("high", offered.high)):
            if not levels[0] <= end <= levels[-1]:
                told = f"the fidelities recorded are {levels[0]:g} to {levels[-1]:g}"
                raise InvalidTable(f"{self._file.path}: fidelity.{name} = {end:g}, but {told}")
        return levels.tolist(), level.astype(np.int64)

    def _replicates(self) -> NDArray[np.int64]:
        if self._told.replicate is None:
            return np.zeros(self._rows.num_rows, dtype=np.int64)
        codes = pc.dictionary_encode(self._rows[self._told.replicate], null_encoding="encode").combine_chunks()
        codes = codes.chunk(0) if isinstance(codes, pa.ChunkedArray) else codes
        found: NDArray[np.int64] = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return found

    def _cells(
        self,
        owner: NDArray[np.int64],
        configurations: int,
        level: NDArray[np.int64],
        levels: int,
        replicate: NDArray[np.int64],
    ) -> NDArray[np.int32]:
        repeated = int(replicate.max()) + 1
        cell = (owner * levels + level) * repeated + replicate
        _, firsts, counts = np.unique(cell, return_index=True, return_counts=True)
        if (counts > 1).any():
            first = int(firsts[counts > 1][0])
            again = int(np.flatnonzero(cell == cell[first])[1])
            told = "name a replicate column" if self._told.replicate is None else "their replicate is the same"
            raise InvalidTable(f"{self._row(again)} repeats the evaluation of row {first}: {told}")
        flat = np.full(configurations * levels * repeated, -1, dtype=np.int32)
        flat[cell] = np.arange(len(cell), dtype=np.int32)
        rows = flat.reshape(configurations, levels, repeated)
        order = np.argsort((rows < 0).all(axis=1), axis=1, kind="stable")
        found: NDArray[np.int32] = np.take_along_axis(rows, order[:, None, :], axis=2)
        return found

    def _numbers(self) -> dict[str, NDArray[np.float64]]:
        fidelity = self._told.fidelity and self._told.fidelity.column
        return {name: _floats(self._rows[name]) for name in self._told.numbers if name != fidelity}

    def _failures(self) -> list[FailureKind] | None:
        if self._told.failure is None:
            return None
        texts = [text or FailureKind.ERROR for text in self._rows[self._told.failure].to_pylist()]
        known = {kind.value: kind for kind in FailureKind}
        unknown = next((row for row, text in enumerate(texts) if text not in known), None)
        if unknown is not None:
            allowed = ", ".join(known)
            raise InvalidTable(f"{self._row(unknown)}: {self._told.failure} = {texts[unknown]!r} is none of {allowed}")
        return [known[text] for text in texts]

    def _check_numbers(self, found: Evaluations) -> None:
        for name in self._told.objectives:
            infinite = np.flatnonzero(np.isinf(found.numbers[name]))
            if infinite.size:
                told = "an objective is finite, and null where the evaluation failed"
                raise InvalidTable(f"{self._row(infinite[0])}: {name} = {found.numbers[name][infinite[0]]:g}: {told}")
        if self._told.cost is not None:
            cost = found.numbers[self._told.cost]
            wrong = np.flatnonzero(~(np.isfinite(cost) & (cost >= 0)))
            if wrong.size:
                told = "a cost is a finite number of seconds, also where the evaluation failed"
                raise InvalidTable(f"{self._row(wrong[0])}: {self._told.cost} = {cost[wrong[0]]:g}: {told}")

    def _row(self, row: int) -> str:
        return f"{self._file.parquet}, row {row}"


def _by_appearance(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each distinct key, ascending, and each row's place among them."""
    _, firsts, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return firsts[order], place[inverse]


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A column of numbers; null becomes NaN."""
    found: NDArray[np.float64] = np.asarray(column.to_numpy(), dtype=np.float64)
    return found


def _decoded(raw: Value, parameter: Parameter) -> Value:
    """A stored value as the parameter has it; what the parameter does not accept stays as it is."""
    if isinstance(parameter, Float):
        return float(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if isinstance(parameter, Integer):
        return int(raw) if isinstance(raw, float) and raw.is_integer() else raw
    if isinstance(raw, str) and any(type(choice) is not str for choice in parameter.choices):
        known: Mapping[object, Value] = {json.dumps(choice): choice for choice in parameter.choices}
        return known.get(raw, raw)
    return next((c for c in parameter.choices if c == raw and _is_number(c) == _is_number(raw)), raw)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
