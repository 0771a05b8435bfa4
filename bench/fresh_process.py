"""What one piece of the work on a stored run takes, in a process of its own: seconds, and the most memory it held."""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from .best_so_far import QUERIES

Kind: TypeAlias = Literal["query", "section", "report"]
Result = TypeVar("Result")

REPORT = "whole page"


@dataclass(frozen=True, slots=True)
class Use:
    """What it took."""

    seconds: float
    peak_megabytes: float
    """The most memory that the process held, the interpreter and its libraries included."""
    made: str
    """Digest of a query's values; bytes of a page; whether there is a section."""


def use_of(kind: Kind, name: str, run: Path) -> Use:
    """Do it in a new process."""
    command = [sys.executable, "-m", "bench.fresh_process", kind, name, str(run.resolve())]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)  # noqa: S603  our own command
    return Use(**json.loads(done.stdout.splitlines()[-1]))


def use_here(kind: Kind, name: str, run: Path) -> Use:
    """Do it in this process, whose memory counts from its start."""
    return {"query": _query, "section": _section, "report": _report}[kind](name, run)


def _query(name: str, run: Path) -> Use:
    query = QUERIES[name]
    query.load()
    answer, seconds, peak = _timed(lambda: query.run(run))
    best = query.numbers(answer)
    same = np.where(np.isfinite(best), best, np.nan)
    return Use(seconds, peak, hashlib.sha256(same.tobytes()).hexdigest())


def _section(name: str, run: Path) -> Use:
    """From the opening of the store, as if nothing but this section were wanted."""
    from results import open_store
    from results.errors import NothingToCompare
    from results.sections import load_section, section_targets

    build = load_section(name, section_targets()[name])

    def make() -> bool:
        try:
            return build(open_store(run)) is not None
        except NothingToCompare:
            return False

    made, seconds, peak = _timed(make)
    return Use(seconds, peak, "yes" if made else "no")


def _report(_: str, run: Path) -> Use:
    """From the opening of the store to the text of the page, with the imports on the way."""
    from results import open_store
    from results.render.page import render_html
    from results.report import build_report

    page, seconds, peak = _timed(lambda: render_html(build_report(open_store(run))))
    return Use(seconds, peak, str(len(page.encode())))


def _timed(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """The result, the seconds that it took, and the megabytes that the process had held at most by then."""
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    return result, seconds, _peak_megabytes()


def _peak_megabytes() -> float:
    """Of this program alone: what `getrusage` tells would include the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(arguments: list[str]) -> None:
    """Print what it took as JSON: kind, name and the run's folder are the arguments."""
    kind, name, run = arguments
    found = next(known for known in ("query", "section", "report") if known == kind)
    print(json.dumps(asdict(use_here(found, name, Path(run)))))


if __name__ == "__main__":
    main(sys.argv[1:])
