"""Charts: one look for a strategy, the geometry of the diagram, and what reaches the page."""

from __future__ import annotations

import json
import re
from functools import partial
from xml.etree import ElementTree as ET

import pytest
import vl_convert

from results.charts.critical_difference import critical_difference
from results.charts.curve import ValueAxis, best_so_far, mean_ranks
from results.charts.difference import differences_with_intervals
from results.charts.front import fronts
from results.charts.improvement import probabilities_of_improvement
from results.charts.interval import scores_with_intervals, stacked_seconds, validation_and_held_out
from results.charts.palette import COLOURS, Point, looks
from results.items import Chart, Column, Specification, Table
from results.render.compiled import compile_chart
from results.render.drawing import draw

NAMES = ("random", "tpe", "gp", "cmaes")
DATA = Table("data", (Column("Strategy"),), ())


def drawn(specification: Specification, anchor: str = "figure-1") -> ET.Element:
    return ET.fromstring(draw(Chart("A caption", "A description", lambda: specification, DATA), anchor))


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter("text")]


def curve_points(*values: float) -> list[Point]:
    return [
        {"strategy": name, "trial": trial, "low": value / 2, "median": value, "high": value * 2}
        for name in NAMES
        for trial, value in enumerate(values, start=1)
    ]


def tips(specification: Specification, *names: str) -> list[str]:
    """What each mark tells under these names, one after the other."""
    compiled = json.loads(json.dumps(compile_chart(specification)))
    told = [
        {"type": "text", "from": mark["from"], "encode": {"update": {"text": {"signal": f"join([{entries}], ', ')"}}}}
        for mark in compiled["marks"]
        for signal in [mark["encode"]["update"].get("tooltip", {}).get("signal", "{}")]
        for entries in [", ".join(f"({signal})[{json.dumps(name)}]" for name in names)]
        if signal != "{}"
    ]
    svg = vl_convert.vega_to_svg(json.dumps({**compiled, "axes": [], "marks": told}))
    return [element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def place_of(svg: ET.Element, label: str) -> tuple[float, float]:
    """Where the diagram writes a label."""
    (found,) = (element for element in svg.iter("text") if element.text == label)
    x, _, y = found.attrib["transform"].removeprefix("translate(").removesuffix(")").partition(",")
    return float(x), float(y)


def test_no_two_of_84_strategies_look_alike() -> None:
    assert len({(look.colour, look.dash, look.marker) for look in looks([str(n) for n in range(84)]).values()}) == 84


def test_a_strategy_keeps_its_look_when_others_are_added_after_it() -> None:
    assert looks(NAMES)["tpe"] == looks((*NAMES, "another"))["tpe"]


def test_a_strategy_has_the_same_colour_in_a_chart_that_shows_it_alone() -> None:
    alone: list[Point] = [{"strategy": "gp", "score": 0.5, "low": 0.4, "high": 0.6}]
    svg = drawn(scores_with_intervals(alone, NAMES))
    painted = {element.get(name) for element in svg.iter() for name in ("fill", "stroke")}
    series = {paint for paint in painted if paint and "series" in paint}
    assert series == {f"var(--series-{COLOURS.index(looks(NAMES)['gp'].colour)})"}


def test_curves_with_a_logarithmic_scale_have_round_values() -> None:
    svg = drawn(best_so_far(curve_points(100.0, 1.0, 0.01), NAMES, ValueAxis("loss", is_logarithmic=True)))
    assert {"0.01", "0.1", "1", "10", "100"} <= set(texts(svg))


def test_a_logarithmic_scale_of_two_decades_has_values_between_the_powers() -> None:
    svg = drawn(best_so_far(curve_points(10.0, 1.0), NAMES, ValueAxis("loss", is_logarithmic=True)))
    assert {"0.5", "1", "2", "5", "10", "20"} <= set(texts(svg))


def test_curves_name_the_objective_on_their_axis() -> None:
    svg = drawn(best_so_far(curve_points(3.0, 2.0), NAMES, ValueAxis("error <rate>")))
    assert "error <rate>" in texts(svg)


def test_an_unknown_interval_leaves_the_score_without_a_bar() -> None:
    points: list[Point] = [{"strategy": "gp", "score": 0.5, "low": float("nan"), "high": float("nan")}]
    svg = drawn(scores_with_intervals(points, NAMES))
    coloured = [
        element.tag for element in svg.iter() if "series" in (element.get("stroke") or element.get("fill") or "")
    ]
    assert coloured == ["path"]


def test_the_diagram_puts_the_best_rank_on_the_left_and_first() -> None:
    svg = drawn(critical_difference([("b", 3.0), ("a", 1.25), ("c", 1.75)], [], None))
    assert place_of(svg, "a 1.25")[0] < place_of(svg, "3.00 b")[0]
    assert place_of(svg, "a 1.25")[1] < place_of(svg, "c 1.75")[1]


def test_the_diagram_joins_the_members_of_a_clique() -> None:
    ranks = [("a", 1.0), ("b", 2.0), ("c", 3.0)]
    svg = drawn(critical_difference(ranks, [("a", "b")], 1.5))
    (bar,) = (element for element in svg.iter("line") if element.get("stroke-width") == "4")
    between = place_of(svg, "2")[0] - place_of(svg, "1")[0]
    assert abs(float(bar.attrib["x2"])) == pytest.approx(between + 8, abs=1.5)


def test_the_diagram_draws_the_critical_difference_only_where_there_is_one() -> None:
    ranks = [("a", 1.0), ("b", 2.0), ("c", 3.0)]
    assert "CD = 1.50" in texts(drawn(critical_difference(ranks, [], 1.5)))
    assert not [text for text in texts(drawn(critical_difference(ranks, [], None))) if text.startswith("CD")]


def test_the_critical_difference_stands_above_the_axis_and_is_as_long_as_its_ranks() -> None:
    svg = drawn(critical_difference([("a", 1.0), ("b", 2.0), ("c", 3.0)], [], 1.5))
    middle, level = place_of(svg, "CD = 1.50")
    first, axis = place_of(svg, "1")
    assert level < axis
    assert middle - first == pytest.approx(0.75 * (place_of(svg, "2")[0] - first), abs=0.5)


def test_long_names_leave_room_for_the_axis_of_the_diagram() -> None:
    names = [f"a strategy with the number {number}" for number in range(12)]
    svg = drawn(critical_difference([(name, rank + 1.0) for rank, name in enumerate(names)], [], None))
    assert place_of(svg, "12")[0] - place_of(svg, "1")[0] == pytest.approx(200, abs=1)


@pytest.mark.parametrize(
    ("name", "label"), [("w" * 32, "w" * 32), ("w" * 33, "w" * 31 + "\u2026")], ids=["32 letters", "33 letters"]
)
def test_a_name_in_the_diagram_is_shortened_only_beyond_32_letters(name: str, label: str) -> None:
    specification = critical_difference([(name, 1.0), ("b", 2.0), ("c", 3.0)], [], None)
    assert f"{label} 1.00" in texts(drawn(specification))
    assert f"{name}, 1.00" in tips(specification, "strategy", "mean rank")


@pytest.mark.parametrize("letter", ["w", "l", "e", "M", "\u6728", "8"])
def test_the_longest_name_of_the_diagram_has_room(letter: str) -> None:
    specification = critical_difference([(letter * 32, 1.0), ("b", 2.0), ("c", 3.0)], [], None)
    grown = {**specification, "autosize": "pad"}  # as wide as all that is drawn
    assert drawn(grown).attrib["viewBox"] == drawn(specification).attrib["viewBox"]


def test_the_numbers_of_a_crowded_axis_are_thinned_out() -> None:
    svg = drawn(critical_difference([(f"s{rank}", float(rank)) for rank in range(1, 41)], [], None))
    shown = [int(text) for text in texts(svg) if text.isdigit()]
    assert shown[:3] == [1, 4, 7]


@pytest.mark.parametrize(
    ("is_reversed", "path"),
    [(False, r"M0,([\d.]+)L([\d.]+),\1L\2,[\d.]+L"), (True, r"M0,[\d.]+L0,([\d.]+)L([\d.]+),\1L\2,[\d.]+L")],
)
def test_the_band_of_a_front_keeps_its_height_towards_worse_values(*, is_reversed: bool, path: str) -> None:
    points: list[Point] = [
        {"strategy": "gp", "place": place, "x": x, "y": y, "corner": 1} for place, (x, y) in enumerate([(1, 3), (2, 1)])
    ]
    bands: list[Point] = [{"strategy": "gp", "x": x, "low": 3 - x, "high": 4 - x} for x in (1, 2)]
    svg = drawn(fronts(points, NAMES, ("a", "b"), bands=bands, is_reversed=is_reversed))
    (band,) = (
        element
        for element in svg.iter("path")
        if element.get("d", "").endswith("Z") and element.get("opacity") == "0.1"
    )
    assert re.match(path, band.attrib["d"])


def test_a_number_at_the_end_of_an_axis_stands_below_its_line() -> None:
    points: list[Point] = [{"strategy": "gp", "probability": 0.75, "low": 0.6, "high": 0.9}]
    svg = drawn(probabilities_of_improvement(points, NAMES, "tpe"))
    numbers = [element for element in svg.iter("text") if (element.text or "").endswith("%")]
    assert [element.text for element in numbers] == ["0%", "25%", "50%", "75%", "100%"]
    assert {element.attrib["text-anchor"] for element in numbers} == {"middle"}


def test_a_difference_is_told_with_its_unit_and_its_interval() -> None:
    points: list[Point] = [{"strategy": "gp", "difference": -0.0512345, "low": -0.1, "high": 0.0123}]
    chart = differences_with_intervals(points, NAMES, margin=0.01)
    names = ("strategy", "difference of normalised scores", "95% from", "to")
    assert tips(chart, *names) == ["gp, \u22120.051, \u22120.100, 0.012"] * 2


def test_a_probability_is_told_in_percent() -> None:
    points: list[Point] = [{"strategy": "gp", "probability": 0.754, "low": 0.6, "high": 0.9}]
    chart = probabilities_of_improvement(points, NAMES, "tpe")
    names = ("strategy", "probability that tpe ends above it", "95% from", "to")
    assert tips(chart, *names) == ["gp, 75%, 60%, 90%"] * 2


def test_an_unknown_interval_is_not_told() -> None:
    points: list[Point] = [{"strategy": "gp", "score": 0.5, "low": float("nan"), "high": float("nan")}]
    assert tips(scores_with_intervals(points, NAMES), "95% from", "to", "score") == [", , 0.500"]


def test_held_out_and_cost_charts_name_what_they_show() -> None:
    held: list[Point] = [{"strategy": name, "validation": 0.9, "held_out": 0.8} for name in NAMES]
    assert {"test accuracy", *NAMES} <= set(texts(drawn(validation_and_held_out(held, NAMES, name="test accuracy"))))
    cost: list[Point] = [
        {"strategy": "gp", "part": part, "place": place, "seconds": 2.0}
        for place, part in enumerate(("evaluation", "own time"))
    ]
    assert {"evaluation", "own time", "gp"} <= set(texts(drawn(stacked_seconds(cost))))


def test_a_chart_scales_with_the_page_and_names_itself() -> None:
    points: list[Point] = [{"strategy": name, "spent": 1.0, "rank": 1.0} for name in NAMES]
    svg = drawn(mean_ranks(points, NAMES), "figure-7")
    assert "viewBox" in svg.attrib
    assert not {"width", "height"} & set(svg.attrib)
    assert svg.attrib["role"] == "img"
    assert [(child.tag, child.get("id"), child.text) for child in svg[:2]] == [
        ("title", "figure-7-title", "A caption"),
        ("desc", "figure-7-description", "A description"),
    ]


def test_drawing_twice_gives_the_same_bytes() -> None:
    specification = partial(best_so_far, curve_points(3.0, 2.0), NAMES, ValueAxis("loss"))
    chart = Chart("A caption", "A description", specification, DATA)
    assert draw(chart, "figure-1") == draw(chart, "figure-1")


def test_names_that_no_page_may_hold_are_drawn_with_a_replacement() -> None:
    points: list[Point] = [{"strategy": "a\x1b\x00\ud800", "score": 0.5, "low": 0.4, "high": 0.6}]
    assert "a\ufffd\ufffd\ufffd" in texts(drawn(scores_with_intervals(points, ("a\x1b\x00\ud800",))))


def test_two_clipped_charts_on_one_page_share_no_id() -> None:
    clipped: Specification = {
        "data": {"values": [{"x": 1, "y": 2}, {"x": 2, "y": 3}]},
        "mark": {"type": "line", "clip": True},
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }
    ids = [
        {element.attrib["id"] for element in drawn(clipped, anchor).iter() if "id" in element.attrib}
        for anchor in ("figure-1", "figure-2")
    ]
    assert "figure-1-clip-0" in ids[0]
    assert not ids[0] & ids[1]


def test_curves_show_no_more_than_their_limits() -> None:
    points = curve_points(30.0, 3.0, 2.0)
    assert "60" in texts(drawn(best_so_far(points, NAMES, ValueAxis("loss"))))
    limited = texts(drawn(best_so_far(points, NAMES, ValueAxis("loss", limits=(1.0, 6.0)))))
    assert "6" in limited
    assert "60" not in limited
