"""What `tuner show` says of a strategy, a task or a modifier."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ..errors import TunerError
from ..extras import lacks
from ..modifier import Modifier, option_fields
from ..parameter import Categorical, Parameter, default_of
from ..problem import Problem
from ..registry import Reference
from ..space import SearchSpace
from ..strategy import SearchStrategy, own_options
from ..task import Task
from .console import print_heading, print_table
from .plugin_search import FoundPlugin, describe_plugin


def print_plugin(plugin: FoundPlugin, console: Console) -> None:
    """Print all there is to know before using it."""
    reference = plugin.reference
    print_heading(console, f"{reference.kind} {reference.name}")
    console.print(Text(f"{reference.target}{_origin(reference)}", style="dim"))
    console.print()
    if plugin.found is None:
        console.print(Text(plugin.summary, style="red"))
    elif issubclass(plugin.found, SearchStrategy):
        _print_strategy(plugin.found, console)
    elif issubclass(plugin.found, Modifier):
        _print_description(plugin.found, console)
        _print_options(console, _task_options(plugin.found))
    else:
        _print_task(plugin.found, console)


def _origin(reference: Reference) -> str:
    return f" from {reference.provider}" if reference.provider else ""


def _print_description(kind: type, console: Console) -> None:
    """The docstring, each paragraph filled to the width of the terminal."""
    for number, paragraph in enumerate((describe_plugin(kind) or "It has no description.").split("\n\n")):
        if number:
            console.print()
        console.print(Text(" ".join(paragraph.split())))


def _print_strategy(kind: type[SearchStrategy], console: Console) -> None:
    _print_description(kind, console)
    console.print()
    supported = ", ".join(kind.supports.names())
    fidelity = "; needs a problem with a fidelity" if kind.needs_fidelity else ""
    console.print(Text(f"Supports: {supported}{fidelity}"))
    if kind.packages:
        console.print(Text(f"Thinks with: {', '.join(kind.packages)}"))
    _print_options(console, [_strategy_option(option) for option in own_options(kind).values()])


def _strategy_option(option: inspect.Parameter) -> tuple[str, str, str]:
    has_type = option.annotation is not inspect.Parameter.empty
    kind = inspect.formatannotation(option.annotation).strip("'") if has_type else "-"
    return option.name, kind, "-" if option.default is inspect.Parameter.empty else repr(option.default)


def _print_task(kind: type[Task], console: Console) -> None:
    _print_description(kind, console)
    _print_card(kind, console)
    _print_options(console, _task_options(kind))
    if reason := lacks(kind.card):
        console.print(Text(f"It cannot be evaluated here: it {reason}", style="yellow"))
        console.print()
    try:
        task = kind()
        problem, best = task.problem, task.best_known
    except TunerError as error:
        console.print(Text(f"Its problem cannot be shown: {error}", style="yellow"))
        return
    print_space(console, problem.space)
    for objective in problem.objectives:
        known = f"; best known {best[objective.name]:g}" if objective.name in best else ""
        console.print(Text(f"{objective.goal.capitalize()} {objective.name}{known}"))
    _print_fidelity(console, problem)


def _print_card(kind: type[Task], console: Console) -> None:
    card = {field.name: getattr(kind.card, field.name) for field in dataclasses.fields(kind.card)}
    rows = [(name, text if isinstance(text, str) else ", ".join(text)) for name, text in card.items() if text]
    if rows:
        console.print()
        print_table(console, ("card", ""), rows)


def _task_options(kind: type[Task]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for field in option_fields(kind):
        default = "-" if field.default is dataclasses.MISSING else repr(field.default)
        found.append((field.name, str(getattr(field.type, "__name__", field.type)), default))
    return found


def _print_options(console: Console, rows: list[tuple[str, str, str]]) -> None:
    console.print()
    if rows:
        print_table(console, ("option", "type", "default"), rows)
    else:
        console.print(Text("It has no options."))
    console.print()


def print_space(console: Console, space: SearchSpace) -> None:
    """The parameters, one a row."""
    headings = ["parameter", "kind", "values", "default"]
    rows = [[name, *_parameter(parameter)] for name, parameter in space.parameters.items()]
    if space.conditions:
        headings.append("active when")
        rows = [[*row, _condition(space, row[0])] for row in rows]
    print_table(console, headings, rows)
    console.print()


def _parameter(parameter: Parameter) -> tuple[str, str, str]:
    kind, default = type(parameter).__name__.lower(), default_of(parameter)
    shown = f"{default:g}" if isinstance(default, float) else repr(default)
    if isinstance(parameter, Categorical):
        return kind, ", ".join(map(repr, parameter.choices)), shown
    scale = ", log scale" if parameter.log else ""
    return kind, f"{parameter.low:g} to {parameter.high:g}{scale}", shown


def _condition(space: SearchSpace, name: str) -> str:
    return " and ".join(_conditions(space, name)) or "always"


def _conditions(space: SearchSpace, name: str) -> Iterator[str]:
    for condition in space.conditions:
        if condition.parameter == name:
            yield f"{condition.parent} is {' or '.join(map(repr, condition.values))}"


def _print_fidelity(console: Console, problem: Problem) -> None:
    fidelity = problem.fidelity
    if fidelity is not None:
        console.print(Text(f"Fidelity: {fidelity.name} from {fidelity.low:g} to {fidelity.high:g}"))
