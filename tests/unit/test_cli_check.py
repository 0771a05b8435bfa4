"""`tuner check` and `tuner new`: what a starter file is worth, and how a broken plug-in is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tuner.cli.checking import parse_options
from tuner.cli.main import app
from tuner.errors import InvalidOption

UNSEEDED = """
import numpy as np
from tuner import Proposal, SearchStrategy

class Unseeded(SearchStrategy):
    def ask(self, count):
        return [Proposal(self.space.sample(np.random.default_rng())) for _ in range(count)]
"""

UNSEEDED_NOISE = """
from dataclasses import dataclass, replace
import numpy as np
from tuner import Modifier

@dataclass(frozen=True)
class UnseededNoise(Modifier):
    remark = "noise"

    def outward(self, trial, measurement):
        noise = np.random.default_rng().standard_normal()
        return replace(measurement, values={name: value + noise for name, value in measurement.values.items()})
"""
BRANCHES_ONLY = """
from dataclasses import dataclass
from tuner import Modifier
from tuner.errors import InvalidOption

@dataclass(frozen=True, kw_only=True)
class Branchy(Modifier):
    least: int = 1
    remark = "branches"

    def __post_init__(self):
        if len(self.problem.space.conditions) < self.least:
            raise InvalidOption("too few conditions")
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tuner(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize(("kind", "laws"), [("strategy", 22), ("task", 14), ("modifier", 16)])
def test_a_new_file_keeps_every_law(kind: str, laws: int) -> None:
    made = tuner("new", kind, "my_own.py")
    checked = tuner("check", "my_own.py:MyOwn")

    assert made.exit_code == 0
    assert "tuner check my_own.py:MyOwn" in made.stdout
    assert checked.exit_code == 0, checked.output
    assert f"my_own.py:MyOwn: {laws} kept, 0 broken" in checked.stdout


def test_a_new_file_is_never_written_over_an_old_one() -> None:
    Path("mine.py").write_text("precious")
    done = tuner("new", "task", "mine.py")

    assert done.exit_code == 2
    assert done.stderr == "error: mine.py is there already, and is not overwritten\n"
    assert Path("mine.py").read_text() == "precious"


def test_a_strategy_without_a_seed_is_found_out() -> None:
    Path("unseeded.py").write_text(UNSEEDED)
    done = tuner("check", "unseeded.py:Unseeded")

    assert done.exit_code == 1
    assert "✗ the same seed gives the same proposals" in done.stdout


def test_an_option_is_passed_to_the_strategy() -> None:
    tuner("new", "strategy", "mine.py")
    done = tuner("check", "mine.py:Mine", "--options", "step=wide")

    assert done.exit_code == 1
    assert "✗" in done.stdout


def test_an_option_is_passed_to_the_modifier() -> None:
    assert tuner("check", "noisy", "-o", "deviation=0.5").exit_code == 0
    done = tuner("check", "noisy", "-o", "deviation=-1")
    assert done.exit_code == 2
    assert done.stderr == "error: deviation is a finite standard deviation of at least 0, not -1\n"


def test_a_modifier_that_breaks_a_law_is_found_out_and_on_which_task() -> None:
    Path("unseeded.py").write_text(UNSEEDED_NOISE)
    done = tuner("check", "unseeded.py:UnseededNoise")

    assert done.exit_code == 1
    assert "✗ the same trial gives the same values" in done.stdout
    assert "over the example 'continuous': trial 0 evaluated again" in done.stdout


def test_a_modifier_that_fits_only_some_tasks_is_checked_on_those() -> None:
    Path("branchy.py").write_text(BRANCHES_ONLY)
    done = tuner("check", "branchy.py:Branchy")

    assert done.exit_code == 0, done.output
    assert "0 broken" in done.stdout
    assert tuner("check", "branchy.py:Branchy", "-o", "least=9").stderr == "error: too few conditions\n"


def test_an_option_is_passed_to_the_task() -> None:
    assert tuner("check", "branin", "-o", "noise=0.5").exit_code == 0
    assert tuner("check", "branin", "-o", "noise=-1").exit_code != 0


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (["a=1", "b=0.5", "c=true", "d=text", 'e="1"'], {"a": 1, "b": 0.5, "c": True, "d": "text", "e": "1"}),
        (['{"a": 1, "b": "x"}'], {"a": 1, "b": "x"}),
        (["a=1", '{"a": 2}'], {"a": 2}),
        (["a=b=c"], {"a": "b=c"}),
        ([], {}),
    ],
)
def test_options_are_pairs_or_json(texts: list[str], options: dict[str, object]) -> None:
    assert parse_options(texts) == options


@pytest.mark.parametrize("text", ["a", "=1", "{a}", "a=[1]", "a=null"])
def test_what_is_no_option_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption):
        parse_options([text])
