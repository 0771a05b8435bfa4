"""A suite: which strategies meet which tasks, with how many seeds and which budget."""

from __future__ import annotations

import os
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tomli_w
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from .configuration import Value
from .errors import InvalidSuite, UnknownPlugin, suggest
from .home import expand_home
from .suite_entries import (
    BudgetEntry,
    DecidingEntry,
    Door,
    ModifierEntry,
    Options,
    Seconds,
    StrategyEntry,
    TaskEntry,
    TransferEntry,
    Whole,
    named,
)

_MOST_SEEDS = 100_000
_LARGEST_INDEX = 2**63 - 1
_LEAST_DIFFERENCES = 6
"""With fewer seeds on all tasks together, a test of flipped signs has no p-value below 5%: 2 / 2**6 is the first."""


def _seeds(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | list | tuple):
        raise ValueError("is a number of seeds or a list of seed indices")  # noqa: TRY004  the error that pydantic gathers
    if isinstance(value, int) and value > _MOST_SEEDS:
        raise ValueError(f"is at most {_MOST_SEEDS} seeds")
    return list(range(value)) if isinstance(value, int) else value


class Suite(Door):
    """Strategies x tasks x seeds."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    description: str = ""
    seed: Whole = 0
    """The root of all randomness."""
    seeds: Annotated[
        tuple[Annotated[Whole, Field(ge=0, le=_LARGEST_INDEX)], ...], BeforeValidator(_seeds), Field(min_length=1)
    ] = tuple(range(5))
    """Seed indices; a number n stands for 0 to n - 1."""
    stop: Literal["decided"] | None = None
    """`decided` adds seeds in rounds until each pair of strategies is decided or equivalent in practice, or the most
    seeds are spent; None stops after the seeds."""
    deciding: DecidingEntry | None = None
    """Which pairs, and when to give up; belongs to stop = 'decided'."""
    budget: BudgetEntry
    parallelism: Annotated[Whole, Field(ge=1)] = 1
    """How many trials a study proposes at once, before it sees their results. Changes the results."""
    clock: Literal["wall", "simulated"] = "wall"
    """Whether trials end when they are done, all of a round before the next, or in the order and at the times that
    the costs reported by the tasks say. Changes the results."""
    workers: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None
    """How many trials a study has running at once on the simulated clock. Changes the results; says nothing of the
    machine's own workers."""
    thinking: Annotated[float, Field(ge=0, le=1e8)] | Literal["measured"] = 0.0
    """On the simulated clock, what a proposal costs beside its evaluation: so many seconds, or the strategy's own
    time as measured, which differs from run to run, and so will the results."""
    trial_seconds: Seconds | None = None
    """Time limit of one trial; None for none."""
    trial_memory_mb: Annotated[float, Field(gt=0, le=1e9)] | None = None
    """Memory that one trial may allocate; None for no limit."""
    shard_size: Annotated[Whole, Field(ge=1)] = 16
    """How many studies of a task run side by side in one worker. Never changes the results."""
    exhibits: Annotated[bool, Field(strict=True)] = True
    """Whether the best trial of each task is explained once the run is over."""
    record: Annotated[bool, Field(strict=True)] = False
    """Whether what was evaluated is also written as tables that can be tasks, once the run is over."""
    tasks: Annotated[tuple[Annotated[TaskEntry, BeforeValidator(named)], ...], Field(min_length=1)]
    strategies: Annotated[tuple[Annotated[StrategyEntry, BeforeValidator(named)], ...], Field(min_length=1)]

    if TYPE_CHECKING:

        def __init__(self, **fields: Any) -> None:
            """Take plain lists, tables and strings for what they stand for, as a suite file does."""

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Suite:
        for kind, labels in (("task", self.task_labels), ("strategy", self.strategy_labels)):
            twice = {label for label in labels if labels.count(label) > 1}
            if twice:
                raise ValueError(f"two entries are {kind} {min(twice)!r}: give one of them another label")
        if self.clock == "wall" and (self.workers is not None or self.thinking):
            raise ValueError("workers and thinking belong to clock = 'simulated'; on the wall's clock give parallelism")
        if self.clock == "simulated" and self.parallelism != 1:
            raise ValueError("parallelism belongs to clock = 'wall'; on a simulated clock give workers")
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds {list(self.seeds)} are not distinct")
        return self

    @model_validator(mode="after")
    def _can_be_decided(self) -> Suite:
        if self.stop is None:
            if self.deciding is not None:
                raise ValueError("deciding belongs to stop = 'decided'")
            return self
        if len(self.strategies) < 2:
            raise ValueError("stop = 'decided' needs two strategies to tell apart")
        if self.seeds != tuple(range(len(self.seeds))):
            raise ValueError(f"stop = 'decided' counts its seeds on from 0: give their number, not {list(self.seeds)}")
        for pair in self.rules.pairs:
            _check_pair(pair, self.strategy_labels)
        if self.rules.max_seeds is not None and self.rules.max_seeds < len(self.seeds):
            raise ValueError(f"deciding.max_seeds is at least the {len(self.seeds)} seeds of the first round")
        most = (self.rules.max_seeds or 4 * len(self.seeds)) * len(self.tasks)
        if most < _LEAST_DIFFERENCES:
            told = f"with at most {most} seeds on all tasks together, even unanimity would be no evidence at 5%"
            raise ValueError(f"stop = 'decided': {told}; let max_seeds allow {_LEAST_DIFFERENCES}")
        return self

    @property
    def rules(self) -> DecidingEntry:
        """When the run stops, given or by default."""
        return self.deciding or DecidingEntry()

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

    Paths of plug-in files in a TOML file start where it lies; in the suite returned, where this process is. So do
    options of tasks called `path` that end in .toml; they are returned as absolute paths, for workers elsewhere.
    """
    if isinstance(source, Suite):
        return source
    shipped = shipped_suites()
    if isinstance(source, str) and source in shipped:
        return parse_suite(shipped[source].read_text(encoding="utf-8"), source)
    path = expand_home(source)
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
    except ValueError as error:  # beside what is no TOML, a number of thousands of digits
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
    """The entry with the paths of the files that it names, if any, as this process and its workers find them."""
    fields = entry.model_dump(exclude_unset=True)
    for table in (fields, *fields.get("modifiers", ())):
        table["name"] = _moved_name(table["name"], folder)
    path = fields.get("options", {}).get("path")
    if isinstance(entry, TaskEntry) and isinstance(path, str) and path.endswith(".toml"):
        fields["options"] = {**fields["options"], "path": os.path.abspath(folder / expand_home(path))}  # noqa: PTH100  resolve would follow links
    return fields


def _moved_name(name: str, folder: Path) -> str:
    place, colon, class_name = name.rpartition(":")
    if not (colon and (place.endswith(".py") or "/" in place)):
        return name
    path = expand_home(place)
    return f"{path if path.is_absolute() else os.path.relpath(folder / path)}:{class_name}"


def _check_pair(pair: tuple[str, str], labels: list[str]) -> None:
    unknown = next((label for label in pair if label not in labels), None)
    if unknown is not None:
        raise ValueError(f"deciding.pairs: no strategy {unknown!r}{suggest(unknown, labels)}")
    if pair[0] == pair[1]:
        raise ValueError(f"deciding.pairs: {pair[0]!r} cannot be told from itself")


def _keys_at(location: tuple[str | int, ...]) -> list[str]:
    names = [part for part in location if isinstance(part, str)]
    door: type[Door] = Suite
    if "budget" in names:
        door = BudgetEntry
    elif "deciding" in names:
        door = DecidingEntry
    elif "modifiers" in names:
        door = ModifierEntry
    elif "transfer" in names:
        door = TransferEntry
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
    return f"{short}({', '.join(f'{key}={_brief(value)}' for key, value in sorted(options.items()))})"


def _brief(value: Value) -> Value:
    """An option as a label shows it: of the path of a TOML file its name."""
    return Path(value).stem if isinstance(value, str) and value.endswith(".toml") else value
