"""`tuner check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..configuration import Value
    from ..modifier import Modifier
    from ..strategy import SearchStrategy
    from ..task import Task
    from ..testing.verdict import Verdict

MARKS = {"kept": "✓", "broken": "✗", "skipped": "-"}


def check(
    reference: Annotated[str, typer.Argument(metavar="REF", help="A name, FILE.py:Class or module:Class.")],
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--options", "-o", metavar="KEY=VALUE|JSON", help="Its options: key=value (repeatable) or a JSON object."
        ),
    ] = None,
) -> None:
    """Check a strategy, a task or a modifier against the laws that all of its kind keep."""
    from ..modifier import Modifier
    from ..strategy import SearchStrategy
    from .plugin_search import find_one

    kind = find_one(reference)
    chosen = parse_options(options or ())
    if issubclass(kind, SearchStrategy):
        verdicts = _check_strategy(kind, chosen)
    elif issubclass(kind, Modifier):
        verdicts = _check_modifier(kind, chosen)
    else:
        verdicts = _check_task(kind, chosen)
    raise typer.Exit(print_verdicts(verdicts, reference))


def parse_options(texts: Sequence[str]) -> dict[str, Value]:
    """The options that `key=value` texts and JSON objects stand for; a value that is no JSON is a string."""
    from ..errors import InvalidOption

    options: dict[str, Value] = {}
    for text in texts:
        if text.lstrip().startswith("{"):
            found = _json_object(text)
        else:
            key, equals, value = text.partition("=")
            if not (key and equals):
                raise InvalidOption(f"an option is key=value or a JSON object, not {text!r}")
            found = {key: _json_or_text(value)}
        for key, value in found.items():
            if not isinstance(value, str | int | float | bool):
                raise InvalidOption(f"option {key!r} is a string, number or bool, not {value!r}")
        options |= found
    return options


def print_verdicts(verdicts: Iterable[Verdict], subject: str) -> ExitCode:
    """Print each law and what became of it, and a last line that sums up; returns the exit code."""
    from .console import open_console, print_findings

    told = list(verdicts)
    console = open_console()
    print_findings(console, ((MARKS[v.status], v.law, v.message) for v in told))
    counts = {status: sum(v.status == status for v in told) for status in MARKS}
    console.print(f"\n{subject}: {', '.join(f'{count} {status}' for status, count in counts.items())}", soft_wrap=True)
    return ExitCode.FOUND if counts["broken"] else ExitCode.OK


def _check_strategy(kind: type[SearchStrategy], options: dict[str, Value]) -> list[Verdict]:
    from ..errors import InvalidOption, suggest
    from ..strategy import own_options
    from ..testing.strategy_laws import check_strategy

    known = own_options(kind)
    for name in options:
        if name not in known:
            raise InvalidOption(f"{kind.__name__} has no option {name!r}{suggest(name, known)}")
    return check_strategy(kind, options)


def _check_task(kind: type[Task], options: dict[str, Value]) -> list[Verdict]:
    from ..errors import MissingExtra
    from ..extras import lacks
    from ..planned import PlannedTask
    from ..registry import Reference
    from ..testing.task_laws import MADE, check_task

    if reason := lacks(kind.card):
        raise MissingExtra(f"{kind.__name__} {reason}")
    reference = Reference("task", kind.__name__, f"{kind.__module__}:{kind.__qualname__}")
    verdicts = check_task(PlannedTask(kind.__name__, reference, options).build() if options else kind)
    if (verdicts[0].law, verdicts[0].status) == (MADE, "skipped"):
        raise MissingExtra(verdicts[0].message)
    return verdicts


def _check_modifier(kind: type[Modifier], options: dict[str, Value]) -> list[Verdict]:
    from ..planned import PlannedModifier
    from ..registry import Reference
    from ..testing.modifier_laws import check_modifier

    reference = Reference("modifier", kind.__name__, f"{kind.__module__}:{kind.__qualname__}")
    return check_modifier(PlannedModifier(reference, options).build)


def _json_object(text: str) -> dict[str, Any]:
    from ..errors import InvalidOption

    try:
        found: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidOption(f"the options {text!r} are not a JSON object: {error}") from None
    return found


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
