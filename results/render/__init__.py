"""A report as a page, as text for papers and issues, and as tables for other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from ..errors import ResultsError
from ..report import Report

_RENDERERS: Mapping[str, tuple[str, str]] = {
    "html": ("page", "render_html"),
    "md": ("markdown", "render_markdown"),
    "csv": ("spreadsheet", "render_csv"),
    "latex": ("booktabs", "render_latex"),
    "json": ("data", "render_json"),
}

FORMATS = tuple(_RENDERERS)
"""The formats that `render` knows."""


def render(report: Report, file_format: str) -> str:
    """The report as text in one of `FORMATS`; the same report gives the same text."""
    if file_format not in _RENDERERS:
        raise ResultsError(f"no report format called {file_format!r}; known: {', '.join(FORMATS)}")
    module, function = _RENDERERS[file_format]
    renderer: Callable[[Report], str] = getattr(import_module(f".{module}", __name__), function)
    return renderer(report)
