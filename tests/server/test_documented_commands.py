"""The pages about the service say what a service that runs really does: their code and commands are executed."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from docs.pages import ROOT, blocks_of, name_of
from served_under_test import Served, served

__all__ = ["served"]
DOCS = ROOT / "docs"
PAGES = [
    DOCS / "how-to" / "use-the-service-from-python.md",
    DOCS / "how-to" / "bring-a-remote-strategy.md",
    DOCS / "reference" / "http-api.md",
]
WRITTEN = "http://127.0.0.1:8321"
"""Where the pages say that the service is."""


@pytest.fixture
def running(served: Served) -> Served:
    """All jobs are worked on, one after the other."""

    def work() -> None:
        while not served.is_over.is_set():
            served.run_next().join(60)

    threading.Thread(target=work, daemon=True).start()
    return served


def texts_of(page: Path, language: str) -> list[str]:
    return [block.text for block in blocks_of(page) if block.language == language]


def slow_if_it_reports(page: Path) -> Path | ParameterSet:
    return pytest.param(page, marks=pytest.mark.slow) if ".report(" in page.read_text() else page


@pytest.mark.parametrize("page", [slow_if_it_reports(page) for page in PAGES if texts_of(page, "py")], ids=name_of)
def test_the_python_of_a_page_works_one_block_after_the_other(
    page: Path, running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(running.runs.parent)
    names: dict[str, object] = {"__name__": "a_page"}

    for text in texts_of(page, "py"):
        exec(compile(text.replace(WRITTEN, running.url), page.name, "exec"), names)


def test_the_commands_of_the_reference_work_one_after_the_other(running: Served) -> None:
    commands = "\n".join(texts_of(DOCS / "reference" / "http-api.md", "sh")).replace(WRITTEN, running.url)
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=running.runs.parent, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"name":"mine"' in done.stdout
    assert '"entry":' in done.stdout
