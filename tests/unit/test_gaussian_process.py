import math
from collections.abc import Callable

import numpy as np
import pytest

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, UnsupportedProblem
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Budget, Objective, Problem
from tuner.space import Condition, SearchSpace
from tuner.strategies.gaussian_process import GaussianProcess
from tuner.strategies.gaussian_process.encoding import FloatArray
from tuner.strategies.gaussian_process.maximising import Acquisition, maximise, polish
from tuner.strategies.gaussian_process.posterior import Factor, Posterior
from tuner.strategies.random_search import RandomSearch
from tuner.strategy import SearchStrategy
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

PLANE = SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
TREE = SearchSpace(
    {
        "model": Categorical(("line", "curve")),
        "slope": Float(0.0, 1.0),
        "bend": Float(0.0, 1.0),
        "steps": Integer(1, 40),
    },
    (Condition("slope", "model", ("line",)), Condition("bend", "model", ("curve",))),
)
TABLE = SearchSpace({"n": Integer(1, 4), "colour": Categorical(("r", "g", "b"))})
BUDGET = Budget(trials=100)


def problem(space: SearchSpace) -> Problem:
    return Problem(space, (Objective("loss"),))


def bowl(configuration: Configuration) -> float:
    return sum((configuration.number(name) - 0.4) ** 2 for name in "xy")


def tree_loss(configuration: Configuration) -> float:
    steps = ((configuration.integer("steps") - 23) / 40) ** 2
    if configuration["model"] == "line":
        return 0.2 + (configuration.number("slope") - 0.1) ** 2 + steps
    return (configuration.number("bend") - 0.7) ** 2 + steps


def tell(strategy: SearchStrategy, number: int, proposal: Proposal, loss: float) -> None:
    trial = Trial(number, proposal, seed=0)
    if math.isinf(loss):
        strategy.tell(TrialResult(trial, Failure(FailureKind.ERROR, "on purpose")))
    else:
        strategy.tell(TrialResult(trial, Measurement({}), (loss,)))


def study(
    strategy: SearchStrategy, loss: Callable[[Configuration], float], trials: int
) -> list[tuple[Configuration, float]]:
    done = []
    for number in range(trials):
        (proposal,) = strategy.ask(1)
        done.append((proposal.configuration, loss(proposal.configuration)))
        tell(strategy, number, proposal, done[-1][1])
    return done


def test_a_smooth_bowl_is_found_to_many_digits() -> None:
    done = study(GaussianProcess(problem(PLANE), seed=0, budget=BUDGET), bowl, 25)

    assert min(loss for _, loss in done) < 1e-6


def test_a_conditional_space_is_searched_better_than_at_random() -> None:
    mine = study(GaussianProcess(problem(TREE), seed=0, budget=BUDGET), tree_loss, 35)
    random = study(RandomSearch(problem(TREE), seed=0, budget=BUDGET), tree_loss, 200)

    best = min(mine, key=lambda done: done[1])
    assert best[0]["model"] == "curve"
    assert best[0]["steps"] == 23
    assert best[1] < 1e-4 < min(loss for _, loss in random)


def test_several_objectives_are_refused() -> None:
    several = Problem(PLANE, (Objective("a"), Objective("b")))

    with pytest.raises(UnsupportedProblem, match="multiobjective"):
        GaussianProcess(several, seed=0, budget=BUDGET)


@pytest.mark.parametrize("space", [PLANE, TREE], ids=["plane", "tree"])
def test_a_batch_of_the_model_is_of_distinct_configurations(space: SearchSpace) -> None:
    loss = bowl if space is PLANE else tree_loss
    strategy = GaussianProcess(problem(space), seed=0, budget=BUDGET)
    study(strategy, loss, 15)

    batch = [proposal.configuration for proposal in strategy.ask(6)]

    assert len(set(batch)) == 6


def test_a_batch_spreads_out_instead_of_crowding_round_one_point() -> None:
    strategy = GaussianProcess(problem(PLANE), seed=0, budget=BUDGET)
    study(strategy, lambda c: math.sin(9 * c.number("x")) * math.cos(7 * c.number("y")), 14)

    points = np.array([PLANE.to_unit(proposal.configuration) for proposal in strategy.ask(4)])

    gaps = [np.linalg.norm(a - b) for index, a in enumerate(points) for b in points[:index]]
    assert min(gaps) > 0.005


def test_pending_trials_are_kept_clear_of() -> None:
    strategy = GaussianProcess(problem(PLANE), seed=0, budget=BUDGET)
    study(strategy, lambda c: math.sin(9 * c.number("x")) * math.cos(7 * c.number("y")), 14)
    (first,), (second,) = strategy.ask(1), strategy.ask(1)

    gap = np.linalg.norm(PLANE.to_unit(first.configuration) - PLANE.to_unit(second.configuration))

    assert gap > 0.005


def test_failed_regions_are_avoided() -> None:
    def loss(configuration: Configuration) -> float:
        return math.inf if configuration.number("x") < 0.5 else bowl(configuration)

    strategy = GaussianProcess(problem(PLANE), seed=0, budget=BUDGET)

    done = study(strategy, loss, 40)

    assert min(value for _, value in done) < 0.02
    assert sum(math.isinf(value) for _, value in done[10:]) < 10


def test_when_all_trials_fail_the_start_up_goes_on() -> None:
    strategy = GaussianProcess(problem(PLANE), seed=0, budget=BUDGET, n_startup_trials=3)

    done = study(strategy, lambda _: math.inf, 16)

    units = np.array([PLANE.to_unit(configuration) for configuration, _ in done])
    assert sorted((units[:, 0] * 16).astype(int).tolist()) == list(range(16))


def test_a_finite_space_is_gone_through_without_repetition() -> None:
    strategy = GaussianProcess(problem(TABLE), seed=0, budget=BUDGET, n_startup_trials=3)

    done = study(strategy, lambda c: c.integer("n") + len(c.text("colour")), 12)

    assert len({configuration for configuration, _ in done}) == 12


def test_a_finite_space_that_is_exhausted_is_gone_through_again() -> None:
    strategy = GaussianProcess(problem(TABLE), seed=0, budget=BUDGET, n_startup_trials=3)

    again = study(strategy, lambda c: c.integer("n"), 24)[12:]

    assert len({configuration for configuration, _ in again}) == 12


def test_an_exhausted_space_ends_the_study_of_an_objective_without_noise() -> None:
    strategy = GaussianProcess(problem(TABLE), seed=0, budget=BUDGET, deterministic_objective=True)
    study(strategy, lambda c: c.integer("n"), 12)

    assert list(strategy.ask(3)) == []


def test_a_conditional_space_that_is_finite_is_gone_through_without_repetition() -> None:
    space = SearchSpace({"on": Categorical((False, True)), "n": Integer(1, 5)}, (Condition("n", "on", (True,)),))
    strategy = GaussianProcess(problem(space), seed=0, budget=BUDGET, n_startup_trials=2)

    done = study(strategy, lambda c: float(c.get("n", 2)), 6)

    assert len({configuration for configuration, _ in done}) == 6


def test_trials_of_others_are_learned_from() -> None:
    strategy = GaussianProcess(problem(PLANE), seed=0, budget=BUDGET)
    for number, configuration in enumerate(PLANE.sample_many(np.random.default_rng(0), 20)):
        tell(strategy, number, Proposal(configuration), bowl(configuration))

    (proposal,) = strategy.ask(1)

    assert bowl(proposal.configuration) < 0.01


def test_the_gradient_of_the_acquisition_is_that_of_finite_differences() -> None:
    acquisition, units = acquisition_on(TREE)
    free = acquisition.encoding.is_relaxed
    values, slopes = acquisition.slopes(units)
    assert values == pytest.approx(acquisition.values(units))

    for index in np.flatnonzero(free):
        step = np.zeros(len(TREE))
        step[index] = 1e-6
        difference = (acquisition.slopes(units + step)[0] - acquisition.slopes(units - step)[0]) / 2e-6
        assert slopes[:, index] == pytest.approx(difference, rel=1e-4, abs=1e-4)


def test_polishing_makes_no_point_worse() -> None:
    acquisition, units = acquisition_on(TREE)

    points, after = polish(acquisition, units, 10)

    assert (after >= acquisition.values(units)).all()
    assert (after > acquisition.values(units)).any()
    assert acquisition.values(points) == pytest.approx(after)


def test_the_points_of_the_largest_improvement_come_best_first() -> None:
    acquisition, units = acquisition_on(TREE)

    found = acquisition.values(maximise(acquisition, units))

    assert (np.diff(found) <= 1e-9).all()
    assert found[0] >= acquisition.values(units).max()


class CountsLastChoices(Acquisition):
    """As good as there are coordinates in the last third."""

    def values(self, units: FloatArray) -> FloatArray:
        counts: FloatArray = (units > 2 / 3).sum(axis=1).astype(np.float64)
        return counts


def test_choices_are_changed_one_after_the_other_as_long_as_that_helps() -> None:
    space = SearchSpace({name: Categorical(("first", "second", "last")) for name in "abc"})
    acquisition, _ = acquisition_on(space, loss=lambda _: 0.0)
    counting = CountsLastChoices(acquisition.encoding, acquisition.posterior, acquisition.best)

    found = maximise(counting, acquisition.encoding.snap(np.zeros((1, 3))))

    assert dict(space.from_units(found)[0]) == dict.fromkeys("abc", "last")


def acquisition_on(
    space: SearchSpace, loss: Callable[[Configuration], float] = tree_loss
) -> tuple[Acquisition, FloatArray]:
    strategy = GaussianProcess(problem(space), seed=0, budget=BUDGET)
    encoding = strategy._encoding
    units = encoding.snap(np.random.default_rng(0).random((30, len(space))))
    features = encoding.features(units, encoding.present(units))
    values = np.array([loss(configuration) for configuration in space.from_units(units)])
    posterior = Posterior.of(Factor.of(features, encoding.owners, strategy._model.hyper), values)
    elsewhere = encoding.snap(np.random.default_rng(1).random((12, len(space))) * 0.9 + 0.05)
    return Acquisition(encoding, posterior, float(values.min())), elsewhere


def test_a_startup_without_trials_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"^n_startup_trials is a whole number of at least 1, not 2.5$"):
        GaussianProcess(problem(PLANE), seed=0, budget=BUDGET, n_startup_trials=2.5)  # type: ignore[arg-type]  # wrong on purpose
