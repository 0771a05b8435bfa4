"""The charts and tables of a report as files of a folder, with an index of their captions."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import NothingToCompare
from ..items import Chart, Table
from ..report import Report
from ..sealing import write_bytes, write_text
from . import figures, tables
from .numbered import Numbered, numbered_charts, numbered_tables


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    paths: tuple[Path, ...]
    """In the order of the report; at the end the index."""
    left_out: tuple[str, ...] = ()
    """Charts that cannot be drawn, and why."""


def write_figures(report: Report, folder: Path, file_format: str, section: str | None = None) -> Written:
    """One file for each chart of the report, or of one section, and `figures.json`, which says what they show.

    Files of the same names are replaced, others left alone. Raises NothingToCompare where there is no chart.
    """
    found = numbered_charts(report, section)
    drawn: dict[str, bytes] = {}
    left_out = []
    for figure in found:
        try:
            drawn[figure.name] = figures.draw_figure(figure, file_format)
        except ValueError as error:
            left_out.append(f"{figure.name}: {str(error).partition(chr(10))[0]}")
    paths = _write(folder, {f"{name}.{file_format}": content for name, content in drawn.items()}, "chart")
    able = [figure for figure in found if figure.name in drawn]
    index = _write_index(folder / "figures.json", paths, able, [one.item.description for one in able])
    return Written((*paths, index), tuple(left_out))


def write_tables(report: Report, folder: Path, file_format: str, section: str | None = None) -> Written:
    """One file for each table, and for the numbers behind each chart, and `tables.json`; else as `write_figures`."""
    found = numbered_tables(report, section)
    ending = tables.ENDINGS.get(file_format, file_format)
    files = {f"{table.name}.{ending}": tables.table_file(table, file_format) for table in found}
    paths = _write(folder, files, "table")
    return Written((*paths, _write_index(folder / "tables.json", paths, found)))


def _write(folder: Path, files: Mapping[str, bytes], kind: str) -> list[Path]:
    if not files:
        raise NothingToCompare(f"there is no {kind} to write")
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file, not a folder to write to", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_bytes(content, folder / name)
    return [folder / name for name in files]


def _write_index(
    path: Path,
    paths: Sequence[Path],
    parts: Sequence[Numbered[Chart] | Numbered[Table]],
    descriptions: Sequence[str] = (),
) -> Path:
    """A list of objects, one for each file: `file`, `section`, `title` of the section, `caption`, `description`."""
    entries = [
        {"file": file.name, "section": part.section.id, "title": part.section.title, "caption": part.caption}
        for file, part in zip(paths, parts, strict=True)
    ]
    for entry, description in zip(entries, descriptions, strict=False):
        entry["description"] = description
    write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", path)
    return path
