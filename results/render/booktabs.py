"""The tables of a report for LaTeX papers, with the rules of the booktabs package."""

from __future__ import annotations

import re

from ..items import Table
from ..report import Report
from .cells import is_numeric, plain, write_cell

NEEDS = r"% needs \usepackage[T1]{fontenc}, \usepackage{booktabs} and \usepackage{textcomp}"
"""A comment that says what a document has to load."""

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "–": "--",
    "\u2212": r"\textminus{}",
    "\u202f": r"\,",
    "\u2026": r"\ldots{}",
}


def render_latex(report: Report) -> str:
    r"""Every table as a `table` environment; needs `\usepackage{booktabs}` and `\usepackage{textcomp}`."""
    tables = [
        table_as_latex(table, f"{section.id}-{place}")
        for section in report.sections
        for place, table in enumerate(section.tables, start=1)
    ]
    return "\n".join([NEEDS, *tables])


def table_as_latex(table: Table, label: str) -> str:
    r"""The table as a `table` environment that `\ref{tab:LABEL}` refers to."""
    alignment = "".join("r" if is_numeric(column) else "l" for column in table.columns)
    rows = [
        _row([write_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)]) for row in table.rows
    ]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_escape(table.caption)}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        _row([column.name for column in table.columns]),
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return " & ".join(_escape(cell) for cell in cells) + r" \\"


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in re.sub(r"[\n\t ]+", " ", plain(text)))
