"""Strategies as samplers of Optuna."""

from __future__ import annotations

import copy
import math
import pickle
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import PartialFixedSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tuner.adapters.optuna import StrategySampler, distributions_of
from tuner.adapters.optuna.conversation import Conversation
from tuner.adapters.optuna.study_parameter import parameter_of
from tuner.adapters.optuna.study_space import StudySpace
from tuner.configuration import Configuration
from tuner.errors import InvalidOption, UnknownPlugin, UnsupportedProblem
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.problem import Budget, Feature, Objective, Problem
from tuner.registry import find, load_strategy
from tuner.space import Condition, SearchSpace
from tuner.strategy import SearchStrategy
from tuner.trial import Failure, Measurement, Proposal, Trial, TrialResult

SPACE = SearchSpace({"x": Float(-1.0, 1.0), "n": Integer(1, 64, log=True), "c": Categorical(("a", "b"), ordered=True)})
COUNTED = SearchSpace({"x": Integer(0, 9)})
CONDITIONAL = SearchSpace(
    {"kernel": Categorical(("linear", "rbf")), "gamma": Float(0.1, 1.0)}, (Condition("gamma", "kernel", ("rbf",)),)
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
    optuna.logging.set_verbosity(level)


class Listener(SearchStrategy):
    """Goes through x = 0, 1, 2, up to `size` of them, `at_once` before the next result, and keeps what it is told."""

    supports = Feature.MIXED | Feature.MULTIOBJECTIVE
    made: ClassVar[list[Listener]] = []

    def __init__(
        self, problem: Problem, *, seed: int, budget: Budget, size: int = 10, at_once: int = 10, broken: bool = False
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.told: list[TrialResult] = []
        self.asked = 0
        self.size = size
        self.at_once = at_once
        self.shift = len(self.made) if broken else 0
        self.uncopyable = (number for number in range(0))
        self.made.append(self)

    def ask(self, count: int) -> Sequence[Proposal]:
        if self.asked == self.size or self.asked - len(self.told) >= self.at_once:
            return []
        self.asked += 1
        x = (self.asked - 1 + self.shift) % 10
        return [Proposal(Configuration({**self.space.default(), "x": x}))]

    def tell(self, result: TrialResult) -> None:
        self.told.append(result)

    @property
    def heard(self) -> list[tuple[dict[str, Any], float]]:
        """The configurations and losses; infinity for a failure."""
        return [(dict(result.trial.configuration), result.loss) for result in self.told]


def suggest_counted(trial: optuna.Trial) -> float:
    return trial.suggest_int("x", 0, 9)


def suggest_mixed(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    n = trial.suggest_int("n", 1, 64, log=True)
    return x**2 + n + len(trial.suggest_categorical("c", ["a", "b"]))


def study_of(sampler: Any, **options: Any) -> optuna.Study:
    return optuna.create_study(sampler=sampler, **options)


def listening(**options: Any) -> tuple[optuna.Study, Listener]:
    """A study whose first trial of x = 0 is running."""
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED, **options))
    assert study.ask(distributions_of(COUNTED)).params == {"x": 0}
    return study, Listener.made[-1]


def params_of(study: optuna.Study) -> list[dict[str, Any]]:
    return [trial.params for trial in study.trials]


@pytest.mark.parametrize(
    ("distribution", "parameter", "pairs"),
    [
        (FloatDistribution(-1, 1), Float(-1.0, 1.0), [(0.5, 0.5), (1.5, None)]),
        (FloatDistribution(1e-3, 1, log=True), Float(1e-3, 1.0, log=True), [(0.5, 0.5)]),
        (FloatDistribution(-10.2, 10.2, step=0.1), Integer(0, 204), [(-10.2, 0), (10.2, 204), (0.05, None)]),
        (FloatDistribution(0, 1, step=0.25), Integer(0, 4), [(0.75, 3), (1.25, None), (-0.25, None)]),
        (IntDistribution(0, 9), Integer(0, 9), [(9, 9), (10, None), ("a", None)]),
        (IntDistribution(1, 64, log=True), Integer(1, 64, log=True), [(2, 2)]),
        (IntDistribution(3, 9, step=2), Integer(0, 3), [(3, 0), (9, 3), (4, None)]),
        (CategoricalDistribution(["a", True, 2, 2.5]), Categorical(("a", True, 2, 2.5)), [("a", "a"), ("b", None)]),
        (CategoricalDistribution([None, 1.5]), Categorical((0, 1)), [(None, 0), (1.5, 1), (2.5, None)]),
        (CategoricalDistribution([True, 1, 1.0]), Categorical((0, 1, 2)), [(True, 0), (1, 1), (1.0, 2)]),
        (CategoricalDistribution([math.nan, math.inf]), Categorical((0, 1)), [(math.nan, 0), (math.inf, 1)]),
    ],
)
def test_a_distribution_becomes_the_parameter_of_the_same_values(
    distribution: BaseDistribution, parameter: Parameter, pairs: list[tuple[Any, Any]]
) -> None:
    found = parameter_of("x", distribution)

    assert found.parameter == parameter
    assert [found.encode(value) for value, _ in pairs] == [value for _, value in pairs]
    for value, encoded in pairs:
        assert encoded is None or repr(found.decode(encoded)) == repr(value)


def test_a_distribution_with_a_step_never_leads_out_of_its_range() -> None:
    distribution = FloatDistribution(-10.2, 10.2, step=0.1)
    found = parameter_of("x", distribution)

    for steps in range(205):
        value: Any = found.decode(steps)
        assert distribution._contains(value)
        assert found.encode(value) == steps


def test_a_distribution_of_another_kind_is_refused_by_name() -> None:
    class Odd(BaseDistribution):
        single = to_internal_repr = _contains = None  # type: ignore[assignment]  # never called

    with pytest.raises(UnsupportedProblem, match="x: a Odd cannot be converted to a search space"):
        parameter_of("x", Odd())


def test_inactive_parameters_of_a_trial_belong_to_no_configuration() -> None:
    space = StudySpace.of_space(CONDITIONAL)

    assert space.encode({"kernel": "linear", "gamma": 0.5, "more": 1}) == {"kernel": "linear"}
    assert space.encode({"kernel": "rbf"}) is None


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize("name", ["random", "sobol", "tpe", "optuna:RandomSampler"])
def test_a_study_is_suggested_what_the_strategy_proposes(name: str, direction: Any) -> None:
    problem = Problem(SPACE, (Objective("value", direction),))
    strategy = load_strategy(find("strategy", name))(problem, seed=5, budget=Budget(trials=15))
    study = study_of(StrategySampler(name, seed=5, n_trials=15, space=SPACE), direction=direction)

    study.optimize(suggest_mixed, n_trials=15)

    for trial in study.trials:
        (proposal,) = strategy.ask(1)
        assert proposal.configuration == trial.params
        values = {"value": trial.values[0]}
        losses = problem.losses(values)
        strategy.tell(TrialResult(Trial(trial.number, proposal, seed=0), Measurement(values), losses))


def test_without_a_space_it_is_what_the_completed_trials_have_in_common() -> None:
    study = study_of(StrategySampler(Listener, seed=1))

    study.optimize(suggest_counted, n_trials=4)

    drawn = study.trials[0].params["x"]
    assert [params["x"] for params in params_of(study)[1:]] == [0, 1, 2]
    assert Listener.made[-1].heard == [({"x": x}, x) for x in (drawn, 0, 1)]


def test_where_the_space_shrinks_a_new_strategy_is_told_of_all_that_still_fits() -> None:
    study = study_of(StrategySampler(Listener, seed=1))
    study.optimize(lambda trial: suggest_counted(trial) + trial.suggest_float("y", 0, 1), n_trials=1)
    study.optimize(suggest_counted, n_trials=1)
    before = len(Listener.made)

    study.optimize(suggest_counted, n_trials=1)

    first, second, third = study.trials
    assert len(Listener.made) == before + 1
    assert Listener.made[-1].heard == [(dict(x=trial.params["x"]), trial.value) for trial in (first, second)]
    assert third.params == {"x": 0}


def test_failed_pruned_and_infinite_trials_are_told_as_failures() -> None:
    study, strategy = listening()
    study.tell(0, state=TrialState.FAIL)

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_int("x", 0, 9)
        if x == 1:
            trial.report(0.5, 1)
            raise optuna.TrialPruned
        if x == 2:
            raise ValueError
        return math.inf if x == 3 else x

    study.optimize(objective, n_trials=5, catch=ValueError)

    assert strategy.heard == [*[({"x": x}, math.inf) for x in range(4)], ({"x": 4}, 4.0)]
    messages = [result.outcome.message for result in strategy.told if isinstance(result.outcome, Failure)]
    assert messages[1:] == ["the trial was pruned", "the trial failed", "the values [inf] are not all finite numbers"]


def test_a_proposal_is_told_as_failed_where_the_trial_fails_before_it_has_suggested_all_of_it() -> None:
    space = SearchSpace({"x": Integer(0, 9), "y": Float(0.0, 1.0)})
    study = study_of(StrategySampler(Listener, seed=1, space=space))

    def objective(trial: optuna.Trial) -> float:
        suggest_counted(trial)
        raise ValueError

    study.optimize(objective, n_trials=2, catch=ValueError)

    assert Listener.made[-1].heard == [({"x": 0, "y": 0.5}, math.inf)]


def test_losses_are_lower_for_better_values_in_each_direction() -> None:
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED), directions=["minimize", "maximize"])

    study.optimize(lambda trial: (suggest_counted(trial), 5.0), n_trials=2)

    assert Listener.made[-1].told[0].losses == (0.0, -5.0)


def test_running_trials_are_pending_and_end_in_any_order() -> None:
    study, strategy = listening()
    study.ask(distributions_of(COUNTED))
    study.ask(distributions_of(COUNTED))

    study.tell(2, 2.0)
    study.tell(0, 0.0)
    study.ask(distributions_of(COUNTED))

    assert strategy.heard == [({"x": 0}, 0.0), ({"x": 2}, 2.0)]


def test_a_trial_keeps_which_smaller_numbers_had_not_ended_when_it_was_asked_for() -> None:
    study, _ = listening()
    for _ in range(3):
        study.ask(distributions_of(COUNTED))
    asked = []
    for ended in (2, 0, 3):
        study.tell(ended, 0.0)
        record = study._storage.get_trial(study.ask(distributions_of(COUNTED))._trial_id).system_attrs["tuner:asked"]
        asked.append((record["last"], tuple(record["unknown"])))

    assert asked == [(2, (0, 1)), (2, (1,)), (3, (1,))]


def test_trials_that_were_told_are_not_looked_at_again() -> None:
    study, strategy = listening()
    study.ask(distributions_of(COUNTED))
    study.tell(1, 0.0)
    study.optimize(suggest_counted, n_trials=4)
    conversation = Conversation(strategy, StudySpace.of_space(COUNTED), "made")
    conversation.tell(study.trials[:4])
    told_before: list[Any] = [SimpleNamespace(number=number) for number in range(4)]
    study.tell(0, 7.0)

    conversation.tell([study.trials[0], *told_before[1:], *study.trials[4:]])

    assert [result.trial.id for result in strategy.told[-6:]] == [1, 2, 3, 0, 4, 5]


def test_trials_of_other_origin_are_told_as_they_are() -> None:
    study, strategy = listening()
    study.add_trial(
        optuna.create_trial(params={"x": 7}, distributions={"x": IntDistribution(0, 20)}, value=7.0),
    )
    study.add_trial(
        optuna.create_trial(params={"x": 17}, distributions={"x": IntDistribution(0, 20)}, value=17.0),
    )
    study.enqueue_trial({"x": 5})

    study.optimize(suggest_counted, n_trials=2)

    assert strategy.heard == [({"x": 7}, 7.0), ({"x": 5}, 5.0)]
    assert study.trials[-1].params == {"x": 1}


def test_the_strategy_is_not_asked_for_a_trial_that_is_enqueued_in_part() -> None:
    space = SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
    study = study_of(StrategySampler("tpe", seed=1, space=space))
    study.enqueue_trial({"x": 0.5})

    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_float("y", 0, 1), n_trials=2)

    assert study.trials[0].params["x"] == 0.5
    assert ["tuner:asked" in trial.system_attrs for trial in study.trials] == [False, True]


def test_a_proposal_that_the_objective_does_not_take_is_told_as_invalid_and_what_it_took_as_it_is() -> None:
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED))

    study.optimize(lambda trial: trial.suggest_int("x", 5, 9), n_trials=1)
    study.optimize(suggest_counted, n_trials=1)

    taken = study.trials[0].params["x"]
    assert Listener.made[-1].heard == [({"x": 0}, math.inf), ({"x": taken}, taken)]


def test_parameters_outside_the_space_are_drawn_by_seed_number_and_name() -> None:
    def draw(seed: int, name: str, *, first: int = 0) -> list[float]:
        study = study_of(StrategySampler("random", seed=seed, space=COUNTED))
        for _ in range(first):
            study.tell(study.ask(), 0.0)
        study.optimize(lambda trial: trial.suggest_float(name, 0, 1), n_trials=3)
        return [trial.params[name] for trial in study.trials[first:]]

    assert draw(1, "y") == draw(1, "y")
    assert draw(1, "y", first=1)[:2] == draw(1, "y")[1:]
    assert len({*draw(1, "y"), *draw(2, "y"), *draw(1, "z")}) == 9


def test_what_the_strategy_cannot_search_is_drawn_at_random_where_the_space_is_inferred() -> None:
    study = study_of(StrategySampler("cmaes", seed=1))

    study.optimize(suggest_mixed, n_trials=8)

    asked = [trial.system_attrs["tuner:asked"]["configuration"] for trial in study.trials[1:]]
    assert all(set(configuration) == {"x", "n"} for configuration in asked)
    assert {trial.params["c"] for trial in study.trials} == {"a", "b"}


def test_a_conditional_space_can_be_given() -> None:
    study = study_of(StrategySampler("tpe", seed=1, space=CONDITIONAL, n_startup_trials=3))

    def objective(trial: optuna.Trial) -> float:
        is_rbf = trial.suggest_categorical("kernel", ["linear", "rbf"]) == "rbf"
        return trial.suggest_float("gamma", 0.1, 1.0) if is_rbf else 1.0

    study.optimize(objective, n_trials=12)

    proposed = [trial.system_attrs["tuner:asked"]["configuration"] for trial in study.trials]
    assert proposed == params_of(study)


def test_fixed_parameters_leave_the_rest_of_the_space_to_the_strategy() -> None:
    sampler = StrategySampler("tpe", seed=1, space=CONDITIONAL, n_startup_trials=3)
    study = study_of(PartialFixedSampler({"kernel": "rbf"}, sampler))

    study.optimize(
        lambda trial: (
            len(trial.suggest_categorical("kernel", ["linear", "rbf"])) + trial.suggest_float("gamma", 0.1, 1)
        ),
        n_trials=5,
    )

    assert {trial.params["kernel"] for trial in study.trials} == {"rbf"}
    assert [trial.system_attrs["tuner:asked"]["configuration"] for trial in study.trials] == [
        {"gamma": trial.params["gamma"]} for trial in study.trials
    ]


def as_before(sampler: StrategySampler) -> StrategySampler:
    return sampler


def pickled(sampler: StrategySampler) -> StrategySampler:
    again: StrategySampler = pickle.loads(pickle.dumps(sampler))
    return again


def made_anew(sampler: StrategySampler) -> StrategySampler:
    return StrategySampler(sampler._strategy.name, seed=sampler._seed, n_startup_trials=4)


@pytest.mark.parametrize("again", [pickled, copy.deepcopy, made_anew])
def test_an_interrupted_study_goes_on_as_one_that_was_not(again: Callable[[StrategySampler], StrategySampler]) -> None:
    def run(take_up: Callable[[StrategySampler], StrategySampler]) -> list[dict[str, Any]]:
        """Two trials are running at any time; the older of them ends first only in every third round."""
        study = study_of(StrategySampler("tpe", seed=3, n_startup_trials=4))
        running = [study.ask(), study.ask()]
        for turn in range(9):
            trial = running.pop(0 if turn % 3 == 2 else 1)
            study.tell(trial, suggest_mixed(trial))
            study.sampler = take_up(study.sampler)  # type: ignore[arg-type]  # it is one
            running.append(study.ask())
            suggest_mixed(running[-1])
        return params_of(study)

    assert run(again) == run(as_before)


def test_a_stored_study_is_taken_up_in_another_process(tmp_path: Path) -> None:
    def run(*parts: int, path: Path) -> list[dict[str, Any]]:
        storage: JournalStorage | None = None
        for count in parts:
            storage = JournalStorage(JournalFileBackend(str(path)))
            sampler = StrategySampler("tpe", seed=3, n_startup_trials=4)
            study = study_of(sampler, storage=storage, study_name="study", load_if_exists=True)
            study.optimize(suggest_mixed, n_trials=count)
        assert storage is not None
        return params_of(optuna.load_study(storage=storage, study_name="study"))

    assert run(5, 1, 4, path=tmp_path / "parts") == run(10, path=tmp_path / "whole")


def test_a_sampler_of_another_seed_or_option_takes_the_trials_for_others() -> None:
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED))
    study.optimize(suggest_counted, n_trials=3)

    for sampler in (StrategySampler(Listener, seed=2, space=COUNTED), StrategySampler(Listener, seed=1, size=9)):
        study.sampler = sampler
        study.optimize(suggest_counted, n_trials=1)

    assert [params["x"] for params in params_of(study)] == [0, 1, 2, 0, 0]
    assert Listener.made[-1].heard == [({"x": x}, x) for x in (0, 1, 2, 0)]


def test_a_strategy_that_proposes_otherwise_than_before_goes_on_with_another_seed() -> None:
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED, broken=True))
    study.optimize(suggest_counted, n_trials=2)
    study.sampler = pickled(study.sampler)  # type: ignore[arg-type]  # it is one

    study.optimize(suggest_counted, n_trials=1)

    strategy = Listener.made[-1]
    assert strategy.seed != 1
    assert [result.trial.id for result in strategy.told] == [0, 1]
    assert strategy.asked == 1


def test_the_record_that_a_repeated_trial_has_of_the_first_one_does_not_count() -> None:
    study, _ = listening()
    first = study.trials[0]
    study.tell(0, 0.0)
    study.add_trial(
        optuna.create_trial(
            params=first.params, distributions=first.distributions, value=0.0, system_attrs=first.system_attrs
        )
    )
    study.sampler = pickled(study.sampler)  # type: ignore[arg-type]  # it is one

    study.optimize(suggest_counted, n_trials=1)

    assert study.trials[-1].params == {"x": 1}
    assert Listener.made[-1].seed == 1


def test_a_strategy_with_nothing_more_to_propose_ends_the_study_after_one_trial_at_random() -> None:
    study = study_of(StrategySampler("grid", seed=1, n_trials=10, space=COUNTED))

    study.optimize(suggest_counted, n_trials=50)

    assert sorted(params["x"] for params in params_of(study)[:10]) == list(range(10))
    assert len(study.trials) == 11


def test_a_study_asked_by_hand_goes_on_at_random_after_that() -> None:
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED, size=1))

    for _ in range(4):
        study.tell(study.ask(distributions_of(COUNTED)), 0.0)

    assert len(study.trials) == 4


def test_while_the_strategy_waits_trials_are_drawn_at_random_and_the_study_goes_on() -> None:
    study, strategy = listening(at_once=1)

    study.optimize(suggest_counted, n_trials=3)

    assert study.trials[1].system_attrs["tuner:asked"]["configuration"] is None
    assert len(study.trials) == 4
    assert strategy.heard[0] == (study.trials[1].params, study.trials[1].value)


def test_reseeding_changes_what_is_drawn_at_random_and_not_what_the_strategy_proposes() -> None:
    def run(*, is_reseeded: bool) -> list[dict[str, Any]]:
        study = study_of(StrategySampler("random", seed=1, space=COUNTED))
        for _ in range(5):
            if is_reseeded:
                study.sampler.reseed_rng()
            study.optimize(lambda trial: suggest_counted(trial) + trial.suggest_float("y", 0, 1), n_trials=1)
        return params_of(study)

    plain, reseeded = run(is_reseeded=False), run(is_reseeded=True)
    assert [params["x"] for params in plain] == [params["x"] for params in reseeded]
    assert not {params["y"] for params in plain} & {params["y"] for params in reseeded}


def test_threads_of_one_study_share_the_strategy() -> None:
    study = study_of(StrategySampler("grid", seed=1, n_trials=10, space=COUNTED))

    study.optimize(suggest_counted, n_trials=10, n_jobs=4)

    assert sorted(params["x"] for params in params_of(study)) == list(range(10))


def test_one_sampler_serves_several_studies() -> None:
    sampler = StrategySampler(Listener, seed=1, space=COUNTED)
    first, second = study_of(sampler), study_of(sampler)

    for study in (first, second, first):
        study.optimize(suggest_counted, n_trials=2)

    assert [params["x"] for params in params_of(first)] == [0, 1, 2, 3]
    assert [params["x"] for params in params_of(second)] == [0, 1]


def test_a_pruner_that_narrows_the_study_hides_no_trial_from_the_strategy() -> None:
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=9)
    study = study_of(StrategySampler(Listener, seed=1, space=COUNTED), pruner=pruner)

    def objective(trial: optuna.Trial) -> float:
        trial.report(1.0, 1)
        trial.should_prune()
        return suggest_counted(trial)

    study.optimize(objective, n_trials=6)

    assert [result.trial.id for result in Listener.made[-1].told] == [0, 1, 2, 3, 4]
    assert [params["x"] for params in params_of(study)] == [0, 1, 2, 3, 4, 5]


def test_without_a_seed_two_samplers_draw_differently() -> None:
    first, second = (study_of(StrategySampler("random", space=SPACE)) for _ in range(2))

    for study in (first, second):
        study.optimize(suggest_mixed, n_trials=2)

    assert params_of(first) != params_of(second)


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: StrategySampler("tpee"), UnknownPlugin, "no strategy called 'tpee'; did you mean 'tpe'"),
        (lambda: StrategySampler("tpe", startup=3), InvalidOption, "TreeParzen has no option 'startup'"),
        (lambda: StrategySampler("hyperband"), UnsupportedProblem, "Hyperband needs a problem with a fidelity"),
        (lambda: StrategySampler("cmaes", space=SPACE), UnsupportedProblem, "does not support categorical problems"),
        (lambda: StrategySampler(dict), InvalidOption, "strategy is a name or a SearchStrategy class, not"),  # type: ignore[arg-type]
        (lambda: StrategySampler(3), InvalidOption, "strategy is a name or a SearchStrategy class, not 3"),  # type: ignore[arg-type]
        (lambda: StrategySampler("tpe", seed=-1), InvalidOption, "seed is a whole number of at least 0, not -1"),
        (lambda: StrategySampler("tpe", seed="a"), InvalidOption, "seed is a whole number of at least 0, not 'a'"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_a_sampler_is_refused_at_once(
    make: Callable[[], object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        make()


def test_a_strategy_of_one_objective_refuses_a_study_of_several_at_its_first_trial() -> None:
    study = study_of(StrategySampler("gp", seed=1), directions=["minimize", "minimize"])

    with pytest.raises(UnsupportedProblem, match="GaussianProcess does not support multiobjective problems"):
        study.optimize(lambda trial: (suggest_counted(trial), 0.0), n_trials=1)
