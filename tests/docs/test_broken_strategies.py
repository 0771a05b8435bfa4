"""A user's strategy that is wrong is told what is wrong, and spoils nobody else's studies."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from results.store import Store, open_store
from tuner.cli.main import app

HEAD = """
import random

from tuner import Configuration, Proposal, SearchStrategy


class Broken(SearchStrategy):
    def ask(self, count):
"""
BODIES = {
    "raises": "raise RuntimeError('no more ideas')",
    "leaves the space": "return [Proposal(Configuration({**self.space.default(), self.space.names[0]: 1e9}))]",
    "is not deterministic": "return [Proposal(self.space.from_unit([random.random() for _ in self.space.names]))]",
}
VERDICTS = {
    "raises": ("a study runs through", "raised RuntimeError: no more ideas"),
    "leaves the space": ("every proposal lies in the space", "1000000000.0 is not "),
    "is not deterministic": (
        "the global random state is neither read nor changed",
        "it changed the global state of random",
    ),
}
MESSAGES = {
    "raises": "ask raised RuntimeError: no more ideas",
    "leaves the space": "proposed a configuration outside the space: x1 = 1000000000.0 is not a number in [-5, 10]",
    "is not deterministic": "the strategy is not deterministic: with the same seed and results it proposed ",
}
SUITE = """
name = "beside"
seeds = [0]
budget = { trials = 6 }
tasks = ["branin"]
strategies = ["random", "./broken.py:Broken"]
"""


@pytest.fixture(params=BODIES)
def flaw(request: pytest.FixtureRequest, reader: Path) -> str:
    """What is wrong with the strategy in the folder's broken.py."""
    name: str = request.param
    (reader / "broken.py").write_text(f"{HEAD}        {BODIES[name]}\n")
    return name


def run_beside_random(folder: Path) -> Store:
    (folder / "beside.toml").write_text(SUITE)
    done = CliRunner().invoke(app, ["run", "beside.toml", "--in-process"])
    assert done.exit_code == 1, done.output
    return open_store(folder / "runs" / "beside")


def test_check_says_which_law_is_broken_and_how(flaw: str, reader: Path) -> None:
    done = CliRunner().invoke(app, ["check", "./broken.py:Broken"])

    law, message = VERDICTS[flaw]
    lines = done.stdout.splitlines()
    assert done.exit_code == 1
    assert f"✗ {law}" in lines
    assert message in " ".join(lines[lines.index(f"✗ {law}") + 1 :])


def test_its_studies_fail_with_a_message_and_the_others_finish(flaw: str, reader: Path) -> None:
    studies = run_beside_random(reader).studies.set_index("strategy")

    assert studies.loc["Broken", "status"] == "failed"
    assert str(studies.loc["Broken", "message"]).startswith(MESSAGES[flaw])
    assert list(studies.loc["random", ["status", "trials", "failures"]]) == ["finished", 6, 0]


def test_the_report_mentions_it(flaw: str, reader: Path) -> None:
    run_beside_random(reader)

    told = CliRunner().invoke(app, ["report", "beside", "--format", "md"]).stdout

    assert MESSAGES[flaw].partition(":")[0] in told
    assert (reader / "runs" / "beside" / "report.html").exists()
