import pytest
from optuna.samplers import TPESampler

from tuner.errors import InvalidOption
from tuner.parameter import Float
from tuner.problem import Budget, Objective, Problem
from tuner.space import SearchSpace
from tuner.strategies.tree_parzen import TreeParzen
from tuner.trial import Measurement, Trial, TrialResult

PROBLEM = Problem(SearchSpace({"x": Float(0.0, 1.0)}), (Objective("loss"),))
BUDGET = Budget(trials=50)


def learned(**options: bool) -> TreeParzen:
    strategy = TreeParzen(PROBLEM, seed=1, budget=BUDGET, n_startup_trials=5, **options)
    for number in range(20):
        (proposal,) = strategy.ask(1)
        loss = (proposal.configuration.number("x") - 0.3) ** 2
        strategy.tell(TrialResult(Trial(number, proposal, 0), Measurement({}), (loss,)))
    return strategy


def test_proposals_gather_where_losses_are_low() -> None:
    values = [proposal.configuration.number("x") for proposal in learned().ask(5)]

    assert sorted(values)[2] == pytest.approx(0.3, abs=0.1)


def test_a_batch_depends_on_the_constant_liar() -> None:
    assert learned(constant_liar=True).ask(5) != learned(constant_liar=False).ask(5)


def test_options_reach_the_sampler() -> None:
    strategy = TreeParzen(PROBLEM, seed=0, budget=BUDGET, n_startup_trials=3, n_ei_candidates=7, group=True)

    sampler = strategy._study.sampler
    assert isinstance(sampler, TPESampler)
    assert (sampler._n_startup_trials, sampler._n_ei_candidates, sampler._group) == (3, 7, True)


def test_groups_need_the_multivariate_model() -> None:
    with pytest.raises(InvalidOption, match="multivariate"):
        TreeParzen(PROBLEM, seed=0, budget=BUDGET, group=True, multivariate=False)


def test_a_startup_without_trials_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"^n_startup_trials is a whole number of at least 1, not 0$"):
        TreeParzen(PROBLEM, seed=0, budget=BUDGET, n_startup_trials=0)


def test_a_word_for_a_flag_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"^constant_liar is true or false, not 'yes'$"):
        TreeParzen(PROBLEM, seed=0, budget=BUDGET, constant_liar="yes")  # type: ignore[arg-type]  # the wrong type on purpose
