"""A report as one page: a file that asks the network for nothing, whole without script and moving with it."""

from __future__ import annotations

import base64
from functools import partial
from itertools import count
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..charts.palette import COLOURS, looks
from ..items import Item
from ..report import Report
from .cells import is_numeric, plain, write_cell
from .choices import axis_choices, row_marks
from .plots import plot
from .scripts import content_hash, page_scripts

_HERE = Path(__file__).parent
_MOST_ROWS = 16
"""Longer tables are folded."""
_MARKERS = {
    "circle": "M20 6m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "square": "M16 2h8v8h-8z",
    "triangle-up": "M20 1.5l4.5 8h-9z",
    "diamond": "M20 1l4 5l-4 5l-4 -5z",
    "cross": "M18.5 2h3v2.5h2.5v3h-2.5v2.5h-3v-2.5h-2.5v-3h2.5z",
    "triangle-down": "M20 10.5l4.5 -8h-9z",
}
"""The markers of the palette, drawn in the middle of a line of 40 by 12."""


def render_html(report: Report) -> str:
    """The page; the same report gives the same bytes."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    scripts = page_scripts()
    hashes = {"style": [content_hash(style)], "script": [content_hash(script) for script in scripts]}
    page = _environment(report).get_template("page.html.j2")
    # The style sheet is our own file, and its hash has to be that of its very bytes.
    return page.render(report=report, style=Markup(style), scripts=scripts, hashes=hashes) + "\n"  # noqa: S704


def _environment(report: Report) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "kind": _kind, "swatch": _swatch, "data_url": _data_url}
    figures, tables = count(1), count(1)
    environment.globals |= {
        "most_rows": _MOST_ROWS,
        "write_cell": write_cell,
        "is_numeric": is_numeric,
        "axis_choices": axis_choices(report),
        "row_marks": partial(row_marks, report=report),
        "plot": partial(plot, report=report),
        "next_figure": lambda: next(figures),
        "next_table": lambda: next(tables),
    }
    return environment


def _kind(item: Item) -> str:
    return type(item).__name__.lower()


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _swatch(name: str, strategies: tuple[str, ...]) -> dict[str, str]:
    """How the key draws a strategy."""
    look = looks(strategies)[name]
    return {
        "colour": f"var(--series-{COLOURS.index(look.colour)})",
        "dash": " ".join(map(str, look.dash)),
        "marker": _MARKERS[look.marker],
    }
