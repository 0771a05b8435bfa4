"""The Markdown report of a fixed run, word for word."""

from __future__ import annotations

import os
from pathlib import Path

from example_store import write_example_run

from results.render import render
from results.report import build_report
from results.store import open_store

GOLDEN = Path(__file__).with_name("report.md")
UPDATE = "TUNER_UPDATE_GOLDEN"
"""Set this variable to write the file anew, then read the difference before committing it."""


def test_the_markdown_report_is_as_it_was(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", skipped=(("gp", "digits"),), trials=10)
    text = render(build_report(open_store(run)), "md")
    if os.environ.get(UPDATE):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8"), f"set {UPDATE}=1 to write {GOLDEN.name} anew"
