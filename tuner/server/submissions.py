"""What a suite may say that comes over HTTP: it names what is installed, and no file, module or program."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ..configuration import Value
from ..deciding import most_seeds
from ..errors import InvalidSuite, suggest
from ..remote.definition import definition_of, problem_of
from ..suite import Suite
from ..suite_entries import StrategyEntry, TaskEntry
from .cards import CatalogueContent
from .option_values import check_options, check_values
from .service_folder import RUN_ID

MOST_BYTES: Final = 1_000_000
"""Of the suite as TOML."""
MOST_STUDIES: Final = 100_000
MOST_TRIALS: Final = 10_000_000
"""Of all studies together, as far as budgets count trials."""
MOST_ENTRIES: Final = 200
"""Of tasks, and of strategies."""
MOST_MODIFIERS: Final = 10
"""Of one task."""
MOST_STARTING_POINTS: Final = 1_000
"""Of one task."""
MOST_AT_ONCE: Final = 10_000
"""Of the trials of one study, and of the studies of one shard."""
_MOST_PARTS: Final = 16
_LONG_KEY: Final = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{_MOST_PARTS}}}""")
LONGEST_TEXT: Final = 2_000
"""Characters of the description."""
REFUSED_STRATEGIES: Final[Mapping[str, str]] = {
    "program": "it runs a command of this machine, which nobody may give it over HTTP: use `tuner run` there"
}
"""Why a strategy that is installed cannot be named, by its name."""


class RefusedSuite(InvalidSuite):
    """A suite that is in order but may not come over HTTP; the text says what of it."""


def check_submission(suite: Suite, catalogue: CatalogueContent, runs: Path) -> None:
    """Raise `RefusedSuite` unless the suite may come over HTTP.

    `runs` is where the service's runs lie: starting points may come from one of those, by its name.
    """
    _check_text("the description", suite.description)
    _check_sizes(suite)
    for strategy in suite.strategies:
        _check_strategy(strategy, catalogue)
    for task in suite.tasks:
        _check_task(task, catalogue, runs)


def check_shape(text: str) -> None:
    """Raise `RefusedSuite` for TOML that is larger than any suite, or that takes long to parse.

    Parsing takes time with the square of the number of parts that a dotted key has.
    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise RefusedSuite(f"the suite has more than {MOST_BYTES:,} bytes")
    if _LONG_KEY.search(text):
        raise RefusedSuite(f"the suite has a key of more than {_MOST_PARTS} parts")


def digest_of(suite_toml: str, workers: int | None) -> str:
    """What tells one request for a run from another."""
    return hashlib.sha256(f"{workers}\0{suite_toml}".encode(errors="replace")).hexdigest()


def _check_text(what: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise RefusedSuite(f"{what} has {len(text):,} characters, and at most {LONGEST_TEXT:,} are allowed")
    strange = next((c for c in text if unicodedata.category(c)[0] == "C" and c not in "\n\t"), None)
    if strange is not None:
        raise RefusedSuite(f"{what} holds the character U+{ord(strange):04X}, which cannot be shown")


def _check_sizes(suite: Suite) -> None:
    seeds = most_seeds(suite) if suite.stop else len(suite.seeds)
    of_each = seeds * len(suite.strategies)
    budgets = [(task.budget or suite.budget).trials for task in suite.tasks]
    counted = [
        ("tasks", len(suite.tasks), MOST_ENTRIES),
        ("strategies", len(suite.strategies), MOST_ENTRIES),
        ("studies", of_each * len(suite.tasks), MOST_STUDIES),
        ("trials", of_each * sum(budget or 0 for budget in budgets), MOST_TRIALS),
        ("trials of a study at once", max(suite.parallelism, suite.workers or 1), MOST_AT_ONCE),
        ("studies in a shard", suite.shard_size, MOST_AT_ONCE),
    ]
    for what, count, most in counted:
        if count > most:
            raise RefusedSuite(f"the suite has {_shown(count)} {what}, and at most {most:,} are allowed")


def _shown(count: int) -> str:
    return f"{count:,}" if count < 10**15 else "far too many"


def _check_strategy(entry: StrategyEntry, catalogue: CatalogueContent) -> None:
    if entry.name in REFUSED_STRATEGIES:
        raise RefusedSuite(f"strategy {entry.name!r} is refused: {REFUSED_STRATEGIES[entry.name]}")
    word, colon, class_name = entry.name.partition(":")
    if colon and word in catalogue.adapters:
        if class_name not in catalogue.adapters[word]:
            known = catalogue.adapters[word]
            raise RefusedSuite(f"no class {class_name[:80]!r} of {word} that is known here{suggest(class_name, known)}")
    else:
        _check_name("strategy", entry.name, [card.name for card in catalogue.strategies])
    _check_options(f"strategy {entry.name!r}", entry.options)


def _check_task(entry: TaskEntry, catalogue: CatalogueContent, runs: Path) -> None:
    _check_name("task", entry.name, [card.name for card in catalogue.tasks])
    _check_options(f"task {entry.name!r}", _without_definition(entry))
    for what, count, most in (
        ("modifiers", len(entry.modifiers), MOST_MODIFIERS),
        ("starting points", len(entry.starting_points), MOST_STARTING_POINTS),
    ):
        if count > most:
            raise RefusedSuite(f"task {entry.name!r} has {count:,} {what}, and at most {most:,} are allowed")
    for modifier in entry.modifiers:
        _check_name("modifier", modifier.name, [card.name for card in catalogue.modifiers])
        _check_options(f"modifier {modifier.name!r}", modifier.options)
    for wrong in filter(None, map(check_values, entry.starting_points)):
        raise RefusedSuite(f"a starting point of task {entry.name!r}: {wrong}")
    if entry.transfer is not None:
        _check_transfer(entry.transfer.run, runs)


def _without_definition(entry: TaskEntry) -> dict[str, Value]:
    """The options but for the text that says what a remote task is: that is canonical JSON, and nothing else."""
    if entry.name != "remote-task":
        return dict(entry.options)
    definition = entry.options.get("definition")
    if isinstance(definition, str) and definition_of(problem_of(definition)) != definition:
        raise RefusedSuite("the definition of a remote task is not as the service gave it out")
    return {name: value for name, value in entry.options.items() if name != "definition"}


def _check_name(kind: str, name: str, known: list[str]) -> None:
    if name in known:
        return
    shown = "".join(_printable(name[:80]))
    if ":" in name or "/" in name or name.endswith(".py"):
        raise RefusedSuite(f"{kind} {shown!r} is no registered name: over HTTP no file and no module can be named")
    raise RefusedSuite(f"no {kind} called {shown!r}{suggest(shown, known)}")


def _printable(text: str) -> Iterator[str]:
    return (c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _check_options(owner: str, options: Mapping[str, str | int | float | bool]) -> None:
    wrong = check_options(options)
    if wrong is not None:
        raise RefusedSuite(f"{owner}: {wrong}")


def _check_transfer(run: str, runs: Path) -> None:
    if not RUN_ID.fullmatch(run):
        raise RefusedSuite(f"transfer: {''.join(_printable(run[:80]))!r} is no name of a run of this service")
    if not (runs / run / "run.json").is_file():
        raise RefusedSuite(f"transfer: no run called {run!r} here")
