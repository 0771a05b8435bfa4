"""Charts drawn straight from a table: lines, points, bars and maps, for whoever brings data and no design."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from ..items import Chart, Specification, Table
from .plot import Rows, read_rows


@dataclass(frozen=True, slots=True)
class Axes:
    """Which columns of a table lie along which axis, by their names, and how."""

    x: str
    y: str
    series: str | None = None
    """The column whose values tell lines, points or bars apart by colour, with a key above the chart."""
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is drawn over a chart, on its axes, in the ink of the text."""

    table: Table
    """Has columns with the names of the chart's axes."""
    is_path: bool = False
    """Whether the rows are joined by a line, in their order."""
    label: str | None = None
    """A column of texts to write beside the points."""


def lines(
    caption: str, description: str, table: Table, axes: Axes, *, overlays: Sequence[Overlay] = (), steps: bool = False
) -> Chart:
    """One line a series, through its rows in order of x; `steps` holds y until the next x."""
    rows = read_rows(f"chart {caption!r}", table, _roles(axes), log=_logarithmic(axes), named=("series",))
    drawing = _drawing("draw_lines", rows, _over(caption, axes, overlays, rows), steps=steps)
    return Chart(caption, description, drawing, table)


def points(caption: str, description: str, table: Table, axes: Axes, *, overlays: Sequence[Overlay] = ()) -> Chart:
    """One point a row."""
    rows = read_rows(f"chart {caption!r}", table, _roles(axes), log=_logarithmic(axes), named=("series",))
    drawing = _drawing("draw_points", rows, _over(caption, axes, overlays, rows))
    return Chart(caption, description, drawing, table)


def bars(caption: str, description: str, table: Table, axes: Axes, *, horizontal: bool = True) -> Chart:
    """One bar a row: its name from column `x`, in the table's order, its length from `y`; side by side by series."""
    rows = read_rows(f"chart {caption!r}", table, _roles(axes), log=_logarithmic(axes), named=("x", "series"))
    return Chart(caption, description, _drawing("draw_bars", rows, horizontal=horizontal), table)


def intervals(caption: str, description: str, table: Table, axes: Axes, *, low: str, high: str) -> Chart:
    """One row a name (column `y`, in the table's order): a point at `x` with a bar from `low` to `high`."""
    roles = {**_roles(axes), "low": low, "high": high}
    ends = ("low", "high")
    log = [*_logarithmic(axes), *(ends if axes.log_x else ())]
    rows = read_rows(f"chart {caption!r}", table, roles, log=log, named=("y", "series"), optional=ends)
    return Chart(caption, description, _drawing("draw_intervals", rows), table)


def heatmap(
    caption: str,
    description: str,
    table: Table,
    axes: Axes,
    *,
    value: str,
    log_value: bool = False,
    overlays: Sequence[Overlay] = (),
) -> Chart:
    """A cell a row, coloured by `value`; x and y are numbers on a regular grid, or names in the table's order."""
    log = [*_logarithmic(axes), *(["value"] if log_value else [])]
    rows = read_rows(f"chart {caption!r}", table, {"x": axes.x, "y": axes.y, "value": value}, log=log)
    drawing = _drawing("draw_heatmap", rows, _over(caption, axes, overlays, rows))
    return Chart(caption, description, drawing, table)


def _roles(axes: Axes) -> dict[str, str]:
    return {"x": axes.x, "y": axes.y} | ({} if axes.series is None else {"series": axes.series})


def _logarithmic(axes: Axes) -> list[str]:
    return [role for role, is_log in (("x", axes.log_x), ("y", axes.log_y)) if is_log]


def _over(caption: str, axes: Axes, overlays: Sequence[Overlay], rows: Rows) -> list[tuple[Rows, bool]]:
    """The rows of each overlay, and whether they are a path."""
    named = [role for role in ("x", "y") if rows.channels[role].names is not None]
    found = []
    for overlay in overlays:
        roles = {"x": axes.x, "y": axes.y} | ({} if overlay.label is None else {"label": overlay.label})
        over = read_rows(
            f"overlay of chart {caption!r}",
            overlay.table,
            roles,
            log=_logarithmic(axes),
            named=(*named, "label"),
            optional=("label",),
        )
        found.append((over, overlay.is_path))
    return found


def _drawing(name: str, *rows: object, **options: object) -> Callable[[], Specification]:
    """The function of `plain_marks` that draws, imported only when it is called."""
    return partial(_draw, name, *rows, **options)


def _draw(name: str, *rows: object, **options: object) -> Specification:
    draw: Callable[..., Specification] = getattr(import_module(".plain_marks", __package__), name)
    return draw(*rows, **options)
