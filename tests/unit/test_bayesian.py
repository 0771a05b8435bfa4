from tuner.parameter import Float
from tuner.problem import Budget, Objective, Problem
from tuner.space import SearchSpace
from tuner.strategies.bayesian import Bayesian
from tuner.strategies.gaussian_process import GaussianProcess
from tuner.strategy import own_options
from tuner.trial import Measurement, Proposal, Trial, TrialResult

PROBLEM = Problem(SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)}), (Objective("loss"),))
BUDGET = Budget(trials=50)


def proposals_of(strategy: GaussianProcess) -> list[Proposal]:
    proposals = []
    for number in range(6):
        (proposal,) = strategy.ask(1)
        proposals.append(proposal)
        loss = proposal.configuration.number("x")
        strategy.tell(TrialResult(Trial(number, proposal, 0), Measurement({}), (loss,)))
    return proposals


def test_it_proposes_what_the_gaussian_process_proposes() -> None:
    mine, theirs = (kind(PROBLEM, seed=5, budget=BUDGET, n_startup_trials=3) for kind in (Bayesian, GaussianProcess))

    assert proposals_of(mine) == proposals_of(theirs)


def test_it_has_the_options_of_the_gaussian_process() -> None:
    assert own_options(Bayesian).keys() == {"n_startup_trials", "deterministic_objective"}
