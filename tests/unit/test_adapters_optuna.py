"""Samplers of Optuna as strategies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, ClassVar, Optional, Union

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler

from tuner.adapters.optuna import SamplerStrategy, StrategySampler, strategy_of
from tuner.adapters.optuna import known_samplers as known
from tuner.adapters.optuna.sampler_options import scalar_options
from tuner.configuration import Configuration
from tuner.errors import BrokenPlugin, InvalidOption, MissingExtra, UnknownPlugin, UnsupportedProblem
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Budget, Feature, Objective, Problem
from tuner.registry import find, load_strategy
from tuner.space import Condition, SearchSpace
from tuner.strategies.nsga2 import NSGA2
from tuner.strategies.tree_parzen import TreeParzen
from tuner.strategy import SearchStrategy, own_options
from tuner.testing.strategy_contract import StrategyContract
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

MIXED = SearchSpace({"x": Float(0.0, 1.0), "n": Integer(1, 64, log=True), "c": Categorical(("a", True, 2))})
CONDITIONAL = SearchSpace(
    {"kernel": Categorical(("linear", "rbf")), "gamma": Float(0.1, 1.0)}, (Condition("gamma", "kernel", ("rbf",)),)
)
FINITE = SearchSpace({"depth": Integer(1, 3), "bias": Categorical((False, True))})
OBJECTIVE = Objective("loss")
ANY = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE


class Drawing(BaseSampler):
    """A sampler of one's own, which leaves it to another one to draw."""

    def __init__(self, *, width: int = 3, seed: int | None = None) -> None:
        self.width = width
        self.inner = RandomSampler(seed=seed)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        return self.inner.sample_independent(study, trial, param_name, param_distribution)


class Derived(TPESampler):
    """A sampler made from one of Optuna's."""


class TestTPESampler(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = strategy_of("TPESampler")
    options: ClassVar[dict[str, object]] = {"n_startup_trials": 4}
    trials: ClassVar[int] = 7


class TestRandomSampler(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = strategy_of("RandomSampler")
    trials: ClassVar[int] = 6


class TestNSGAIIISampler(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = strategy_of("NSGAIIISampler")
    options: ClassVar[dict[str, object]] = {"population_size": 3}
    trials: ClassVar[int] = 8


def make(kind: type[SearchStrategy], space: SearchSpace = MIXED, objectives: int = 1, **options: Any) -> Any:
    problem = Problem(space, tuple(Objective(f"loss {index}") for index in range(objectives)))
    return kind(problem, seed=3, budget=Budget(trials=50), **options)


def result_of(number: int, proposal: Proposal, losses: Sequence[float]) -> TrialResult:
    outcome = Measurement({}) if losses else Failure(FailureKind.ERROR, "failed")
    return TrialResult(Trial(number, proposal, seed=0), outcome, tuple(losses))


def run_in_pairs(strategy: SearchStrategy, pairs: int = 8) -> list[Configuration]:
    """Two trials at a time, of which every fifth one fails."""
    found: list[Configuration] = []
    for _ in range(pairs):
        for proposal in strategy.ask(2):
            losses = [(len(found) - 4.5) ** 2] * len(strategy.problem.objectives) if len(found) % 5 else []
            strategy.tell(result_of(len(found), proposal, losses))
            found.append(proposal.configuration)
    return found


@pytest.mark.parametrize("options", [{"n_startup_trials": 3}, {"n_startup_trials": 2, "multivariate": False}])
@pytest.mark.parametrize("space", [MIXED, CONDITIONAL], ids=["mixed", "conditional"])
def test_tpe_by_its_name_in_optuna_proposes_what_the_shipped_tpe_does(
    space: SearchSpace, options: dict[str, Any]
) -> None:
    assert run_in_pairs(make(strategy_of("TPESampler"), space, **options)) == run_in_pairs(
        make(TreeParzen, space, **options)
    )


def test_nsga_2_by_its_name_in_optuna_proposes_what_the_shipped_one_does() -> None:
    found = run_in_pairs(make(strategy_of("NSGAIISampler"), objectives=2, population_size=4))

    assert found == run_in_pairs(make(NSGA2, objectives=2, population_size=4))


def test_a_trial_that_was_not_proposed_joins_the_population_of_a_genetic_sampler() -> None:
    strategy = make(strategy_of("NSGAIISampler"), population_size=2)
    foreign = Configuration({"x": 0.5, "n": 8, "c": True})

    strategy.tell(result_of(0, Proposal(foreign), [1.0]))
    strategy.tell(result_of(1, Proposal(foreign), []))

    first, second = strategy._study.get_trials()
    assert NSGAIISampler(population_size=2)._get_generation_key() in first.system_attrs
    assert (first.value, second.state) == (1.0, optuna.trial.TrialState.FAIL)


@pytest.mark.parametrize(
    ("name", "supports", "packages"),
    [
        ("TPESampler", ANY, ("optuna",)),
        ("RandomSampler", ANY, ("optuna",)),
        ("BruteForceSampler", ANY & ~Feature.CONTINUOUS, ("optuna",)),
        ("CmaEsSampler", Feature.CONTINUOUS | Feature.INTEGER, ("optuna", "cmaes")),
        ("NSGAIISampler", Feature.MIXED | Feature.MULTIOBJECTIVE, ("optuna",)),
        ("NSGAIIISampler", Feature.MIXED | Feature.MULTIOBJECTIVE, ("optuna",)),
        ("QMCSampler", Feature.MIXED | Feature.MULTIOBJECTIVE, ("optuna", "scipy")),
    ],
)
def test_a_sampler_supports_what_it_does_not_leave_to_chance(
    name: str, supports: Feature, packages: tuple[str, ...]
) -> None:
    strategy = strategy_of(name)

    assert strategy.supports == supports
    assert strategy.packages == packages


def test_what_a_sampler_would_draw_at_random_is_refused() -> None:
    with pytest.raises(UnsupportedProblem, match="CmaEsSampler does not support categorical problems"):
        make(strategy_of("CmaEsSampler"), FINITE)
    with pytest.raises(UnsupportedProblem, match="NSGAIISampler does not support conditional problems"):
        make(strategy_of("NSGAIISampler"), CONDITIONAL)


def test_options_are_the_plain_arguments_with_their_defaults_and_without_the_seed() -> None:
    options = own_options(strategy_of("TPESampler"))

    assert {"n_startup_trials", "n_ei_candidates", "multivariate", "group", "constant_liar"} <= set(options)
    assert not {"seed", "gamma", "weights", "constraints_func", "warn_independent_sampling"} & set(options)
    assert options["n_startup_trials"].default == 10
    assert {option.kind for option in options.values()} == {Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(
    ("annotation", "default", "is_option"),
    [
        (int, 3, True),
        (str | None, None, True),
        (Optional[float], None, True),  # noqa: UP045  as older code has it
        (Union[Callable[[int], int], str], None, True),  # noqa: UP007  the same
        ("bool | None", None, True),
        ("'Optional[int]'", None, True),
        (dict[str, int] | None, None, False),
        ("Callable[[int], int] | None", None, False),
        ("list[int]", (), False),
        (Parameter.empty, 0.5, True),
        (Parameter.empty, None, False),
    ],
)
def test_an_argument_is_an_option_where_its_annotation_or_else_its_default_is_plain(
    annotation: object, default: object, *, is_option: bool
) -> None:
    argument = Parameter("it", Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)

    class Annotated(Drawing):
        __signature__ = Signature([argument, Parameter("rest", Parameter.VAR_KEYWORD)])

    assert list(scalar_options(Annotated).parameters) == (["it"] if is_option else [])


def test_options_reach_the_sampler() -> None:
    assert make(strategy_of(Drawing), width=7)._study.sampler.width == 7
    assert make(strategy_of("TPESampler"), multivariate=None)._study.sampler._multivariate is None


def test_a_sampler_is_not_to_warn_of_each_trial_that_it_draws_at_random() -> None:
    sampler = make(strategy_of("CmaEsSampler"), SearchSpace({"x": Float(0, 1)}))._study.sampler

    assert sampler._warn_independent_sampling is False


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"startup": 3}, r"TPESampler has no option 'startup'.*known: consider_endpoints"),
        ({"n_startup_trials": "few"}, "TPESampler's n_startup_trials is int, not 'few'"),
        ({"n_startup_trials": True}, "TPESampler's n_startup_trials is int, not True"),
        ({"group": True, "multivariate": False}, "TPESampler cannot be made: ValueError: .*multivariate"),
    ],
)
def test_an_option_that_the_sampler_does_not_take_is_told_on_one_line(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOption, match=told) as error:
        make(strategy_of("TPESampler"), **options)

    assert "\n" not in str(error.value)


def test_a_whole_number_is_taken_for_a_float_option() -> None:
    assert make(strategy_of("CmaEsSampler"), SearchSpace({"x": Float(0, 1)}), sigma0=1)._study.sampler._sigma0 == 1


@pytest.mark.parametrize(
    ("name", "error", "told"),
    [
        ("TPSampler", UnknownPlugin, "Optuna has no sampler called 'TPSampler'; did you mean 'TPESampler'"),
        ("tpesampler", UnknownPlugin, "Optuna has no sampler called 'tpesampler'; did you mean 'TPESampler'"),
        ("nsgaii", UnknownPlugin, "Optuna has no sampler called 'nsgaii'"),
        ("nowhere.Sampler", BrokenPlugin, "nowhere.Sampler cannot be imported: ModuleNotFoundError"),
        ("optuna.study.Study", UnknownPlugin, "optuna.study.Study names no sampler of Optuna"),
        ("GridSampler", BrokenPlugin, "GridSampler needs its grid as 'search_space', .*; use the strategy 'grid'"),
        ("optuna.samplers.PartialFixedSampler", BrokenPlugin, "only wraps another sampler"),
        ("BaseSampler", BrokenPlugin, "BaseSampler is abstract"),
        (int, UnknownPlugin, "<class 'int'> is no sampler of Optuna: give a name, or a class made from BaseSampler"),
        (3, UnknownPlugin, "3 is no sampler of Optuna: give a name, or a class made from BaseSampler"),
    ],
)
def test_what_is_no_usable_sampler_is_refused(name: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        strategy_of(name)


def test_a_sampler_that_cannot_be_repeated_or_made_from_a_suite_is_refused() -> None:
    class Unseeded(Drawing):
        def __init__(self) -> None:
            super().__init__()

    class Demanding(Drawing):
        def __init__(self, model: dict[str, int], seed: int = 0) -> None:
            super().__init__()

    class Half(BaseSampler):
        def __init__(self, seed: int = 0) -> None:
            super().__init__()

    with pytest.raises(BrokenPlugin, match=r"Unseeded takes no seed, .*: give its __init__ a keyword 'seed'"):
        strategy_of(Unseeded)
    with pytest.raises(BrokenPlugin, match="Demanding needs 'model', which a suite cannot hold"):
        strategy_of(Demanding)
    with pytest.raises(BrokenPlugin, match="Half lacks infer_relative_search_space, sample_independent, sample_rel"):
        strategy_of(Half)


def test_a_sampler_whose_package_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "find_spec", lambda _: None)

    with pytest.raises(MissingExtra, match=r"GPSampler needs torch: pip install 'tuner-bench\[nets\]'"):
        strategy_of(optuna.samplers.GPSampler)


def test_a_sampler_of_ones_own_is_found_by_its_dotted_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_samplers.py").write_text(
        "from optuna.samplers import RandomSampler\nclass Mine(RandomSampler): ..."
    )
    monkeypatch.syspath_prepend(tmp_path)

    strategy = load_strategy(find("strategy", "optuna:my_samplers.Mine"))

    assert (strategy.__name__, strategy.supports) == ("Mine", ANY)
    assert len(make(strategy).ask(3)) == 3


def test_a_sampler_of_ones_own_supports_plain_problems_and_a_derived_one_what_its_base_does() -> None:
    assert strategy_of(Drawing).supports == Feature.MIXED
    assert strategy_of(Derived).supports == ANY


def test_a_subclass_of_the_strategy_can_say_that_it_supports_more() -> None:
    class Bold(strategy_of(Drawing)):  # type: ignore[misc]  # the class is made at run time
        supports = ANY

    assert own_options(Bold).keys() == {"width"}
    assert len(make(Bold, CONDITIONAL, width=2).ask(2)) == 2


def test_a_sampler_that_has_tried_everything_has_nothing_more_to_propose() -> None:
    strategy = make(strategy_of("BruteForceSampler"), FINITE)
    found: list[Configuration] = []

    while asked := strategy.ask(1):
        strategy.tell(result_of(len(found), asked[0], [1.0]))
        found.append(asked[0].configuration)

    assert len(found) == len(set(found)) == 6


@pytest.mark.parametrize("name", ["TPESampler", "CmaEsSampler", "QMCSampler"])
def test_the_seed_decides_what_is_proposed(name: str) -> None:
    problem = Problem(SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)}), (OBJECTIVE,))
    first, second = (strategy_of(name)(problem, seed=seed, budget=Budget(trials=9)).ask(2) for seed in (0, 1))

    assert first != second


def test_a_strategy_made_a_sampler_and_a_strategy_again_proposes_within_the_space() -> None:
    strategy = make(strategy_of(StrategySampler), strategy="random")

    for configuration in run_in_pairs(strategy):
        MIXED.check(configuration)


def test_the_class_of_a_name_is_always_the_same() -> None:
    assert strategy_of("TPESampler") is strategy_of("TPESampler")
    assert issubclass(strategy_of("TPESampler"), SamplerStrategy)


def test_tuner_and_its_adapters_are_imported_without_optuna() -> None:
    code = "import sys, tuner, tuner.adapters; sys.exit('optuna' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
