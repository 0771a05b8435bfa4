"""A suite: which strategies meet which tasks, with how many seeds and which budget."""

from __future__ import annotations

import math
import os
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from .configuration import Value
from .errors import InvalidSuite, UnknownPlugin, suggest
from .problem import Budget

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+()=,-]{0,79}$")]


def _option(value: object) -> object:
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError("an option is a string, a finite number, true or false")


Whole = Annotated[int, Field(strict=True)]
Options = dict[str, Annotated[Value, BeforeValidator(_option)]]


class _Door(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


_MOST_SEEDS = 100_000
_LARGEST_INDEX = 2**63 - 1
_Seconds = Annotated[float, Field(gt=0, le=1e8)]
"""A time limit that a timer can be set to."""


class BudgetEntry(_Door):
    """What each study may spend; at least one of the three. The first one spent ends the study."""

    trials: Annotated[Whole, Field(ge=1, le=10**9)] | None = None
    """Number of trials, failed ones included."""
    work: Annotated[float, Field(gt=0)] | None = None
    """Full evaluations."""
    seconds: Annotated[float, Field(gt=0)] | None = None
    """Seconds of evaluation. Measured time differs from run to run, and so will the results."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> BudgetEntry:
        if self.trials is None and self.work is None and self.seconds is None:
            raise ValueError("needs at least one of trials, work, seconds")
        return self

    def to_budget(self) -> Budget:
        """The budget as strategies see it."""
        return Budget(self.trials, self.work, self.seconds)


class StrategyEntry(_Door):
    """A strategy in a suite."""

    name: str
    """A known name, `package.module:Class` or `./file.py:Class`."""
    label: Name | None = None
    """How the report calls it; default: its name, and its options if another entry has the same name."""
    options: Options = {}


class ModifierEntry(_Door):
    """A modifier of a task in a suite."""

    name: str
    """A known name, `package.module:Class` or `./file.py:Class`."""
    options: Options = {}


def _entry(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class TaskEntry(_Door):
    """A task in a suite."""

    name: str
    """A known name, `package.module:Class` or `./file.py:Class`."""
    label: Name | None = None
    """How the report calls it; default: its name, its options if there are any, and its modifiers."""
    options: Options = {}
    modifiers: tuple[Annotated[ModifierEntry, BeforeValidator(_entry)], ...] = ()
    """What changes it, from left to right: the first one is nearest to the task."""
    budget: BudgetEntry | None = None
    """For this task, in place of the suite's."""
    trial_seconds: _Seconds | None = None
    """For this task, in place of the suite's."""


def _seeds(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | list | tuple):
        raise ValueError("is a number of seeds or a list of seed indices")  # noqa: TRY004  the error that pydantic gathers
    if isinstance(value, int) and value > _MOST_SEEDS:
        raise ValueError(f"is at most {_MOST_SEEDS} seeds")
    return list(range(value)) if isinstance(value, int) else value


class Suite(_Door):
    """Strategies x tasks x seeds."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    description: str = ""
    seed: Whole = 0
    """The root of all randomness."""
    seeds: Annotated[
        tuple[Annotated[Whole, Field(ge=0, le=_LARGEST_INDEX)], ...], BeforeValidator(_seeds), Field(min_length=1)
    ] = tuple(range(5))
    """Seed indices; a number n stands for 0 to n - 1."""
    budget: BudgetEntry
    parallelism: Annotated[Whole, Field(ge=1)] = 1
    """How many trials a study proposes at once, before it sees their results. Changes the results."""
    trial_seconds: _Seconds | None = None
    """Time limit of one trial; None for none."""
    trial_memory_mb: Annotated[float, Field(gt=0, le=1e9)] | None = None
    """Memory that one trial may allocate; None for no limit."""
    shard_size: Annotated[Whole, Field(ge=1)] = 16
    """How many studies of a task run side by side in one worker. Never changes the results."""
    exhibits: Annotated[bool, Field(strict=True)] = True
    """Whether the best trial of each task is explained once the run is over."""
    tasks: Annotated[tuple[Annotated[TaskEntry, BeforeValidator(_entry)], ...], Field(min_length=1)]
    strategies: Annotated[tuple[Annotated[StrategyEntry, BeforeValidator(_entry)], ...], Field(min_length=1)]

    if TYPE_CHECKING:

        def __init__(self, **fields: Any) -> None:
            """Take plain lists, tables and strings for what they stand for, as a suite file does."""

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Suite:
        for kind, labels in (("task", self.task_labels), ("strategy", self.strategy_labels)):
            twice = {label for label in labels if labels.count(label) > 1}
            if twice:
                raise ValueError(f"two entries are {kind} {min(twice)!r}: give one of them another label")
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds {list(self.seeds)} are not distinct")
        return self

    @property
    def task_labels(self) -> list[str]:
        """One label a task, in order."""
        return [_label(entry, always=True) for entry in self.tasks]

    @property
    def strategy_labels(self) -> list[str]:
        """One label a strategy, in order."""
        names = [entry.name for entry in self.strategies]
        return [_label(entry, always=names.count(entry.name) > 1) for entry in self.strategies]

    def changed(self, **changes: Any) -> Suite:
        """A copy with other fields, checked again."""
        return _checked({**self.model_dump(exclude_unset=True), **changes}, self.name)

    def to_toml(self) -> str:
        """The suite as a file that `load_suite` reads back."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_defaults=True, exclude_none=True))


def load_suite(source: str | Path | Suite) -> Suite:
    """A suite: itself, a shipped one by its name, or a TOML file by its path.

    Paths of plug-in files in a TOML file start where it lies; in the suite returned, where this process is.
    """
    if isinstance(source, Suite):
        return source
    shipped = shipped_suites()
    if isinstance(source, str) and source in shipped:
        return parse_suite(shipped[source].read_text(encoding="utf-8"), source)
    path = Path(source).expanduser()
    if path.suffix != ".toml" and not path.exists():
        raise UnknownPlugin(
            f"no suite called {str(source)!r}{suggest(str(source), shipped)}; or the path of a .toml file"
        )
    try:
        suite = parse_suite(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise InvalidSuite(f"cannot read {path}: {reason}") from None
    moved = {kind: [_moved(entry, path.parent) for entry in getattr(suite, kind)] for kind in ("tasks", "strategies")}
    return suite.changed(**moved)


def parse_suite(text: str, origin: str = "the suite") -> Suite:
    """The suite that a TOML text describes; `origin` names it in error messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSuite(f"{origin} is not TOML: {error}") from None
    except RecursionError:
        raise InvalidSuite(f"{origin} is nested too deeply") from None
    return _checked(data, origin)


def shipped_suites() -> dict[str, Path]:
    """The suites that installed packages provide, by name."""
    found: dict[str, Path] = {}
    for entry in sorted(entry_points(group="tuner.suites"), key=lambda entry: entry.name):
        folder: Path = entry.load()
        found[entry.name] = folder / f"{entry.name}.toml"
    return found


def _checked(data: dict[str, Any], origin: str) -> Suite:
    try:
        return Suite.model_validate(data)
    except ValidationError as error:
        raise InvalidSuite(f"{origin}: {_explain(error)}") from None


def _explain(error: ValidationError) -> str:
    told = error.errors(include_url=False)
    first = next((one for one in told if one["type"] == "extra_forbidden"), told[0])  # a mistyped key explains others
    place = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
    count = sum(1 for one in error.errors() if one["type"] != "too_short" or one["loc"] == first["loc"])
    more = f" (and {count - 1} more)" if count > 1 else ""
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        return f"unknown key {place!r}{suggest(key, _keys_at(first['loc'][:-1]))}{more}"
    if first["type"] == "missing":
        return f"{place} is missing{more}"
    if first["type"] == "too_short":
        return f"{place}: needs at least one entry{more}"
    text = first["msg"].removeprefix("Value error, ").replace("valid tuple", "list")
    given = first["input"]
    shown = f", not {given!r:.80}" if isinstance(given, str | int | float | list) else ""
    return f"{place + ': ' if place else ''}{text[:1].lower() + text[1:]}{shown}{more}"


def _moved(entry: StrategyEntry | TaskEntry, folder: Path) -> dict[str, Any]:
    """The entry with the paths of the files that it names, if any, relative to where this process is."""
    fields = entry.model_dump(exclude_unset=True)
    for named in (fields, *fields.get("modifiers", ())):
        named["name"] = _moved_name(named["name"], folder)
    return fields


def _moved_name(name: str, folder: Path) -> str:
    place, colon, class_name = name.rpartition(":")
    if not (colon and (place.endswith(".py") or "/" in place)):
        return name
    path = Path(place).expanduser()
    return f"{path if path.is_absolute() else os.path.relpath(folder / path)}:{class_name}"


def _keys_at(location: tuple[str | int, ...]) -> list[str]:
    names = [part for part in location if isinstance(part, str)]
    door: type[_Door] = Suite
    if "budget" in names:
        door = BudgetEntry
    elif "modifiers" in names:
        door = ModifierEntry
    elif "tasks" in names:
        door = TaskEntry
    elif "strategies" in names:
        door = StrategyEntry
    return list(door.model_fields)


def _label(entry: TaskEntry | StrategyEntry, *, always: bool) -> str:
    if entry.label is not None:
        return entry.label
    shown = _written(entry.name, entry.options if always else {})
    modifiers = entry.modifiers if isinstance(entry, TaskEntry) else ()
    return "+".join([shown, *[_written(modifier.name, modifier.options) for modifier in modifiers]])


def _written(name: str, options: Options) -> str:
    place, colon, class_name = name.rpartition(":")
    short = class_name if colon and place else name
    if not options:
        return short
    return f"{short}({', '.join(f'{key}={value}' for key, value in sorted(options.items()))})"
