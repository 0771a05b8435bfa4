"""A chart in a page: the picture that is there without script, and what the script draws in its place."""

from __future__ import annotations

from markupsafe import Markup

from ..items import Chart
from ..report import Report
from .cells import plain
from .compiled import compile_chart
from .drawing import draw_compiled
from .live import Live, make_live
from .scripts import embedded_json


def plot(chart: Chart, anchor: str, report: Report) -> Markup:
    """The chart, or, for one that a plug-in got wrong, a note in its place; `anchor` is unique in the page."""
    try:
        drawn, lives = _plot(chart, anchor, report)
    except ValueError as error:
        told = str(error).partition("\n")[0]
        return Markup('<p class="note">This chart cannot be drawn: {}</p>').format(plain(told))
    moving = Markup('<script type="application/json">{}</script>').format(embedded_json(lives))
    return Markup('<div class="plot" id="{}">{}{}</div>').format(anchor, drawn, moving)


def _plot(chart: Chart, anchor: str, report: Report) -> tuple[Markup, dict[str, Live]]:
    """The picture, and the live charts by what lies along their bottom; the first shows what the picture does."""
    first = compile_chart(chart.specification())
    others = {axis: compile_chart(build()) for axis, build in list(chart.axes.items())[1:]}
    compiled = {next(iter(chart.axes), ""): first, **others}
    strategies, tasks = (set(map(plain, names)) for names in (report.strategies, report.tasks))
    lives = {axis: make_live(vega, strategies, tasks) for axis, vega in compiled.items()}
    return Markup(draw_compiled(first, chart, anchor)), lives  # noqa: S704 written element by element, names as text
