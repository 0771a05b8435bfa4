import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner.configuration import Value
from tuner.parameter import Categorical, Float, Integer
from tuner.space import Condition, SearchSpace
from tuner.strategies.gaussian_process.candidates import one_away, scatter, surround
from tuner.strategies.gaussian_process.encoding import Encoding, FloatArray
from tuner.strategies.gaussian_process.kernel import Hyperparameters, matern, squared_distances
from tuner.testing.problems import example_problems

TREE = SearchSpace(
    {
        "gamma": Float(1e-4, 10.0, log=True),
        "model": Categorical(("forest", "svm", "knn")),
        "trees": Integer(10, 500, log=True),
        "kernel": Categorical(("linear", "rbf")),
        "width": Integer(1, 4),
        "degree": Categorical((1, 2, 3), ordered=True),
    },
    (
        Condition("trees", "model", ("forest",)),
        Condition("kernel", "model", ("svm",)),
        Condition("gamma", "kernel", ("rbf",)),
        Condition("degree", "width", (2, 3)),
    ),
)
SPACES = {example.name: example.problem.space for example in example_problems()} | {"tree": TREE}
each_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())


def points_of(space: SearchSpace, count: int = 60) -> FloatArray:
    return scatter(Encoding(space), np.random.default_rng(0), count)


def distance(space: SearchSpace, *configurations: dict[str, Value]) -> float:
    encoding = Encoding(space)
    units = np.array([space.to_unit(configuration) for configuration in configurations])
    features = encoding.features(units, encoding.present(units))
    return float(np.linalg.norm(features[0] - features[1]))


@each_space
def test_a_snapped_point_stands_where_its_configuration_stands(space: SearchSpace) -> None:
    units = points_of(space)
    encoding = Encoding(space)
    configurations = space.from_units(units)

    again = np.array([space.to_unit(configuration) for configuration in configurations])

    present = encoding.present(units)
    assert units[present] == pytest.approx(again[present])
    assert space.from_units(encoding.snap(units)) == configurations


@each_space
def test_a_parameter_is_present_where_the_configuration_has_it(space: SearchSpace) -> None:
    units = points_of(space)

    present = Encoding(space).present(units)

    assert present.tolist() == [[name in c for name in space.names] for c in space.from_units(units)]


@each_space
def test_features_depend_on_the_configuration_alone(space: SearchSpace) -> None:
    encoding, units = Encoding(space), points_of(space)
    elsewhere = np.where(encoding.present(units), units, points_of(space)[::-1])

    same = encoding.features(elsewhere, encoding.present(units))

    assert same == pytest.approx(encoding.features(units, encoding.present(units)))


def test_two_choices_are_one_apart() -> None:
    space = SearchSpace({"colour": Categorical(("red", "green", "blue"))})

    assert distance(space, {"colour": "red"}, {"colour": "blue"}) == pytest.approx(1.0)


def test_numbers_are_as_far_apart_as_their_unit_coordinates() -> None:
    assert distance(SearchSpace({"x": Float(0.0, 10.0)}), {"x": 1.0}, {"x": 4.0}) == pytest.approx(0.3)


def test_an_absent_number_adds_nothing_twice_and_at_least_a_half_once() -> None:
    space = SearchSpace(
        {"on": Categorical((False, True), ordered=True), "x": Float(0.0, 1.0)}, (Condition("x", "on", (True,)),)
    )

    assert distance(space, {"on": False}, {"on": False}) == 0.0
    assert distance(space, {"on": True, "x": 0.5}, {"on": False}) == pytest.approx((0.5**2 + 0.5**2) ** 0.5)
    assert distance(space, {"on": True, "x": 0.0}, {"on": False}) == pytest.approx((0.5**2 + 0.5) ** 0.5)
    assert distance(space, {"on": True, "x": 0.0}, {"on": True, "x": 0.7}) == pytest.approx(0.7)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scales=st.lists(st.floats(0.02, 50.0), min_size=len(TREE), max_size=len(TREE)),
    count=st.integers(2, 40),
)
def test_the_kernel_of_a_conditional_space_is_positive_definite(seed: int, scales: list[float], count: int) -> None:
    encoding = Encoding(TREE)
    units = scatter(encoding, np.random.default_rng(seed), count)
    features = np.unique(encoding.features(units, encoding.present(units)).round(9), axis=0)
    points = features * Hyperparameters(np.log(scales), 0.0, 0.0).weights(encoding.owners)

    values = np.linalg.eigvalsh(matern(squared_distances(points, points))[0])

    assert values[0] > -1e-12 * len(points)


@each_space
def test_candidates_near_a_point_are_points_of_the_space(space: SearchSpace) -> None:
    encoding, centres = Encoding(space), points_of(space, 3)

    near = surround(encoding, np.random.default_rng(0), centres, 50)

    assert near.shape == (50, len(space))
    assert (near == encoding.snap(near)).all()
    assert ((near >= 0) & (near <= 1)).all()


def test_all_other_choices_and_the_next_integers_are_one_away() -> None:
    space = SearchSpace({"x": Float(0.0, 1.0), "colour": Categorical(("r", "g", "b")), "n": Integer(1, 100)})
    start: dict[str, Value] = {"x": 0.5, "colour": "g", "n": 2}

    found = space.from_units(one_away(Encoding(space), space.to_unit(start)))

    colours = [{**start, "colour": colour} for colour in ("r", "b")]
    assert [dict(c) for c in found] == colours + [{**start, "n": n} for n in (1, 3, 4)]


def test_nothing_is_one_away_where_all_is_continuous() -> None:
    space = SearchSpace({"x": Float(0.0, 1.0)})

    assert one_away(Encoding(space), np.array([0.5])).shape == (0, 1)
