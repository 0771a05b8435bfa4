"""The BBOB functions have the published values and optima, and nothing that is asked of them changes them."""

from __future__ import annotations

import itertools
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.bbob import Bbob
from benchmarks.bbob import problem as problem_module
from benchmarks.bbob.functions import DIMENSIONS, FUNCTIONS
from benchmarks.bbob.problem import landscape_of
from results.exhibits import Exhibit
from results.items import Cell, Chart, Table, Text
from tuner.configuration import Configuration
from tuner.errors import InvalidOption, MissingExtra
from tuner.trial import Proposal, Trial

cocoex = pytest.importorskip("cocoex")

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "bbob" / "ioh_bbobfitness5.in"
POINTS = np.random.default_rng(3).uniform(-5, 5, (20, 5))


def trial_at(point: NDArray[np.float64] | list[float]) -> Trial:
    return Trial(0, Proposal(Configuration({f"x{i}": float(x) for i, x in enumerate(point)})), seed=0)


def distance(task: Bbob, point: NDArray[np.float64] | list[float]) -> float:
    return task.evaluate(trial_at(point)).values["distance"]


def value(function: int, instance: int, point: NDArray[np.float64] | list[float]) -> float:
    """The function's value in five dimensions, with its optimum added back."""
    task = Bbob(function=function, instance=instance, dimension=5)
    return distance(task, point) + landscape_of(function, 5, instance).lowest


def published() -> Iterator[tuple[int, int, NDArray[np.float64], float]]:
    for line in REFERENCE.read_text().splitlines():
        function, instance, point, known = line.split()
        yield int(function), int(instance), np.array([float(x) for x in point.split(",")]), float(known)


def text_of(exhibit: Exhibit) -> str:
    return " ".join(item.text for item in exhibit.items if isinstance(item, Text))


def table_of(exhibit: Exhibit, index: int = 0) -> Table:
    return [
        item.data if isinstance(item, Chart) else item for item in exhibit.items if isinstance(item, Chart | Table)
    ][index]


def numbers(row: tuple[Cell, ...]) -> list[float]:
    """The coordinates in a row of a map."""
    return [cell for cell in row[:2] if isinstance(cell, float)]


@pytest.mark.parametrize(
    ("function", "instance", "point", "known"),
    [
        # IOHprofiler/IOHexperimenter (BSD-3), static/bbobfitness5.in, made with COCO's C code
        (1, 1, [0.0] * 5, 92.30397568),
        (1, 2, [4.103208305, 2.621980397, -2.375470063, -4.525354863, 2.360818846], 564.2640612),
        (1, 3, [4.046530923, 0.04522894744, 0.1629196364, -1.809670588, 4.86642112], -117.8213108),
        (5, 3, [0.0] * 5, 174.5298516),
        (8, 1, [0.7567919724, -0.5973191679, 0.8567459257, -0.6712273442, -1.317973275], 3340.720181),
        (21, 2, [0.9387073088, -3.146260743, 0.7956907599, 3.174601997, -4.464230872], 28.8971077),
        (24, 5, [0.0] * 5, -38.54679709),
    ],
)
def test_functions_have_the_published_values(function: int, instance: int, point: list[float], known: float) -> None:
    assert value(function, instance, point) == pytest.approx(known, rel=1e-9)


def test_all_functions_have_the_values_of_iohexperimenter() -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not installed")
    rng = np.random.default_rng(0)
    count = 0
    for function, instance, point, known in published():
        landscape = landscape_of(function, 5, instance)
        nearby = landscape.distances(point + rng.uniform(-5e-10, 5e-10, (50, 5))) + landscape.lowest
        from_rounding = float(np.ptp(nearby))  # the points are printed to ten digits; rugged functions feel it
        assert value(function, instance, point) == pytest.approx(known, rel=2e-9, abs=2e-9 + 2 * from_rounding)
        count += 1
    assert count == 24 * 5 * 6


@pytest.mark.parametrize("function", range(1, 25))
def test_the_distance_is_least_at_the_optimum(function: int) -> None:
    for dimension, instance in itertools.product(DIMENSIONS, (1, 2, 77)):
        optimum = landscape_of(function, dimension, instance).optimum
        assert np.abs(optimum).max() <= 5
        assert distance(Bbob(function=function, dimension=dimension, instance=instance), optimum) < 1e-9
    assert distance(Bbob(function=function), POINTS[0]) > 0.01


def test_every_function_of_the_suite_is_the_suites() -> None:
    suite = cocoex.Suite("bbob", "instances: 1-2", "dimensions: 5")
    for function, instance in itertools.product(range(1, 25), (1, 2)):
        problem = suite.get_problem_by_function_dimension_instance(function, 5, instance)
        assert value(function, instance, POINTS[0]) == pytest.approx(problem(POINTS[0]), rel=1e-12)
        problem.free()


def test_the_sphere_is_the_squared_distance() -> None:
    optimum = landscape_of(1, 5, 1).optimum
    assert distance(Bbob(), POINTS[1]) == pytest.approx(float(((POINTS[1] - optimum) ** 2).sum()))


def test_other_instances_are_other_functions() -> None:
    assert len({distance(Bbob(function=15, instance=i), POINTS[0]) for i in range(1, 11)}) == 10


def test_threads_do_not_disturb_each_other() -> None:
    tasks = [Bbob(function=function) for function in range(1, 25)]

    def all_distances(_: int) -> list[float]:
        return [distance(task, point) for task in tasks for point in POINTS]

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(all_distances, range(8))
    assert all(other == first for other in others)


def test_one_point_and_many_have_the_same_distances() -> None:
    for function in range(1, 25):
        task = Bbob(function=function)
        together = landscape_of(function, 5, 1).distances(POINTS)
        assert together.tolist() == [distance(task, point) for point in POINTS]


def test_cocos_own_counting_and_logging_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    task = Bbob(function=21)
    before = [distance(task, point) for point in POINTS]
    suite = cocoex.Suite("bbob", "", "")
    problem = suite.get_problem_by_function_dimension_instance(21, 5, 1, cocoex.Observer("bbob", ""))
    observed = [problem(point) for point in POINTS]
    between = [distance(task, point) for point in POINTS]
    evaluations = problem.evaluations
    problem.free()

    assert before == between
    assert observed == pytest.approx([each + landscape_of(21, 5, 1).lowest for each in before])
    assert evaluations == len(POINTS)


def test_evaluating_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    distance(Bbob(function=3, instance=42), POINTS[0])
    assert os.listdir(tmp_path) == []  # noqa: PTH208  names only


def test_a_used_task_can_be_pickled() -> None:
    task = Bbob(function=20)
    before = distance(task, POINTS[0])
    assert distance(pickle.loads(pickle.dumps(task)), POINTS[0]) == before


def test_without_coco_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problem_module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install 'tuner-bench\[bbob\]'"):
        Bbob(function=1, instance=999).prepare()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"function": 25}, r"function is a whole number in \[1, 24\], not 25"),
        ({"function": 0}, r"function is a whole number in \[1, 24\], not 0"),
        ({"function": True}, "function is a whole number"),
        ({"instance": 0}, r"instance is a whole number in \[1, 1000\], not 0"),
        ({"instance": 1001}, "instance is a whole number"),
        ({"dimension": 4}, "dimension is one of 2, 3, 5, 10, 20, 40, not 4"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        Bbob(**options)


def test_every_function_is_described_in_words_of_its_own() -> None:
    assert len({known.name for known in FUNCTIONS}) == len({known.property for known in FUNCTIONS}) == 24
    sizes = [len(list(members)) for _, members in itertools.groupby(FUNCTIONS, key=lambda known: known.group)]
    assert sizes == [5, 4, 5, 5, 5]  # the five groups of Finck et al. 2009


def test_the_map_holds_the_distances_and_marks_trial_and_optimum() -> None:
    landscape, *_ = Bbob(dimension=2).explain(trial_at([1.0, 2.0]))
    optimum = landscape_of(1, 2, 1).optimum
    rows = table_of(landscape).rows
    expected = [float(((np.array(numbers(row)) - optimum) ** 2).sum()) for row in rows]

    assert len(rows) == 30 * 30
    assert [row[2] for row in rows] == pytest.approx(expected)


def test_the_map_is_cut_through_the_trial_and_through_the_optimum() -> None:
    task = Bbob(function=10, dimension=5)
    landscape, *_ = task.explain(trial_at(POINTS[0]))
    optimum = landscape_of(10, 5, 1).optimum
    for index, centre in enumerate((POINTS[0], optimum)):
        row = table_of(landscape, index).rows[123]
        assert row[2] == pytest.approx(distance(task, [*numbers(row), *centre[2:].tolist()]))


def test_slices_change_one_coordinate_each() -> None:
    task = Bbob(function=15, dimension=3)
    _, slices, _ = task.explain(trial_at([1.0, -2.0, 0.5]))
    rows = table_of(slices).rows

    assert {row[0] for row in rows} == {"x0", "x1", "x2"}
    for axis, step, measured in rows[::20]:
        assert isinstance(step, float)
        point = {"x0": 1.0, "x1": -2.0, "x2": 0.5, str(axis): step}
        assert measured == pytest.approx(distance(task, [point[f"x{i}"] for i in range(3)]))


def test_the_character_counts_better_points() -> None:
    *_, at_optimum = Bbob().explain(trial_at(landscape_of(1, 5, 1).optimum))
    *_, in_corner = Bbob(function=1).explain(trial_at(-5 * np.sign(landscape_of(1, 5, 1).optimum)))

    assert "0 are better" in text_of(at_optimum)
    assert "10000 are better" in text_of(in_corner)


def test_the_character_names_the_functions_of_the_group_and_all_others() -> None:
    *_, character = Bbob(function=8).explain(trial_at(POINTS[0]))

    assert [row[0] for row in table_of(character).rows] == [6, 7, 8, 9]
    assert [row[0] for row in table_of(character, 1).rows] == list(range(1, 25))


@pytest.mark.parametrize("function", range(1, 25))
def test_every_function_explains_even_its_optimum(function: int) -> None:
    task = Bbob(function=function, dimension=40)
    names = [exhibit.name for exhibit in task.explain(trial_at(landscape_of(function, 40, 1).optimum))]
    assert names == ["landscape", "slices", "character"]
