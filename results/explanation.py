"""How the numbers of a section are made: formulas, units and sources, and the trials that went in."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

from .errors import ResultsError
from .items import Cell, Column, Heading, Item, Note, Points, Table, Text
from .report import Section
from .sections import BrokenSection, load_section, section_targets
from .store import Store

TRIALS_HEADING = "Which trials went in"
"""Of the last part of an explanation."""

_ANALYSIS = "results.analysis."
_SECTIONS = "results.sections."
_COUNTED = ["trials", "failed", "below", "compared"]


def explain_section(store: Store, name: str) -> Section:
    """What the docstrings of the functions behind a section say, and how many trials of each study it rests on.

    The functions are those of `results.analysis` that the section's module imports, and those of the modules beside
    it that do a part of its work; a plug-in's section is explained in the same way. Raises ResultsError for a name
    that no section has, and BrokenSection.
    """
    targets = section_targets()
    if name not in targets:
        known = ", ".join(targets)
        raise ResultsError(f"no section called {name!r}; known: {known}; or a number as the page shows it")
    builder = load_section(name, targets[name])
    module = inspect.getmodule(builder)
    documented = _documented(module)
    items: list[Item] = [Text(text) for text in _paragraphs(module.__doc__ if module else builder.__doc__)]
    for place in dict.fromkeys(inspect.getmodule(one) for one in documented):
        if place is not None:
            items += _of_module(place, [one for one in documented if inspect.getmodule(one) is place])
    return Section(f"explain-{name}", f"How section {name} is made", (*items, *_trials(store)))


def field_meanings(name: str) -> dict[str, list[str]]:
    """What the fields of the classes behind a section stand for, by field: a text for each class that has it.

    Empty for a section that cannot be loaded, or rests on no analysis of `results`.
    """
    try:
        module = inspect.getmodule(load_section(name, section_targets()[name]))
    except (KeyError, BrokenSection):
        return {}
    found: dict[str, list[str]] = {}
    for kind in filter(inspect.isclass, _documented(module)):
        for field, text in _field_docs(kind).items():
            found.setdefault(field, []).append(f"{kind.__name__}.{field}: {text}")
    return found


def _documented(module: ModuleType | None) -> list[type | object]:
    """The functions and classes of the analysis that a section's module, and those beside it, use; each once."""
    if module is None:
        return []
    modules = {module.__name__: module}
    for value in vars(module).values():
        beside = inspect.getmodule(value) if inspect.isfunction(value) else None
        if beside is not None and beside.__name__.startswith(_SECTIONS):
            modules[beside.__name__] = beside
    found = {
        id(value): value
        for one in modules.values()
        for value in vars(one).values()
        if (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__.startswith(_ANALYSIS)
    }
    return [*found.values()]


def _of_module(module: ModuleType, documented: list[type | object]) -> Iterator[Item]:
    yield Heading(module.__name__)
    yield from map(Text, _paragraphs(module.__doc__))
    for one in documented:
        yield Heading(str(getattr(one, "__name__", one)), 4)
        yield from map(Text, _paragraphs(inspect.getdoc(one)))
        if inspect.isclass(one) and (fields := _field_docs(one)):
            yield Points(tuple(f"{name}: {text}" for name, text in fields.items()))


def _paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a docstring, each on one line."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text or "").split("\n\n") if part.strip()]


def _field_docs(kind: type) -> dict[str, str]:
    """The texts under the fields of a class, by field."""
    body = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body[0]
    if not isinstance(body, ast.ClassDef):
        return {}
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            text = below.value.value if isinstance(below.value, ast.Constant) else None
            found[field.target.id] = " ".join(text.split()) if isinstance(text, str) else ""
    return {name: text for name, text in found.items() if text}


def _trials(store: Store) -> Iterator[Item]:
    """How many trials of each run, task and strategy are in the store, and how many of them have a value to compare."""
    outcomes = store.outcomes
    of_study = outcomes.assign(
        trials=1,
        failed=outcomes["status"] != "ok",
        below=~outcomes["full"],
        compared=outcomes["full"] & outcomes["loss"].notna(),
    )
    sums = of_study.groupby("position")[_COUNTED].sum()
    table = store.studies[["folder", "task", "strategy"]].join(sums).fillna(dict.fromkeys(_COUNTED, 0))
    table["studies"] = table["trials"] > 0
    groups = table.groupby(["folder", "task", "strategy"], sort=False).sum().reset_index()
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            *(store.runs[int(row["folder"])].name, str(row["task"]), str(row["strategy"])),
            *(int(row[name]) for name in ("studies", *_COUNTED)),
        )
        for row in groups.to_dict("records")
    )
    columns = (
        Column("Run"),
        Column("Task"),
        Column("Strategy"),
        *(Column(name, "integer") for name in ("Studies", "Trials", "Failed", "Lower fidelity", "With a value")),
    )
    yield Heading(TRIALS_HEADING)
    yield Note(
        "All trials of the store are there for each section. Only those with a value, successful and at the highest "
        "fidelity, can be a study's best; the others count as cost. Several objectives are compared by hypervolume."
    )
    yield Table("Trials by run, task and strategy", columns, rows)
