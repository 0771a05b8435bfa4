"""The reference pages name everything that there is, and nothing else."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from docs.pages import ROOT, headings_of

import results
import tuner
from results.records import DECISIONS, STUDIES, TRIALS
from tuner.modifier import option_fields
from tuner.problem import Feature
from tuner.registry import find, load_modifier, load_strategy
from tuner.strategy import own_options
from tuner.suite import Suite
from tuner.suite_entries import BudgetEntry, ModifierEntry, StrategyEntry, TaskEntry, TransferEntry
from tuner.testing.strategy_laws import LAWS as STRATEGY_LAWS
from tuner.testing.task_laws import LAWS as TASK_LAWS

REFERENCE = ROOT / "docs" / "reference"
OWN_STRATEGIES = sorted(
    e.name for e in entry_points(group="tuner.strategies") if e.dist and e.dist.name == "tuner-bench"
)
OWN_MODIFIERS = sorted(
    e.name for e in entry_points(group="tuner.modifiers") if e.dist and e.dist.name == "tuner-bench"
)
OWN_TASKS = sorted(e.name for e in entry_points(group="tuner.tasks") if e.dist and e.dist.name == "tuner-bench")


def section(page: str, heading: str) -> str:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    parts = re.split(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return parts[parts.index(heading) + 1]


def first_cells(text: str) -> list[str]:
    """The names in the first column of a table, in code font."""
    return [
        name for row in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    ]


def rows_of(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.+\|$", text, re.MULTILINE)]


@pytest.mark.parametrize(("heading", "schema"), [("trials.parquet", TRIALS), ("studies.parquet", STUDIES)])
def test_the_documented_columns_are_those_of_the_schema_in_its_order(heading: str, schema: object) -> None:
    fields = TRIALS if heading == "trials.parquet" else STUDIES

    assert first_cells(section("schema.md", heading)) == fields.names


@pytest.mark.parametrize("heading", ["trials.parquet", "studies.parquet"])
def test_the_documented_types_are_those_of_the_schema(heading: str) -> None:
    fields = TRIALS if heading == "trials.parquet" else STUDIES
    told = {row[0].strip("`"): row[1] for row in rows_of(section("schema.md", heading)) if row[0].startswith("`")}
    short = {"dictionary<values=string, indices=int32, ordered=0>": "text", "string": "text", "double": "float64"}
    short |= {"map<string, double>": "map", "timestamp[us, tz=UTC]": "instant", "int32": "int32", "int64": "int64"}
    short |= {"list<item: double>": "list of float64", "list<item: string>": "list of text", "bool": "bool"}

    assert told == {f.name: short[str(f.type)] + (" or null" if f.nullable else "") for f in fields}


def test_the_columns_that_the_plan_decides_are_named() -> None:
    assert re.findall(r"`(\w+)`", section("schema.md", "What the plan decides")) == list(DECISIONS)


@pytest.mark.parametrize(
    ("heading", "door"),
    [
        ("The suite", Suite),
        ("A budget", BudgetEntry),
        ("An entry of tasks", TaskEntry),
        ("An entry of modifiers", ModifierEntry),
        ("A transfer", TransferEntry),
        ("An entry of strategies", StrategyEntry),
    ],
)
def test_every_key_of_a_suite_file_is_documented(heading: str, door: type[Suite]) -> None:
    assert first_cells(section("suite-file.md", heading)) == list(door.model_fields)


@pytest.mark.parametrize("name", OWN_STRATEGIES)
def test_every_strategy_has_a_heading_with_what_it_supports_and_its_options(name: str) -> None:
    kind = load_strategy(find("strategy", name))
    text = section("strategies.md", name)
    options = {n: str(p.default) if not isinstance(p.default, str) else p.default for n, p in own_options(kind).items()}
    told = {row[0].strip("`"): row[1].strip("`") for row in rows_of(text) if row[0].startswith("`")}
    supports = re.search(r"\*\*Supports\*\*: ([^.]+)\.", text)

    assert {key: value.lower() for key, value in told.items()} == {key: value.lower() for key, value in options.items()}
    assert supports
    assert supports[1].split(", ") == (kind.supports & ~Feature.NONE).names()
    for package in kind.packages:
        assert package in text


@pytest.mark.parametrize("name", OWN_MODIFIERS)
def test_every_modifier_has_a_heading_with_its_options_and_their_defaults(name: str) -> None:
    told = {row[0].strip("`"): row[1] for row in rows_of(section("modifiers.md", name)) if row[0].startswith("`")}
    options = option_fields(load_modifier(find("modifier", name)))

    assert told == {option.name: str(option.default).lower() for option in options}


def test_no_modifier_is_documented_that_does_not_exist() -> None:
    headings = headings_of(REFERENCE / "modifiers.md")

    assert headings[headings.index("anonymous") :] == OWN_MODIFIERS


def test_no_strategy_or_task_is_documented_that_does_not_exist() -> None:
    strategies, tasks = (headings_of(REFERENCE / page)[1:] for page in ("strategies.md", "tasks.md"))

    assert sorted(strategies) == sorted([*OWN_STRATEGIES, "How much they find"])
    assert set(OWN_TASKS) <= set(tasks)


@pytest.mark.parametrize(("page", "laws"), [("A strategy", [law.text for law in STRATEGY_LAWS]), ("A task", TASK_LAWS)])
def test_every_law_is_documented_word_for_word(page: str, laws: list[str]) -> None:
    assert re.findall(r"^\d+\. (.+?)\.$", section("contract-tests.md", page), re.MULTILINE) == list(laws)


@pytest.mark.parametrize("package", [tuner, results])
def test_every_public_name_is_in_the_python_reference(package: object) -> None:
    text = (REFERENCE / "python-api.md").read_text(encoding="utf-8")

    assert [name for name in dir(package) if f"`{name}`" not in text and f"`{name}(" not in text] == []


def test_every_command_of_the_command_line_is_documented() -> None:
    from tuner.cli.main import app

    text = (REFERENCE / "command-line.md").read_text(encoding="utf-8")

    assert [c.name for c in app.registered_commands if f"`tuner {c.name}" not in text] == []


def test_every_decision_tells_what_was_decided_and_what_follows() -> None:
    pages = sorted(Path(ROOT / "docs" / "decisions").glob("0*.md"))

    assert pages
    assert [page.name for page in pages if not {"Decision", "Consequences"} <= set(headings_of(page))] == []
