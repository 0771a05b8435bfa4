"""What README and docs say is done as it stands there, page by page."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from docs.pages import PAGES, ROOT, Block, blocks_of, headings_of, name_of
from typer.testing import CliRunner

from tuner.cli.main import app
from tuner.suite import parse_suite

MOST_NOT_EXECUTED = 10
SHORTER = ("--seeds", "1", "--trials", "4")
"""What is added to a run in a block of bash: one that readers are to let run for longer."""


def slow_if_long(page: Path) -> Path | ParameterSet:
    """The tutorial trains some hundreds of models; the other pages take seconds."""
    return pytest.param(page, marks=pytest.mark.slow) if page.name == "tutorial.md" else page


def run_block(block: Block, names: dict[str, object]) -> None:
    """Write the block's file, or execute it as Python of this page."""
    if block.file is not None:
        Path(block.file).write_text(block.text)
    if block.language == "python":
        run_python(block, names)
    elif block.language == "toml":
        assert parse_suite(block.text).name
    elif block.language in {"console", "bash"}:
        for command in block.commands:
            run_command(command, SHORTER if block.language == "bash" else ())


def run_python(block: Block, names: dict[str, object]) -> None:
    """A file is imported by its name, as a reader's is; other code adds to what the page has defined so far."""
    if block.file is not None:
        importlib.import_module(Path(block.file).stem)
    else:
        exec(compile("\n" * (block.line - 1) + block.text, "the page", "exec"), names)


def run_command(command: str, shorter: Sequence[str] = ()) -> None:
    program, *arguments = shlex.split(command)
    if program == "tuner":
        done = CliRunner().invoke(app, [*arguments, *(shorter if arguments[0] == "run" else ())])
        assert done.exit_code == 0, f"{command}: exit code {done.exit_code}\n{done.output}"
    elif program == "pytest":
        called = [sys.executable, "-m", "pytest", "-q", *arguments]
        told = subprocess.run(called, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr
    else:
        pytest.fail(f"{command}: only tuner and pytest are executed; put the rest into a block of bash")


@pytest.mark.parametrize("page", [slow_if_long(page) for page in PAGES], ids=name_of)
def test_every_block_of_a_page_works_one_after_the_other(page: Path, reader: Path) -> None:
    names: dict[str, object] = {"__name__": "a_page"}

    for block in blocks_of(page):
        if block.reason is None:
            run_block(block, names)


def test_only_few_blocks_are_not_executed_and_each_says_why() -> None:
    left_out = [f"{name_of(page)}:{b.line}: {b.reason}" for page in PAGES for b in blocks_of(page) if b.reason]
    print("\n".join(left_out))

    assert 0 < len(left_out) <= MOST_NOT_EXECUTED


def test_the_command_line_of_a_page_that_fails_is_told(reader: Path) -> None:
    with pytest.raises(AssertionError, match="exit code 2"):
        run_block(Block("console", "$ tuner show nonsense\n", 1, None), {})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)\s]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in {anchor_of(heading) for heading in headings_of(target)}


def anchor_of(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_page_of_the_documentation_is_reached_from_its_index() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in re.findall(r"\]\(([^)#]+\.md)", index.read_text())}

    assert [name_of(page) for page in PAGES[1:] if page != index and page not in linked] == []
