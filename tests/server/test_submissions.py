"""What a suite may say that comes over HTTP."""

from __future__ import annotations

import json
import time
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from service_under_test import small_catalogue

from tuner.errors import InvalidSuite, TunerError
from tuner.server.submissions import RefusedSuite, check_shape, check_submission
from tuner.server.suite_requests import SuiteRequest, composed
from tuner.suite import Suite, parse_suite

PLAIN: dict[str, Any] = {
    "name": "mine",
    "seeds": 2,
    "budget": {"trials": 3},
    "strategies": ["random"],
    "tasks": ["branin"],
}
STRANGE_NAMES = [
    *("../secret", "..", "/etc/passwd", "./mine.py:Mine", "mine.py:Mine", "mine.py", "os:system", "subprocess:Popen"),
    *(
        "builtins:eval",
        "tuner.strategies.external_program:ExternalProgram",
        "optuna:../x",
        "optuna:samplers.TPESampler",
    ),
    *("optuna:", ":", ":TPESampler", "tune:__class__", "optuna.samplers:TPESampler", "file:///etc/passwd"),
    *("http://evil.example/x.py:X", "~/x.py:X", "$HOME", "`id`", "$(id)", "random;id", "random\n", " random", "RANDOM"),
    *("random\0", "\u202erandom", "rand\u200bom", "<script>alert(1)</script>", "{{7*7}}", "%s%s%s", "x" * 100_000),
    *("\u0000", "\ud83d\ude00", "", "random/../tpe", "C:\\x.py:X", "\\\\evil\\share", "random:random", "program", "é"),
]
STRANGE_PATHS = [
    *("../secret", "/etc/passwd", "./x.toml", "x.toml", "~/x.toml", "C:\\x", "a/b", "a\\b", "file:///x", "..", "."),
    *("http://evil.example/x", "x\0.toml", "\u202eltom.x", "<b>", "$HOME", "x" * 300, "", " ", "a:b:c", "lcdb:../x"),
]
STRANGE_VALUES = [
    "\0",
    "\u202e",
    "x" * 201,
    "../x",
    "/x",
    "a\\b",
    "~root",
    "x\ny",
    "\x1b[31m",
    "\ufeff",
    "\u2066",
    "\x7f",
]


def hostile() -> list[dict[str, Any]]:
    """Suites that must not run, each wrong in one place."""
    places = ("strategies", "tasks")
    found = [{**PLAIN, place: [{"name": name}]} for place, name in product(places, STRANGE_NAMES)]
    found += [{**PLAIN, "tasks": [{"name": "branin", "modifiers": [{"name": name}]}]} for name in STRANGE_NAMES]
    found += [
        {**PLAIN, "tasks": [{"name": task, "options": {option: path}}]}
        for task, option, path in product(("table", "surrogate"), ("path", "data_file"), STRANGE_PATHS)
    ]
    found += [
        {**PLAIN, "tasks": [{"name": "branin", "transfer": {"run": run}}]}
        for run in ["../x", "/tmp/x", "x\0", ".service", "nothing", "", "a/b", "x" * 97, "\u202e"]
    ]
    options: list[dict[str, Any]] = [{"lookup": value} for value in STRANGE_VALUES]
    options += [{name: "x"} for name in ("command", "Command", "a b", "a/b", "", "\0", "<b>", "x" * 81, "__class__.x")]
    options += [{"n": 2**63}, {"n": -(2**64)}, {"n": 10**400}, {"n": float("nan")}, {"n": float("inf")}]
    found += [{**PLAIN, "tasks": [{"name": "table", "options": option}]} for option in options]
    found += [{**PLAIN, "strategies": [{"name": "random", "options": option}]} for option in options]
    found += [
        {**PLAIN, "tasks": [{"name": "branin", "starting_points": [{"x": value}]}]}
        for value in ["\0", "\u202e", "x" * 201, 2**70]
    ]
    large: list[dict[str, Any]] = [
        *({"seeds": count} for count in (100_001, 10**9, -1, 0, True)),
        *({"budget": {"trials": count}} for count in (0, -1, 10**9, 10**30, 1.5, "3")),
        *({"parallelism": count} for count in (10_001, 10**18)),
        {"clock": "simulated", "workers": 10_001},
        {"shard_size": 10**6},
        {"strategies": [{"name": "random", "label": f"r{n}"} for n in range(201)]},
        {"tasks": [{"name": "branin", "label": f"b{n}"} for n in range(201)]},
        {"tasks": [{"name": "branin", "modifiers": ["noisy"] * 11}]},
        {"tasks": [{"name": "branin", "starting_points": [{"x1": 0.5}] * 1001}]},
        {"seeds": 50_001, "strategies": ["random", "tpe"]},
    ]
    texts = [*({"description": text} for text in ("\0", "\u202egnp", "\x1b[2J", "x" * 2001, "\u2028\u2066"))]
    names = [{"name": name} for name in ("../x", "a/b", ".hidden", "", "x" * 65, "a\0", "<b>", "\u202ea", "a b", "é")]
    return found + [{**PLAIN, **change} for change in (*large, *texts, *names)]


def check(suite: dict[str, Any], runs: Path) -> Suite:
    text = composed(SuiteRequest(suite), pytest.fail)
    parsed = parse_suite(text)
    check_submission(parsed, small_catalogue(), runs)
    return parsed


def test_over_300_hostile_suites_are_refused_each_with_one_clear_line(tmp_path: Path) -> None:
    suites = hostile()
    assert len(suites) > 300
    for suite in suites:
        with pytest.raises(TunerError) as refused:
            check(suite, tmp_path)
        line = str(refused.value)
        assert isinstance(refused.value, InvalidSuite), line
        assert len(line) < 1000
        assert line.isprintable(), (suite, line)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 10_000,
        "a = " + "9" * 100_000,
        "\0",
        "name = 'x'\n" * 3,
        "\ufeffname = 'x'",
        "[" * 1000,
        "= 1",
    ],
)
def test_text_that_is_no_suite_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidSuite):
        parse_suite(text)


@pytest.mark.parametrize(
    "key", ["a." * 450_000 + "a", "[" + "a . " * 200_000 + "a]", "'a'." * 17 + "a", '"".' * 99 + "a"]
)
def test_a_key_of_many_parts_is_refused_before_it_is_parsed(key: str) -> None:
    with pytest.raises(RefusedSuite, match="more than 16 parts"):
        check_shape(f"{key} = 1")


@pytest.mark.parametrize(
    "text", ["a" * 999_000, "a." * 15 + "a", "a.a.a = 1\n" * 90_000, "-" * 999_000, "'\"" * 400_000]
)
def test_looking_for_such_keys_takes_no_time(text: str) -> None:
    began = time.process_time()
    check_shape(text)

    assert time.process_time() - began < 2


def test_a_suite_of_more_than_a_megabyte_is_refused() -> None:
    with pytest.raises(RefusedSuite, match="more than 1,000,000 bytes"):
        check_shape("é" * 600_000)


@pytest.mark.parametrize("table", [{"a": object()}, {"tasks": [None]}, json.loads('{"a":' * 50 + "1" + "}" * 50)])
def test_what_toml_cannot_hold_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(InvalidSuite):
        composed(SuiteRequest(table), pytest.fail)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"strategies": ["optuna:TPESampler", "tune:HyperOptSearch", "grid"]},
        {"strategies": [{"name": "tpe", "options": {"n_startup_trials": 5, "group": True}, "label": "tpe (5)"}]},
        {"tasks": [{"name": "table", "options": {"path": "bn-relu-net-curves"}}]},
        {"tasks": [{"name": "table", "options": {"path": "lcdb:44", "lookup": "exact"}}]},
        {"tasks": [{"name": "branin", "modifiers": ["noisy", {"name": "noisy", "options": {"level": 0.5}}]}]},
        {"tasks": [{"name": "branin", "starting_points": [{"x1": 0.5, "kind": "a/b"}]}]},
        {"description": "Two lines,\nand <b>markup</b>, which pages escape.", "seed": 12, "trial_seconds": None},
        {"seeds": 100_000, "budget": {"trials": 100}},
    ],
)
def test_what_is_installed_may_be_named(tmp_path: Path, change: dict[str, Any]) -> None:
    assert check({**PLAIN, **change}, tmp_path).name == "mine"


def test_starting_points_may_come_from_a_run_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "run.json").touch()

    check({**PLAIN, "tasks": [{"name": "branin", "transfer": {"run": "earlier"}}]}, tmp_path)


def test_why_a_program_is_refused_is_said(tmp_path: Path) -> None:
    suite = {**PLAIN, "strategies": [{"name": "program", "options": {"command": "rm -r /"}}]}

    with pytest.raises(RefusedSuite, match="'program' is refused: it runs a command"):
        check(suite, tmp_path)


def test_a_file_in_toml_is_refused_as_it_is_in_json() -> None:
    suite = parse_suite(tomli_w.dumps({**PLAIN, "tasks": ["./mine.py:Mine"]}))

    with pytest.raises(RefusedSuite, match="no file and no module can be named"):
        check_submission(suite, small_catalogue(), Path())
