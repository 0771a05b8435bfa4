import warnings
from collections.abc import Sequence

import pytest
from skopt import Optimizer
from skopt.utils import cook_estimator

from tuner.errors import InvalidOption
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.problem import Budget, Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.strategies.bounded_loss import LARGEST_LOSS
from tuner.strategies.skopt_optimizer import SkoptOptimizer, SkoptOptions, decode, dimension_of
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

BUDGET = Budget(trials=50)
SPACE = SearchSpace({"x": Float(0.0, 1.0), "n": Integer(1, 64, log=True)})
CHOICES = SearchSpace({"c": Categorical(("a", True, 2, 0.5)), "d": Categorical(("x",))})


def make(space: SearchSpace = SPACE, initial: int = 4, strategy: str = "cl_min") -> SkoptOptimizer:
    options = SkoptOptions(n_initial_points=initial, n_points=100, strategy=strategy)
    problem = Problem(space, (Objective("loss"),))
    return SkoptOptimizer(problem, seed=3, budget=BUDGET, model="GP", options=options)


def bare() -> Optimizer:
    dimensions = [dimension_of(parameter) for parameter in SPACE.parameters.values()]
    estimator = cook_estimator("GP", space=dimensions, random_state=derive_seed(3, "skopt model") % 2**32)
    return Optimizer(
        dimensions,
        base_estimator=estimator,
        n_initial_points=4,
        random_state=derive_seed(3, "skopt") % 2**32,
        acq_optimizer_kwargs={"n_points": 100},
    )


def tell(strategy: SkoptOptimizer, proposal: Proposal, *losses: float) -> None:
    outcome = Measurement({}) if losses else Failure(FailureKind.ERROR, "failed")
    strategy.tell(TrialResult(Trial(0, proposal, seed=0), outcome, losses))


def values_of(proposals: Sequence[Proposal]) -> list[list[object]]:
    return [list(proposal.configuration.values()) for proposal in proposals]


def test_single_proposals_are_those_of_the_bare_library() -> None:
    strategy, optimizer = make(), bare()

    for _ in range(8):
        point = optimizer.ask()
        (proposal,) = strategy.ask(1)
        assert values_of([proposal]) == [point]
        optimizer.tell(point, float(point[0]))
        tell(strategy, proposal, float(point[0]))


def test_a_batch_is_that_of_the_bare_library() -> None:
    strategy, optimizer = make(), bare()
    first = strategy.ask(5)
    assert values_of(first) == optimizer.ask(n_points=5)

    optimizer.tell(values_of(first), [0.0, 1.0, 2.0, 3.0, 4.0])
    for loss, proposal in enumerate(first):
        tell(strategy, proposal, float(loss))

    assert values_of(strategy.ask(3)) == optimizer.ask(n_points=3)


def test_a_batch_depends_on_the_lie() -> None:
    batches = []
    for lie in ("cl_min", "cl_max"):
        strategy = make(strategy=lie)
        for loss, proposal in enumerate(strategy.ask(6)):
            tell(strategy, proposal, float(loss))
        batches.append(values_of(strategy.ask(4)))

    assert batches[0] != batches[1]


def test_a_proposal_made_while_another_is_pending_is_another() -> None:
    strategy = make()
    for loss, proposal in enumerate(strategy.ask(6)):
        tell(strategy, proposal, float(loss))

    assert strategy.ask(1) != strategy.ask(1)


def test_a_failed_trial_is_told_as_the_worst_loss_so_far() -> None:
    strategy = make()
    first, second, third = strategy.ask(3)

    tell(strategy, first, 1.0)
    tell(strategy, second, 7.0)
    tell(strategy, third)

    assert strategy._optimizer.yi == [1.0, 7.0, 7.0]


def test_failures_are_kept_back_until_a_loss_is_known() -> None:
    strategy = make()
    first, second = strategy.ask(2)

    tell(strategy, first)
    assert strategy._optimizer.yi == []
    tell(strategy, second, 2.0)

    assert strategy._optimizer.yi == [2.0, 2.0]
    assert strategy._optimizer.Xi == values_of([first, second])


def test_the_initial_design_goes_on_when_every_trial_fails() -> None:
    options = SkoptOptions(n_initial_points=6, initial_point_generator="lhs", n_points=100)
    problem = Problem(SearchSpace({"x": Float(0.0, 1.0)}), (Objective("loss"),))
    strategy = SkoptOptimizer(problem, seed=0, budget=BUDGET, model="GP", options=options)
    proposed = []
    for _ in range(6):
        (proposal,) = strategy.ask(1)
        proposed.append(proposal.configuration.number("x"))
        tell(strategy, proposal)

    assert [int(value * 6) for value in sorted(proposed)] == [0, 1, 2, 3, 4, 5]


def test_losses_beyond_the_largest_are_told_as_the_largest() -> None:
    strategy = make()
    first, second = strategy.ask(2)

    tell(strategy, first, 1e300)
    tell(strategy, second, -1e300)

    assert strategy._optimizer.yi == [LARGEST_LOSS, -LARGEST_LOSS]


def test_choices_keep_their_value_and_type() -> None:
    proposals = make(CHOICES, initial=30).ask(30)

    assert {repr(proposal.configuration["c"]) for proposal in proposals} == {"'a'", "True", "2", "0.5"}


def test_a_space_that_is_used_up_is_gone_through_again_without_a_warning() -> None:
    strategy = make(CHOICES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(10):
            (proposal,) = strategy.ask(1)
            tell(strategy, proposal, float(number))


def test_the_model_is_fitted_once_a_batch() -> None:
    strategy = make()
    fits = []
    batch = strategy.ask(6)
    for loss, proposal in enumerate(batch):
        tell(strategy, proposal, float(loss))
        fits.append(len(strategy._optimizer.models))

    assert fits == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("parameter", "raw", "value"),
    [
        (Float(0.0, 1.0), 1.0 + 1e-15, 1.0),
        (Integer(1, 8), 9, 8),
        (Categorical(("a", True)), 1, True),
    ],
)
def test_a_value_of_skopt_becomes_one_of_the_parameter(parameter: Parameter, raw: float, value: object) -> None:
    assert decode(parameter, raw) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("acq_func", "MES"), ("n_initial_points", 0), ("strategy", "lie"), ("kappa", -1.0), ("acq_optimizer", "adam")],
)
def test_an_option_out_of_range_is_refused(name: str, value: object) -> None:
    options: dict[str, object] = {name: value}

    with pytest.raises(InvalidOption, match=rf"^[^\n]*{name}[^\n]*{value}[^\n]*$"):
        SkoptOptions(**options)  # type: ignore[arg-type]  # wrong on purpose
