"""How fast a report is, and what it is made of, up to ten million trials; beside pandas, Polars and DuckDB.

Run as `python -m bench reporting`. The runs are synthetic, and every figure is taken in a process of its own.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from results.sections import section_targets
from tuner.session import RUNS

from .best_so_far import OURS, QUERIES
from .fresh_process import REPORT, Use, use_of
from .harness import print_table
from .synthetic_store import Extent, write_synthetic_run

SMALL = Extent(tasks=5, strategies=4, seeds=10, trials=50)
MIDDLE = Extent(tasks=10, strategies=10, seeds=100, trials=100)
LARGE = Extent(tasks=10, strategies=10, seeds=1000, trials=100)


def main(
    queried: Sequence[Extent] = (SMALL, MIDDLE, LARGE), reported: Sequence[Extent] = (SMALL, MIDDLE), rounds: int = 3
) -> None:
    """Print a table of the best values so far for runs of one size, and one of the report for those of the other."""
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=RUNS) as folder:
        extents = dict.fromkeys([*queried, *reported])
        runs = {one: write_synthetic_run(Path(folder, str(number)), one) for number, one in enumerate(extents)}
        print_queries({one: runs[one] for one in queried}, rounds)
        print_report({one: runs[one] for one in reported})


def print_queries(runs: Mapping[Extent, Path], rounds: int) -> None:
    """The best values so far of all studies, by our code and by others."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("pandas", "polars", "duckdb"))
    print(f"Best so far of all studies, {versions}; median of {rounds} processes, imports not counted; ", end="")
    print(f"load average {os.getloadavg()[0]:.1f}\n", flush=True)
    heads = ("by", "trials", "seconds", "lowest–highest", "of the fastest peer's", "peak memory, MB", "same values")
    print_table(heads, (row for extent, run in runs.items() for row in _query_rows(extent, run, rounds)))


def _query_rows(extent: Extent, run: Path, rounds: int) -> Iterator[list[str]]:
    uses: dict[str, list[Use]] = {name: [] for name in QUERIES}
    for number in range(rounds):
        for name in QUERIES if number % 2 == 0 else reversed(list(QUERIES)):
            uses[name].append(use_of("query", name, run))
    medians = {name: median(use.seconds for use in mine) for name, mine in uses.items()}
    fastest = min(seconds for name, seconds in medians.items() if name != OURS)
    for name, mine in uses.items():
        times = sorted(use.seconds for use in mine)
        is_same = all(use.made == uses[OURS][0].made for use in mine)
        yield [
            *(name, f"{extent.total:,}", f"{medians[name]:.3f}", f"{times[0]:.3f}–{times[-1]:.3f}"),
            *(f"{medians[name] / fastest:.2f} ×", f"{max(use.peak_megabytes for use in mine):,.0f}"),
            "yes" if is_same else "no",
        ]


def print_report(runs: Mapping[Extent, Path]) -> None:
    """Each section by itself, from the opening of the store on, and the whole page."""
    print(f"\nSections, each by itself, and the whole page; load average {os.getloadavg()[0]:.1f}\n", flush=True)
    sizes = [f"{extent.total:,} trials: {what}" for extent in runs for what in ("seconds", "peak memory, MB")]
    pages = {extent: use_of("report", REPORT, run) for extent, run in runs.items()}
    print_table(("section", *sizes), _section_rows(runs, pages))
    bytes_of = ", ".join(f"{int(page.made) / 1e6:.2f} MB for {extent.total:,} trials" for extent, page in pages.items())
    print(f"\nThe page takes {bytes_of}.", flush=True)


def _section_rows(runs: Mapping[Extent, Path], pages: Mapping[Extent, Use]) -> Iterator[list[str]]:
    for name in section_targets():
        uses = [use_of("section", name, run) for run in runs.values()]
        if any(use.made == "yes" for use in uses):
            yield [name, *_cells(uses)]
    yield [REPORT, *_cells(list(pages.values()))]


def _cells(uses: Sequence[Use]) -> list[str]:
    return [cell for use in uses for cell in (f"{use.seconds:.2f}", f"{use.peak_megabytes:,.0f}")]


if __name__ == "__main__":
    main()
