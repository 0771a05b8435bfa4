import logging
from logging.handlers import BufferingHandler
from typing import ClassVar

import optuna
import pytest
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import TrialState

from tuner.configuration import Configuration
from tuner.errors import InvalidOption
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Budget, Feature, Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import Condition, SearchSpace
from tuner.strategies.bounded_loss import LARGEST_LOSS
from tuner.strategies.optuna_sampler import OptunaSampler, decode
from tuner.strategies.tree_parzen import TreeParzen
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

BUDGET = Budget(trials=50)
SPACE = SearchSpace({"x": Float(0.0, 1.0), "n": Integer(1, 64, log=True), "c": Categorical(("a", True, 2))})
PROBLEM = Problem(SPACE, (Objective("loss"),))
CONDITIONAL = SearchSpace(
    {
        "gamma": Float(0.0, 1.0),
        "kernel": Categorical(("linear", "rbf")),
        "size": Categorical((8, 16, 32), ordered=True),
    },
    (Condition("gamma", "kernel", ("rbf",)), Condition("size", "gamma", (0.5,))),
)


class AnyProblem(OptunaSampler):
    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE


def result_of(proposal: Proposal, *losses: float) -> TrialResult:
    outcome = Measurement({}) if losses else Failure(FailureKind.ERROR, "failed")
    return TrialResult(Trial(0, proposal, seed=0), outcome, losses)


def make(problem: Problem = PROBLEM) -> OptunaSampler:
    return AnyProblem(problem, seed=3, budget=BUDGET, make_sampler=RandomSampler)


def trials_of(strategy: OptunaSampler) -> list[optuna.trial.FrozenTrial]:
    return strategy._study.get_trials()


def test_proposals_are_those_of_the_bare_library() -> None:
    strategy = TreeParzen(PROBLEM, seed=3, budget=BUDGET)
    study = optuna.create_study(sampler=TPESampler(seed=derive_seed(3, "optuna") % 2**32))
    distributions = dict(strategy._distributions)

    for _ in range(20):
        (proposal,) = strategy.ask(1)
        trial = study.ask(distributions)
        assert proposal.configuration == trial.params
        study.tell(trial, trial.params["x"])
        strategy.tell(result_of(proposal, proposal.configuration.number("x")))


def test_a_failed_trial_is_told_as_failed() -> None:
    strategy = make()

    strategy.tell(result_of(strategy.ask(1)[0]))

    assert [trial.state for trial in trials_of(strategy)] == [TrialState.FAIL]


def test_losses_beyond_the_largest_are_told_as_the_largest() -> None:
    strategy = make()
    first, second = strategy.ask(2)

    strategy.tell(result_of(first, 1e300))
    strategy.tell(result_of(second, -1e300))

    assert [trial.value for trial in trials_of(strategy)] == [LARGEST_LOSS, -LARGEST_LOSS]


def test_every_objective_is_told() -> None:
    strategy = make(Problem(SPACE, (Objective("error"), Objective("latency"))))

    strategy.tell(result_of(strategy.ask(1)[0], 1.0, 2.0))

    assert trials_of(strategy)[0].values == [1.0, 2.0]


def test_a_configuration_proposed_twice_is_told_once_for_each_trial() -> None:
    strategy = make(Problem(SearchSpace({"only": Categorical(("a",))}), (Objective("loss"),)))
    first, second = strategy.ask(2)

    strategy.tell(result_of(first, 1.0))
    strategy.tell(result_of(second, 2.0))

    assert [trial.value for trial in trials_of(strategy)] == [1.0, 2.0]
    assert strategy._pending == {}


def test_a_trial_that_was_not_proposed_is_learned_from() -> None:
    space = SearchSpace({"size": Categorical((8, 16, 32), ordered=True)})
    strategy = make(Problem(space, (Objective("loss"),)))

    strategy.tell(result_of(Proposal(Configuration({"size": 32})), 1.0))
    strategy.tell(result_of(Proposal(Configuration({"size": 8}))))

    assert [(t.params, t.state) for t in trials_of(strategy)] == [
        ({"size": 2}, TrialState.COMPLETE),
        ({"size": 0}, TrialState.FAIL),
    ]


def test_choices_keep_their_value_and_type() -> None:
    values = {repr(proposal.configuration["c"]) for proposal in make().ask(30)}

    assert values == {"'a'", "True", "2"}


def test_an_ordered_categorical_is_a_whole_number_to_optuna() -> None:
    space = SearchSpace({"size": Categorical((8, 16, 32), ordered=True)})
    strategy = make(Problem(space, (Objective("loss"),)))

    proposals = strategy.ask(20)

    assert {proposal.configuration["size"] for proposal in proposals} == {8, 16, 32}
    assert {trial.params["size"] for trial in trials_of(strategy)} == {0, 1, 2}


def test_only_active_parameters_are_suggested() -> None:
    strategy = make(Problem(CONDITIONAL, (Objective("loss"),)))

    for proposal in strategy.ask(20):
        CONDITIONAL.check(proposal.configuration)

    assert {frozenset(trial.params) for trial in trials_of(strategy)} == {
        frozenset({"kernel"}),
        frozenset({"kernel", "gamma"}),
    }


@pytest.mark.parametrize(
    ("parameter", "raw", "value"),
    [
        (Float(0.0, 1.0), 1.0 + 1e-15, 1.0),
        (Float(1e-3, 1.0, log=True), 9e-4, 1e-3),
        (Integer(1, 8), 9, 8),
        (Categorical((8, 16), ordered=True), 1, 16),
    ],
)
def test_a_value_that_rounding_took_out_of_range_is_clipped(
    parameter: Float | Integer | Categorical, raw: float, value: float
) -> None:
    assert decode(parameter, raw) == value


def test_what_the_library_says_of_options_becomes_one_line() -> None:
    def complain(seed: int) -> RandomSampler:
        raise ValueError("these do not\n  go together")

    with pytest.raises(InvalidOption, match=r"^these do not go together$"):
        OptunaSampler(PROBLEM, seed=0, budget=BUDGET, make_sampler=complain)


def test_a_new_study_is_not_announced_and_the_users_verbosity_stays() -> None:
    handler = BufferingHandler(capacity=100)
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.INFO)
    logging.getLogger("optuna").addHandler(handler)
    try:
        make()
        after = optuna.logging.get_verbosity()
    finally:
        logging.getLogger("optuna").removeHandler(handler)
        optuna.logging.set_verbosity(before)

    assert handler.buffer == []
    assert after == optuna.logging.INFO
