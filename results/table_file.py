"""A table of evaluations as two files: rows in Parquet, and a TOML file that says what the columns are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w
from pydantic import Field

from .described_file import Described, read_description, sha256_of
from .errors import ResultsError
from .sealing import write_table, write_text

Scalar = str | int | float | bool
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"


class InvalidTable(ResultsError):
    """A table of evaluations that cannot be read; the text says what is wrong in which of its files."""


class FidelityColumn(Described):
    """Which column holds the fidelity, and the range that is offered."""

    column: str
    low: Annotated[float, Field(gt=0)]
    high: Annotated[float, Field(gt=0)]


class ParameterColumn(Described):
    """A parameter of the space, with the fields that its kind has."""

    kind: Literal["Float", "Integer", "Categorical"]
    column: str | None = None
    """Where its values are; None: in the column of its name. A null stands for a parameter that is not active."""
    low: int | float | None = None
    high: int | float | None = None
    log: bool | None = None
    choices: tuple[Scalar, ...] | None = None
    ordered: bool | None = None
    default: Scalar | None = None


class ConditionEntry(Described):
    """`parameter` is active only where `parent` is active and has one of `values`."""

    parameter: str
    parent: str
    values: tuple[Scalar, ...]


class TableDescription(Described):
    """What the TOML file says: each field is a key of it."""

    name: Annotated[str, Field(pattern=_NAME)]
    description: str = ""
    source: str = ""
    licence: str = ""
    parquet: str
    """The Parquet file, relative to the TOML file."""
    sha256: str | None = None
    """The Parquet file's SHA-256; None: it is not checked."""
    lookup: Literal["exact", "nearest", "forest"] | None = None
    """How a configuration is looked up unless a user says otherwise; None: exact where all are there, else nearest."""
    objectives: Annotated[dict[str, Literal["minimize", "maximize"]], Field(min_length=1)]
    """Goals by column."""
    values: tuple[str, ...] = ()
    """Columns that were measured beside the objectives."""
    held_out: dict[str, str] = Field(default_factory=dict)
    """Column of each held-out value, by the value's name."""
    cost: str | None = None
    """Column of the seconds that it took to get as far as the row's fidelity, all of them."""
    anew: bool = False
    """Whether each fidelity was begun anew: a trial that continues another one then costs all that its row says, and
    else what it adds."""
    replicate: str | None = None
    """Column that tells repetitions of one evaluation apart."""
    failure: str | None = None
    """Column that says why an evaluation failed, by the names of `tuner.FailureKind`."""
    fidelity: FidelityColumn | None = None
    parameters: Annotated[dict[str, ParameterColumn], Field(min_length=1)]
    conditions: tuple[ConditionEntry, ...] = ()

    @property
    def parameter_columns(self) -> dict[str, str]:
        """Column of each parameter, by its name."""
        return {name: entry.column or name for name, entry in self.parameters.items()}

    @property
    def numbers(self) -> list[str]:
        """The columns that hold numbers, whatever the parameters are."""
        measured = [*self.objectives, *self.values, *self.held_out.values()]
        return [*measured, *(name for name in (self.cost, self.fidelity and self.fidelity.column) if name)]

    @property
    def columns(self) -> list[str]:
        """Every column that the description names."""
        others = [name for name in (self.replicate, self.failure) if name]
        return [*self.parameter_columns.values(), *self.numbers, *others]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table whose description has been read; its rows have not."""

    path: Path
    """Of the TOML file."""
    description: TableDescription
    digest: str
    """SHA-256 of what both files hold."""

    @property
    def parquet(self) -> Path:
        """Where the rows are."""
        return self.path.parent / self.description.parquet

    def rows(self) -> pa.Table:
        """The rows, all columns that the description names; raises `InvalidTable` where they cannot be had."""
        try:
            stored = pq.read_schema(self.parquet)
            missing = [name for name in self.description.columns if name not in stored.names]
            if missing:
                raise InvalidTable(f"{self.parquet} lacks the column {missing[0]!r}; it has {', '.join(stored.names)}")
            rows = pq.read_table(self.parquet, columns=list(dict.fromkeys(self.description.columns)), partitioning=None)
        except (OSError, pa.ArrowException) as error:
            reason = str(error).partition("\n")[0]
            raise InvalidTable(f"{self.parquet} cannot be read: {reason}") from error
        for name in self.description.numbers:
            if not (pa.types.is_floating(rows[name].type) or pa.types.is_integer(rows[name].type)):
                raise InvalidTable(f"{self.parquet}: column {name!r} holds {rows[name].type}, not numbers")
        if not rows.num_rows:
            raise InvalidTable(f"{self.parquet} has no rows")
        return rows


def open_table_file(path: Path) -> TableFile:
    """The table that a TOML file describes; raises `InvalidTable`, on one line, for what is wrong with it."""
    description, text = read_description(path, TableDescription, InvalidTable)
    _check_columns(path, description)
    rows = sha256_of(path.parent / description.parquet, InvalidTable)
    if description.sha256 not in {None, rows}:
        told = f"its SHA-256 is {rows}, and {path.name} says {description.sha256}"
        raise InvalidTable(f"{path.parent / description.parquet} is not the file that was described: {told}")
    return TableFile(path, description, hashlib.sha256(text + rows.encode()).hexdigest())


def write_table_file(description: TableDescription, rows: pa.Table, folder: Path) -> Path:
    """Write both files, the rows' digest among the description; returns the path of the TOML file.

    Files of the same names are replaced.
    """
    place = folder / description.parquet
    write_table(rows, place)
    told = description.model_copy(update={"sha256": sha256_of(place, InvalidTable)})
    path = folder / f"{description.name}.toml"
    write_text(tomli_w.dumps(told.model_dump(mode="json", exclude_none=True, exclude_defaults=True)), path)
    return path


def parameter_entries(parameters: Mapping[str, Mapping[str, object]]) -> dict[str, ParameterColumn]:
    """Parameters as a space's JSON has them."""
    return {name: ParameterColumn.model_validate(fields) for name, fields in parameters.items()}


def _check_columns(path: Path, description: TableDescription) -> None:
    columns = description.columns
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise InvalidTable(f"{path}: column {twice[0]!r} is named twice")
    fidelity = description.fidelity
    if fidelity is not None and fidelity.low > fidelity.high:
        raise InvalidTable(f"{path}: fidelity needs low <= high, not [{fidelity.low:g}, {fidelity.high:g}]")
