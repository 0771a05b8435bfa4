"""Charts straight from a table: its rows under safe names, what cannot be drawn left out, mistakes told."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

import pytest

from results.charts.plain import Axes, Overlay, bars, heatmap, intervals, lines, points
from results.charts.plot import MOST_ROWS
from results.errors import ResultsError
from results.items import Cell, Chart, Column, Specification, Table
from results.render.drawing import draw

ODD = "loss [nats].x: \"y\" <b> \\ 'z'"
"""A heading that Vega would read as a path into the data."""
AXES = Axes("step", ODD)


def table_of(*rows: tuple[Cell, ...], names: Sequence[str] = ("step", ODD, "net", "low", "high")) -> Table:
    return Table("t", tuple(map(Column, names)), rows)


TABLE = table_of((1, 4.0, "a", 3.0, 5.0), (2, 3.0, "b", 2.0, None), (3, 2.0, "a", 1.0, 2.5), (4, 1.0, "b", 0.5, 1.5))
CHARTS: dict[str, Callable[[Table], Chart]] = {
    "lines": lambda table: lines("c", "d", table, AXES),
    "lines of series": lambda table: lines("c", "d", table, Axes("step", ODD, "net"), steps=True),
    "points": lambda table: points("c", "d", table, AXES),
    "points of series": lambda table: points("c", "d", table, Axes("step", ODD, "net")),
    "bars": lambda table: bars("c", "d", table, AXES),
    "bars of series": lambda table: bars("c", "d", table, Axes("step", ODD, "net"), horizontal=False),
    "intervals": lambda table: intervals("c", "d", table, Axes(ODD, "step"), low="low", high="high"),
    "intervals of series": lambda table: intervals("c", "d", table, Axes(ODD, "step", "net"), low="low", high="high"),
    "heatmap": lambda table: heatmap("c", "d", table, Axes("step", ODD), value="low"),
    "heatmap of names": lambda table: heatmap("c", "d", table, Axes("net", "step"), value=ODD),
}
every_chart = pytest.mark.parametrize("build", CHARTS.values(), ids=CHARTS)


def parts(value: object) -> list[dict[str, object]]:
    """Every object in a specification."""
    if isinstance(value, dict):
        return [value, *(part for inner in value.values() for part in parts(inner))]
    return [part for inner in value for part in parts(inner)] if isinstance(value, list) else []


def rows_of(specification: Specification) -> list[dict[str, object]]:
    """The rows of every data set of a chart."""
    found = [part["values"] for part in parts(specification) if isinstance(part.get("values"), list)]
    found += [
        rows
        for part in parts(specification)
        if isinstance(sets := part.get("datasets"), dict)
        for rows in sets.values()
    ]
    return [row for rows in found if isinstance(rows, list) for row in rows if isinstance(row, dict)]


def drawn_rows(chart: Chart, *roles: str) -> list[tuple[object, ...]]:
    """What a chart shows of each row that has all of these roles."""
    found = [tuple(row[role] for role in roles) for row in rows_of(chart.specification()) if {*roles} <= {*row}]
    return list(dict.fromkeys(found))


def scale_types(chart: Chart, channel: str) -> set[object]:
    encodings = [part[channel] for part in parts(chart.specification()) if channel in part]
    scales = [encoding["scale"] for encoding in encodings if isinstance(encoding, dict) and "scale" in encoding]
    return {scale["type"] for scale in scales if isinstance(scale, dict)}


def svg_of(chart: Chart) -> ET.Element:
    return ET.fromstring(draw(chart, "figure-1"))


def written(chart: Chart) -> list[str]:
    return [element.text or "" for element in svg_of(chart).iter("text")]


def marks(chart: Chart, *colours: str) -> int:
    """How many shapes are filled with one of these colours of the page."""
    wanted = {f"var(--{colour})" for colour in colours or ("series-0", "series-1")}
    return sum(path.get("fill") in wanted for path in svg_of(chart).iter("path"))


@every_chart
def test_every_chart_is_drawn_with_a_heading_that_is_no_field_name(build: Callable[[Table], Chart]) -> None:
    chart = build(TABLE)

    assert ODD in written(chart)
    assert chart.data is TABLE


@every_chart
def test_no_heading_of_the_table_is_a_field_of_the_chart(build: Callable[[Table], Chart]) -> None:
    specification = build(TABLE).specification()
    fields = {part["field"] for part in parts(specification) if isinstance(part.get("field"), str)}

    roles = {"x", "y", "series", "value", "low", "high", "label", "place", "x_from", "x_to", "y_from", "y_to"}
    assert fields <= roles
    assert {name for row in rows_of(specification) for name in row} <= roles


@every_chart
def test_the_same_table_gives_the_same_bytes(build: Callable[[Table], Chart]) -> None:
    assert draw(build(TABLE), "figure-1") == draw(build(TABLE), "figure-1")


@every_chart
def test_a_table_without_rows_is_drawn(build: Callable[[Table], Chart]) -> None:
    assert svg_of(build(table_of())).tag == "svg"


@every_chart
def test_a_table_of_one_row_is_drawn(build: Callable[[Table], Chart]) -> None:
    assert svg_of(build(table_of((1, 4.0, "a", 3.0, 5.0)))).tag == "svg"


def test_a_line_has_the_rows_of_the_table() -> None:
    chart = lines("c", "d", TABLE, Axes("step", ODD, "net"))

    assert drawn_rows(chart, "x", "y", "series") == [(1, 4, "a"), (2, 3, "b"), (3, 2, "a"), (4, 1, "b")]


def test_steps_hold_a_value_until_the_next_one() -> None:
    ways = [
        [part.get("interpolate") for part in parts(lines("c", "d", TABLE, AXES, steps=s).specification())]
        for s in (True, False)
    ]

    assert "step-after" in ways[0]
    assert "step-after" not in ways[1]


def test_bars_keep_the_order_of_the_table() -> None:
    table = table_of(("z", 1.0), ("a", 3.0), ("m", 2.0), names=("name", "y"))
    labels = [text for text in written(bars("c", "d", table, Axes("name", "y"))) if text in {"z", "a", "m"}]

    assert labels == ["z", "a", "m"]


def test_bars_start_at_zero_and_on_a_logarithmic_axis_below_the_shortest() -> None:
    table = table_of(("p", 0.02), ("q", 3.0), names=("name", "y"))
    bases = [
        [
            part["x2"]
            for part in parts(bars("c", "d", table, Axes("name", "y", log_y=is_log)).specification())
            if "x2" in part
        ]
        for is_log in (False, True)
    ]

    assert bases == [[{"datum": 0}], [{"datum": pytest.approx(0.01)}]]


def test_an_interval_without_ends_is_shown_as_its_point() -> None:
    def dots(chart: Chart) -> list[tuple[object, ...]]:
        return drawn_rows(chart, "x", "low", "high")

    table = table_of(
        ("p", 2.0, None, None), ("q", 3.0, 1.0, math.nan), ("r", 4.0, 3.0, 5.0), names=("n", "x", "l", "h")
    )
    chart = intervals("c", "d", table, Axes("x", "n"), low="l", high="h")

    assert dots(chart) == [(2, None, None), (3, 1, None), (4, 3, 5)]
    assert [rule.get("stroke") for rule in svg_of(chart).iter("line")].count("var(--series-0)") == 1


def test_cells_of_a_heatmap_meet_half_way_between_their_numbers() -> None:
    table = table_of((0.0, "r", 1.0), (1.0, "r", 2.0), (3.0, "r", 3.0), names=("x", "y", "v"))
    chart = heatmap("c", "d", table, Axes("x", "y"), value="v")

    assert drawn_rows(chart, "x_from", "x_to") == [(-0.5, 0.5), (0.5, 2), (2, 4)]


def test_cells_on_a_logarithmic_axis_meet_at_the_geometric_mean() -> None:
    table = table_of((1.0, "r", 1.0), (100.0, "r", 2.0), names=("x", "y", "v"))
    chart = heatmap("c", "d", table, Axes("x", "y", log_x=True), value="v")

    edges = [end for row in drawn_rows(chart, "x_from", "x_to") for end in row]
    assert edges == pytest.approx([0.1, 10.0, 10.0, 1000.0])


def test_a_logarithmic_axis_leaves_out_what_is_not_positive() -> None:
    table = table_of((1, 0.0), (2, -1.0), (3, 0.1), (10, 10.0), names=("x", "y"))
    for build in (lines, points):
        assert drawn_rows(build("c", "d", table, Axes("x", "y", log_y=True)), "x", "y") == [(3, 0.1), (10, 10)]
        assert scale_types(build("c", "d", table, Axes("x", "y", log_y=True)), "y") == {"log"}
        assert len(drawn_rows(build("c", "d", table, Axes("x", "y")), "x", "y")) == 4


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -math.inf])
def test_a_row_without_a_finite_value_is_left_out(missing: float | None) -> None:
    table = table_of((1, 1.0, 0.5), (2, missing, 0.5), (3, 3.0, 0.5), names=("x", "y", "v"))
    for chart in (
        lines("c", "d", table, Axes("x", "y")),
        points("c", "d", table, Axes("x", "y")),
        bars("c", "d", table, Axes("x", "y")),
        heatmap("c", "d", table, Axes("x", "y"), value="v"),
    ):
        assert [row[0] for row in drawn_rows(chart, "y")] == [1, 3]


def test_series_are_told_apart_by_colour_with_a_key() -> None:
    chart = points("c", "d", TABLE, Axes("step", ODD, "net"))

    assert marks(chart, "series-0") == 3  # two points and one in the key
    assert marks(chart, "series-1") == 3
    assert {"a", "b", "net"} <= {*written(chart)}


@pytest.mark.parametrize("build", [lines, points, bars])
def test_without_series_there_is_one_colour_of_the_page_and_no_key(build: Callable[..., Chart]) -> None:
    chart = build("c", "d", TABLE, AXES)

    assert marks(chart, "series-0") == 4
    assert not {"a", "b", "net"} & {*written(chart)}


def test_numbers_are_written_short_on_either_kind_of_axis() -> None:
    linear = table_of((0.0, 0.0), (10.0, 10.0), names=("x", "y"))
    wide = table_of((1.0, 1.0), (2.0, 1e12), names=("x", "y"))

    assert "10" in written(lines("c", "d", linear, Axes("x", "y")))
    assert "1e+12" in written(lines("c", "d", wide, Axes("x", "y", log_y=True)))


def test_a_map_over_magnitudes_has_a_key_of_a_few_of_them() -> None:
    data = table_of(*((float(n), 0.0, 10.0 ** (n - 3)) for n in range(7)), names=("x", "y", "loss"))
    chart = heatmap("c", "d", data, Axes("x", "y"), value="loss", log_value=True)

    assert [text for text in written(chart) if text in {"0.001", "0.01", "0.1", "10", "100", "1000"}] == [
        *("0.001", "0.01", "0.1", "10", "100", "1000")
    ]
    assert len(written(chart)) < 30


def test_an_overlay_is_drawn_over_the_chart_with_its_labels() -> None:
    over = table_of((2.5, 2.5, "optimum"), (3.5, 1.5, None), names=("step", ODD, "what"))
    chart = points("c", "d", TABLE, AXES, overlays=[Overlay(over, label="what")])

    assert drawn_rows(chart, "x", "y", "label") == [(2.5, 2.5, "optimum"), (3.5, 1.5, None)]
    assert "optimum" in written(chart)
    assert marks(chart, "ink") == 2


def test_a_path_joins_its_rows_in_their_order() -> None:
    over = table_of((4.0, 1.0), (1.0, 2.0), (3.0, 4.0), names=("step", ODD))
    chart = lines("c", "d", TABLE, AXES, overlays=[Overlay(over, is_path=True)])

    assert drawn_rows(chart, "place", "x", "y")[:3] == [(0, 4, 1), (1, 1, 2), (2, 3, 4)]
    assert any(part.get("order") == {"field": "place", "type": "quantitative"} for part in parts(chart.specification()))


@pytest.mark.parametrize(
    ("build", "owner"),
    [
        (lambda: lines("c", "d", TABLE, Axes("step", "gain")), "chart 'c'"),
        (lambda: points("c", "d", TABLE, Axes("gain", ODD)), "chart 'c'"),
        (lambda: bars("c", "d", TABLE, Axes("step", ODD, "gain")), "chart 'c'"),
        (lambda: intervals("c", "d", TABLE, Axes(ODD, "step"), low="gain", high="high"), "chart 'c'"),
        (lambda: heatmap("c", "d", TABLE, AXES, value="gain"), "chart 'c'"),
        (lambda: lines("c", "d", TABLE, AXES, overlays=[Overlay(TABLE, label="gain")]), "overlay of chart 'c'"),
    ],
)
def test_an_unknown_column_is_refused_when_the_chart_is_made(build: Callable[[], Chart], owner: str) -> None:
    with pytest.raises(ResultsError, match=f"^{owner}: no column 'gain'; columns: step, loss") as refused:
        build()

    assert "\n" not in str(refused.value)


def test_names_have_no_logarithmic_scale() -> None:
    with pytest.raises(ResultsError, match="chart 'c': column 'net' holds names, which have no logarithmic scale"):
        lines("c", "d", TABLE, Axes("net", ODD, log_x=True))


def test_a_table_of_too_many_rows_is_refused() -> None:
    rows = tuple((n, float(n)) for n in range(MOST_ROWS + 1))
    assert len(drawn_rows(lines("c", "d", table_of(*rows[1:], names=("x", "y")), Axes("x", "y")), "x")) == MOST_ROWS
    with pytest.raises(ResultsError, match="chart 'c': a chart shows at most 2000 rows, not 2001"):
        lines("c", "d", table_of(*rows, names=("x", "y")), Axes("x", "y"))


def test_making_a_chart_imports_no_plotting_library() -> None:
    code = (
        "import sys; from results.charts.plain import Axes, lines; from results.items import Column, Table; "
        "lines('c', 'd', Table('t', (Column('x'), Column('y')), ((1, 2),)), Axes('x', 'y')); "
        "sys.exit('altair' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
