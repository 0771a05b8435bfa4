"""Strategies as searchers of Ray Tune, and searchers of Ray Tune as strategies, without a Ray."""

from __future__ import annotations

import copy
import importlib
import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pytest

from tuner.configuration import Configuration
from tuner.errors import (
    BrokenPlugin,
    InvalidOption,
    InvalidSpace,
    MissingExtra,
    RunChanged,
    StrategyMisbehaved,
    UnknownPlugin,
    UnsupportedProblem,
)
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.problem import Budget, Objective, Problem
from tuner.space import Condition, SearchSpace
from tuner.strategies.random_search import RandomSearch
from tuner.strategy import SearchStrategy, own_options
from tuner.testing.strategy_contract import StrategyContract
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult


class Later:
    """A module that is imported when it is used: to collect the tests is not to take the seconds that Ray takes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


tune: Any = Later("ray.tune")
search: Any = Later("ray.tune.search")
adapter: Any = Later("tuner.adapters.ray_tune")
Domain: TypeAlias = Callable[[], Any]
"""Makes a domain of Tune."""


def line() -> dict[str, Any]:
    return {"x": tune.uniform(0.0, 1.0)}


def nets() -> dict[str, Any]:
    return {
        "lr": tune.loguniform(1e-4, 1.0),
        "net": {"width": tune.randint(1, 5), "depth": 2},
        "loss": tune.choice([None, "l1", (1, 2)]),
    }


class Listener(SearchStrategy):
    """Goes through x = 0, 1, 2, waits after every second one, and keeps what it is told."""

    made: ClassVar[list[Listener]] = []

    def __init__(self, problem: Problem, *, seed: int, budget: Budget, size: int = 6) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.told: list[TrialResult] = []
        self.asked = self.calls = 0
        self.size = size
        self.uncopyable = (number for number in range(0))
        self.made.append(self)

    def ask(self, count: int) -> Sequence[Proposal]:
        self.calls += 1
        if self.asked == self.size or (self.asked % 2 == 0 and len(self.told) < self.asked):
            return []
        self.asked += 1
        return [Proposal(Configuration({"x": self.asked - 1}))]

    def tell(self, result: TrialResult) -> None:
        self.told.append(result)


COUNTED = SearchSpace({"x": Integer(0, 9)})


def listening(mode: str = "min", **options: Any) -> tuple[Any, Listener]:
    searcher = adapter.StrategySearcher(Listener, COUNTED, "score", mode, num_trials=10, **options)
    assert searcher.suggest("first") == {"x": 0}
    return searcher, Listener.made[-1]


def seeded(strategy: str = "tpe", **options: Any) -> Any:
    searcher = adapter.StrategySearcher(strategy, seed=5, **options)
    searcher.set_search_properties("score", "max", nets(), num_samples=20)
    return searcher


def run_some(searcher: Any, names: Sequence[str]) -> list[Any]:
    """Run trials two at a time; the second of each pair ends first, and every fifth one raises."""
    suggestions = []
    for first, second in zip(names[::2], names[1::2], strict=True):
        suggestions += [searcher.suggest(first), searcher.suggest(second)]
        for name in (second, first):
            number = names.index(name)
            searcher.on_trial_complete(name, {"score": math.sin(number)}, error=number % 5 == 4)
    return suggestions


@pytest.mark.parametrize(
    ("domain", "parameter"),
    [
        (lambda: tune.uniform(-1, 1), Float(-1.0, 1.0)),
        (lambda: tune.loguniform(1e-4, 1.0), Float(1e-4, 1.0, log=True)),
        (lambda: tune.randint(0, 10), Integer(0, 9)),
        (lambda: tune.lograndint(1, 100), Integer(1, 99, log=True)),
        (lambda: tune.qrandint(0, 10, 1), Integer(0, 9)),
        (lambda: tune.choice(["a", 2, 2.5]), Categorical(("a", 2, 2.5))),
        (lambda: tune.randint(3, 4), Categorical((3,))),
        (lambda: tune.uniform(2.0, 2.0), Categorical((2.0,))),
    ],
)
def test_a_domain_of_tune_becomes_the_parameter_of_the_same_values(domain: Domain, parameter: Parameter) -> None:
    assert adapter.ParamSpace.of_config({"x": domain()}).space.parameters["x"] == parameter


@pytest.mark.parametrize(
    ("domain", "values"),
    [
        (lambda: tune.quniform(0.0, 1.0, 0.25), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (lambda: tune.quniform(0.1, 0.3, 0.1), [0.1, 0.2, 0.3]),
        (lambda: tune.qloguniform(0.5, 2.0, 0.5), [0.5, 1.0, 1.5, 2.0]),
        (lambda: tune.qrandint(3, 10, 3), [3, 6, 9]),
        (lambda: tune.qlograndint(1, 10, 4), [4, 8]),
        (lambda: tune.quniform(2.0, 2.0, 1.0), [2.0]),
    ],
)
def test_a_quantized_domain_is_tried_at_its_multiples_and_nowhere_else(domain: Domain, values: list[float]) -> None:
    space = adapter.ParamSpace.of_config({"x": domain()})

    tried = [space.decode(configuration)["x"] for configuration in space.space.grid(100)]

    assert tried == pytest.approx(values)
    assert {type(value) for value in tried} == {type(values[0])}


def test_a_quantized_domain_keeps_its_logarithmic_scale() -> None:
    parameter = adapter.ParamSpace.of_config({"x": tune.qlograndint(10, 1000, 10)}).space.parameters["x"]

    assert parameter == Integer(1, 100, log=True)


@pytest.mark.parametrize("choices", [[None, "a"], [(1, 2), [3]], [1, True], [np.float64(0.5), np.float64(1.5)]])
def test_choices_that_are_no_plain_values_are_told_to_tune_as_they_are(choices: list[object]) -> None:
    space = adapter.ParamSpace.of_config({"x": tune.choice(choices)})

    told = [space.decode(configuration)["x"] for configuration in space.space.grid(100)]

    assert [(type(value), value) for value in told] == [(type(value), value) for value in choices]


def test_parameters_in_nested_dicts_are_called_by_their_path_and_suggested_without_the_constants() -> None:
    space = adapter.ParamSpace.of_config(nets())

    assert space.space.names == ("lr", "net/width", "loss")
    suggested = space.decode(Configuration({"lr": 0.1, "net/width": 3, "loss": 2}))
    assert suggested == {"lr": 0.1, "net": {"width": 3}, "loss": (1, 2)}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (lambda: {"x": tune.sample_from(lambda _: 1)}, "x: sample_from"),
        (lambda: {"a": {"x": tune.randn(0, 1)}}, "a/x: a Normal"),
        (lambda: {"x": tune.grid_search([1, 2])}, "x: grid_search .* use tune.choice"),
        (lambda: {"x": [1, tune.uniform(0, 1)]}, "x/1: a parameter inside a list"),
        (lambda: {"x": tune.choice([1, tune.uniform(0, 1)])}, "x: a choice among distributions"),
        (lambda: {"a": {"b": tune.uniform(0, 1)}, "a/b": tune.uniform(0, 1)}, "two parameters that are called 'a/b'"),
    ],
)
def test_what_no_search_space_can_hold_is_refused_by_name(config: Domain, told: str) -> None:
    with pytest.raises(UnsupportedProblem, match=told):
        adapter.ParamSpace.of_config(config())


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (lambda: {"x": 1}, "no parameter to search"),
        (lambda: {"x": tune.choice([])}, "x: .* at least one choice"),
        (lambda: {"x": tune.uniform(2, 1)}, "x: .* low < high"),
        (lambda: {"x": tune.randint(0.5, 3)}, "x: .* whole"),
        (lambda: {"x": tune.qrandint(4, 5, 3)}, "x: no multiple of 3"),
    ],
)
def test_an_impossible_range_is_refused_by_name(config: Domain, told: str) -> None:
    with pytest.raises(InvalidSpace, match=told):
        adapter.ParamSpace.of_config(config())


def test_a_search_space_becomes_a_param_space_and_back_again() -> None:
    space = SearchSpace(
        {
            "lr": Float(1e-3, 1.0, log=True),
            "momentum": Float(0.0, 0.9),
            "width": Integer(1, 8),
            "batch": Integer(1, 64, log=True),
            "name": Categorical(("a", "b")),
        }
    )

    assert adapter.ParamSpace.of_config(adapter.param_space_of(space)).space == space


def test_a_conditional_space_is_no_param_space() -> None:
    space = SearchSpace({"a": Categorical((0, 1)), "b": Float(0, 1)}, (Condition("b", "a", (1,)),))

    with pytest.raises(UnsupportedProblem, match="no conditions, as b would need"):
        adapter.param_space_of(space)


def test_a_searcher_suggests_what_its_strategy_proposes() -> None:
    searcher = adapter.StrategySearcher("random", seed=7, num_trials=5)
    assert searcher.set_search_properties("score", "min", nets())
    space = adapter.ParamSpace.of_config(nets())
    strategy = RandomSearch(Problem(space.space, (Objective("score"),)), seed=7, budget=Budget(trials=5))

    assert [searcher.suggest(str(n)) for n in range(5)] == [space.decode(p.configuration) for p in strategy.ask(5)]


@pytest.mark.parametrize(("mode", "loss"), [("min", 0.25), ("max", -0.25)])
def test_a_reported_metric_is_told_as_a_loss_of_the_mode(mode: str, loss: float) -> None:
    searcher, strategy = listening(mode)

    searcher.on_trial_complete("first", {"score": np.float32(0.25), "other": "text"})

    assert [result.loss for result in strategy.told] == [loss]
    assert strategy.told[0].outcome == Measurement({"score": 0.25})


def test_a_metric_in_a_nested_result_is_found_by_its_path() -> None:
    searcher = adapter.StrategySearcher(Listener, COUNTED, "eval/score", "min", num_trials=1)
    searcher.suggest("first")

    searcher.on_trial_complete("first", {"eval": {"score": 2.0}})

    assert Listener.made[-1].told[0].loss == 2.0


@pytest.mark.parametrize(
    ("result", "error", "kind", "told"),
    [
        ({"score": 1.0}, True, FailureKind.ERROR, "raised"),
        (None, True, FailureKind.ERROR, "raised"),
        (None, False, FailureKind.ERROR, "without a result"),
        ({"other": 1.0}, False, FailureKind.INVALID, "no 'score'"),
        ({"score": math.nan}, False, FailureKind.INVALID, "score = nan"),
        ({"score": "high"}, False, FailureKind.INVALID, "score = 'high'"),
    ],
)
def test_a_trial_without_a_finite_metric_is_told_as_a_failure(
    result: dict[str, object] | None, error: object, kind: FailureKind, told: str
) -> None:
    searcher, strategy = listening()

    searcher.on_trial_complete("first", result, error=error)

    outcome = strategy.told[0].outcome
    assert isinstance(outcome, Failure)
    assert outcome.kind == kind
    assert told in outcome.message


def test_trials_are_told_in_the_order_in_which_they_end() -> None:
    searcher, strategy = listening()
    searcher.suggest("second")

    searcher.on_trial_complete("second", {"score": 2.0})
    searcher.on_trial_complete("first", {"score": 1.0})

    assert [(result.trial.id, result.loss) for result in strategy.told] == [(1, 2.0), (0, 1.0)]


def test_a_strategy_that_waits_is_not_asked_again_before_it_is_told_more() -> None:
    searcher, strategy = listening()
    searcher.suggest("second")

    assert [searcher.suggest("third"), searcher.suggest("third")] == [None, None]
    assert strategy.calls == 3
    searcher.on_trial_complete("first", {"score": 1.0})
    assert searcher.suggest("third") is None
    searcher.on_trial_complete("second", {"score": 1.0})
    assert searcher.suggest("third") == {"x": 2}


def test_a_strategy_that_has_nothing_more_ends_the_search() -> None:
    searcher, _ = listening(size=1)

    assert searcher.suggest("second") is None
    searcher.on_trial_complete("first", {"score": 1.0})
    assert searcher.suggest("second") == search.Searcher.FINISHED


def test_a_search_ends_after_its_number_of_trials() -> None:
    searcher = adapter.StrategySearcher("random", line(), "score", "min", num_trials=2)

    assert [isinstance(searcher.suggest(str(n)), dict) for n in range(2)] == [True, True]
    assert searcher.suggest("2") == search.Searcher.FINISHED


def test_a_trial_that_was_not_suggested_or_has_ended_is_left_out() -> None:
    searcher, strategy = listening()
    searcher.on_trial_complete("first", {"score": 1.0})

    for name in ("first", "stranger"):
        with pytest.warns(UserWarning, match=f"trial {name} was not suggested here"):
            searcher.on_trial_complete(name, {"score": 1.0})

    assert len(strategy.told) == 1


def test_a_pending_trial_that_asks_again_gets_the_same_suggestion() -> None:
    searcher, _ = listening()

    assert searcher.suggest("first") == {"x": 0}
    assert searcher.suggest("second") == {"x": 1}


def test_a_concurrency_limiter_changes_nothing_while_there_is_room() -> None:
    names = [f"t{n}" for n in range(12)]
    limited = search.ConcurrencyLimiter(seeded(n_startup_trials=3), max_concurrent=2)

    assert run_some(limited, names) == run_some(seeded(n_startup_trials=3), names)


def test_the_tuners_trials_are_the_budget_of_a_search_that_names_none() -> None:
    searcher = adapter.StrategySearcher(Listener)
    searcher.set_search_properties("score", "min", {"x": tune.randint(0, 10)}, num_samples=7)

    assert Listener.made[-1].budget == Budget(trials=7)


def test_the_tuners_seconds_are_the_budget_where_its_trials_are_unlimited() -> None:
    searcher = adapter.StrategySearcher(Listener)
    searcher.set_search_properties(
        "score", "min", {"x": tune.randint(0, 10)}, num_samples=-1, time_budget_s=timedelta(minutes=1)
    )

    assert Listener.made[-1].budget == Budget(seconds=60.0)


def test_a_search_that_nothing_ends_is_refused() -> None:
    with pytest.raises(InvalidOption, match="give it num_trials"):
        adapter.StrategySearcher("random").set_search_properties("score", "min", line(), num_samples=-1)


def test_a_searcher_with_a_space_of_its_own_leaves_the_tuners_alone() -> None:
    searcher = adapter.StrategySearcher("random", {"mine": tune.uniform(0, 1)})

    assert not searcher.set_search_properties("score", "min", {"constant": 1}, num_samples=3)
    assert list(searcher.suggest("first") or {}) == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"metric": "score", "mode": "min", "num_trials": 1}, "has no space"),
        ({"space": COUNTED, "num_trials": 1}, "has no metric and mode"),
    ],
)
def test_a_suggestion_without_space_or_metric_is_refused(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOption, match=told):
        adapter.StrategySearcher("random", **arguments).suggest("first")


def test_what_is_wrong_with_a_searcher_is_said_when_it_is_made() -> None:
    with pytest.raises(UnknownPlugin, match="did you mean 'bayesian'"):
        adapter.StrategySearcher("baysian")
    with pytest.raises(InvalidOption, match=r"no option 'n_startup'.* did you mean 'n_startup_trials'"):
        adapter.StrategySearcher("tpe", n_startup=3)
    with pytest.raises(InvalidOption, match="strategy is a name or a SearchStrategy class, not <class 'int'>"):
        adapter.StrategySearcher(int)
    with pytest.raises(InvalidOption, match="seed is a whole number of at least 0, not -1"):
        adapter.StrategySearcher("random", seed=-1)
    with pytest.raises(InvalidOption, match="'min' or 'max', not 'score' and 'least'"):
        adapter.StrategySearcher("random", metric="score", mode="least")


def test_a_tuner_that_contradicts_the_searcher_is_refused() -> None:
    with pytest.raises(InvalidOption, match="has the metric 'score', TuneConfig 'loss'"):
        adapter.StrategySearcher("random", metric="score").set_search_properties("loss", "min", line(), num_samples=1)


def test_a_strategy_without_a_fidelity_to_use_is_refused_with_its_own_words() -> None:
    class Halving(RandomSearch):
        needs_fidelity: ClassVar[bool] = True

    with pytest.raises(UnsupportedProblem, match="needs a problem with a fidelity"):
        adapter.StrategySearcher(Halving).set_search_properties("score", "min", line(), num_samples=1)


BEFORE, AFTER = [f"a{n}" for n in range(8)], [f"b{n}" for n in range(6)]


@pytest.mark.parametrize("strategy", ["random", "tpe", "sobol", "grid"])
def test_a_restored_search_goes_on_as_the_saved_one(strategy: str, tmp_path: Path) -> None:
    saved, path = seeded(strategy), str(tmp_path / "state.json")
    run_some(saved, BEFORE)
    saved.suggest("open")
    saved.save(path)

    restored = seeded(strategy)
    restored.restore(path)

    for searcher in (saved, restored):
        searcher.on_trial_complete("open", {"score": 3.0})
    assert run_some(restored, AFTER) == run_some(saved, AFTER)


def test_a_saved_search_is_json_and_small_enough_to_read(tmp_path: Path) -> None:
    searcher = seeded("random")
    run_some(searcher, BEFORE)
    searcher.save(str(tmp_path / "state.json"))

    table = json.loads((tmp_path / "state.json").read_text())

    assert table["strategy"] == "random"
    assert len(table["events"]) == 2 * len(BEFORE)


def test_a_search_is_restored_without_being_told_its_space_and_metric_again(tmp_path: Path) -> None:
    saved, path = seeded(), str(tmp_path / "state.json")
    run_some(saved, BEFORE)
    saved.save(path)

    restored = adapter.StrategySearcher("tpe", seed=5)
    restored.restore(path)

    assert run_some(restored, AFTER) == run_some(saved, AFTER)


def test_choices_that_cannot_be_saved_are_to_be_given_again(tmp_path: Path) -> None:
    choice, path = {"x": tune.choice([math.sin, math.cos])}, str(tmp_path / "state.json")
    saved = adapter.StrategySearcher("random")
    saved.set_search_properties("score", "min", choice, num_samples=9)
    saved.save(path)

    restored = adapter.StrategySearcher("random")
    restored.restore(path)
    with pytest.raises(UnsupportedProblem, match="choices of x could not be saved: give the param_space again"):
        restored.suggest("first")
    restored.set_search_properties("score", "min", choice, num_samples=9)
    assert restored.suggest("first") == saved.suggest("first")


def test_a_copy_of_a_searcher_goes_on_by_itself() -> None:
    searcher = seeded()
    run_some(searcher, BEFORE)

    copied = copy.deepcopy(searcher)

    assert run_some(copied, AFTER) == run_some(searcher, AFTER)


def test_a_searcher_is_copied_whatever_its_strategy_holds_and_asks_it_all_again() -> None:
    searcher, strategy = listening()
    for name in ("second", "third", "third"):
        searcher.suggest(name)
    searcher.on_trial_complete("second", {"score": 1.0})
    searcher.suggest("third")

    copied = copy.deepcopy(searcher)

    for one in (searcher, copied):
        one.on_trial_complete("first", {"score": 2.0})
        assert one.suggest("third") == {"x": 2}
    assert Listener.made[-1] is not strategy
    assert Listener.made[-1].calls == strategy.calls == 5


def test_a_search_that_was_saved_before_it_began_is_restored(tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    adapter.StrategySearcher("tpe", seed=5).save(path)

    restored = adapter.StrategySearcher("tpe", seed=5)
    restored.restore(path)

    restored.set_search_properties("score", "max", nets(), num_samples=20)
    assert run_some(restored, AFTER) == run_some(seeded(), AFTER)


def test_a_searcher_that_is_made_otherwise_cannot_be_restored(tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    seeded().save(path)

    with pytest.raises(RunChanged, match="saved with seed = 5; this searcher has 6"):
        adapter.StrategySearcher("tpe", seed=6).restore(path)
    with pytest.raises(RunChanged, match="saved with strategy = 'tpe'; this searcher has 'random'"):
        adapter.StrategySearcher("random", seed=5).restore(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', "\x80"])
def test_a_file_that_holds_no_saved_search_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(RunChanged, match="holds no saved search"):
        adapter.StrategySearcher("random").restore(str(path))


def test_a_strategy_that_replays_otherwise_is_found_out(tmp_path: Path) -> None:
    saved, path = seeded("random"), tmp_path / "state.json"
    run_some(saved, BEFORE)
    saved.save(str(path))
    path.write_text(path.read_text().replace('"net/width": 4', '"net/width": 3'))

    restored = adapter.StrategySearcher("random", seed=5)
    restored.restore(str(path))
    with pytest.raises(StrategyMisbehaved, match="not deterministic"):
        restored.suggest("next")


class TestOptunaSearch(StrategyContract):
    trials: ClassVar[int] = 13

    @classmethod
    def setup_class(cls) -> None:
        cls.strategy = adapter.strategy_of("OptunaSearch")
        super().setup_class()


@pytest.mark.skipif(find_spec("hyperopt") is None, reason="hyperopt is not installed")
class TestHyperOptSearch(StrategyContract):
    options: ClassVar[dict[str, object]] = {"n_initial_points": 5}
    trials: ClassVar[int] = 12

    @classmethod
    def setup_class(cls) -> None:
        cls.strategy = adapter.strategy_of("HyperOptSearch")
        super().setup_class()


MIXED = SearchSpace({"a/b": Float(1e-3, 1.0, log=True), "n": Integer(1, 4), "size": Categorical(("s", "m"), True)})


def make(kind: type[SearchStrategy], space: SearchSpace = MIXED, **options: Any) -> SearchStrategy:
    return kind(Problem(space, (Objective("value"),)), seed=1, budget=Budget(trials=9), **options)


@cache
def fixed() -> Any:
    """A searcher that suggests the same point three times, and keeps what it is told."""

    class Fixed(search.Searcher):  # type: ignore[misc]  # Ray is imported later
        def __init__(  # noqa: PLR0917  as searchers of Tune do
            self,
            metric: str | None = None,
            mode: str | None = None,
            seed: int = 0,
            width: int = 3,
            name: str | None = None,
            table: dict[str, int] | None = None,
        ) -> None:
            super().__init__(metric=metric, mode=mode)
            self.seed, self.width = seed, width
            self.told: list[object] = []

        def set_search_properties(self, metric: str, mode: str, config: object, **spec: object) -> bool:
            return True

        def suggest(self, trial_id: str) -> dict[str, object] | None:
            return None if trial_id == "trial-3" else {"x0": np.float64(5.0), "x1": 2, "x2": np.int64(1)}

        def on_trial_complete(self, trial_id: str, result: Any = None, **how: bool) -> None:
            self.told.append((trial_id, result and result["loss"], how.get("error", False)))

    return Fixed


def result_of(configuration: Configuration, *losses: float) -> TrialResult:
    outcome = Measurement({"value": losses[0]}) if losses else Failure(FailureKind.ERROR, "broken")
    return TrialResult(Trial(0, Proposal(configuration), 0), outcome, losses)


def test_a_suggestion_becomes_a_proposal_of_plain_values_inside_the_space() -> None:
    proposal = make(adapter.strategy_of(fixed())).ask(1)[0]

    assert proposal.configuration == {"a/b": 1.0, "n": 2, "size": "m"}
    assert [type(value) for value in proposal.configuration.values()] == [float, int, str]


def test_trials_are_told_to_a_searcher_under_the_ids_of_its_suggestions() -> None:
    strategy: Any = make(adapter.strategy_of(fixed()))
    configuration = strategy.ask(2)[0].configuration

    strategy.tell(result_of(configuration, 4.0))
    strategy.tell(result_of(configuration))

    assert strategy._searcher.told == [("trial-0", 4.0, False), ("trial-1", None, True)]


def test_a_searcher_that_suggests_nothing_makes_a_strategy_that_waits() -> None:
    assert len(make(adapter.strategy_of(fixed())).ask(5)) == 3


def test_a_searcher_that_passes_over_a_suggestion_is_asked_again_while_nothing_is_pending() -> None:
    class Hesitant(fixed()):  # type: ignore[misc]  # Ray is imported later
        hesitates = 0

        def suggest(self, trial_id: str) -> Any:
            self.hesitates += 1
            return None if self.hesitates % 3 else super().suggest("trial-0")

    strategy = make(adapter.strategy_of(Hesitant))

    assert [len(strategy.ask(1)) for _ in range(2)] == [1, 0]


def test_a_searcher_that_never_suggests_again_ends_the_study() -> None:
    class Silent(fixed()):  # type: ignore[misc]  # Ray is imported later
        def suggest(self, trial_id: str) -> Any:
            return None

    assert make(adapter.strategy_of(Silent)).ask(1) == []


def test_a_result_that_a_searcher_cannot_learn_from_is_passed_over() -> None:
    strategy: Any = make(adapter.strategy_of(fixed()))

    strategy.tell(result_of(Configuration({"a/b": 0.5, "n": 1, "size": "s"}), 1.0))

    assert strategy._searcher.told == []


def test_optunas_searcher_learns_from_a_trial_that_it_did_not_suggest() -> None:
    strategy: Any = make(adapter.strategy_of("OptunaSearch"))

    strategy.tell(result_of(Configuration({"a/b": 0.5, "n": 1, "size": "m"}), 1.5))
    strategy.tell(result_of(Configuration({"a/b": 0.5, "n": 1, "size": "m"})))

    trials = strategy._searcher._ot_study.trials
    assert [(trial.value, trial.params) for trial in trials] == [
        (v, {"x0": 0.5, "x1": 1, "x2": 1}) for v in (1.5, None)
    ]


def test_a_searchers_options_are_its_arguments_that_a_suite_can_hold() -> None:
    options = own_options(adapter.strategy_of(fixed()))

    assert {name: option.default for name, option in options.items()} == {"width": 3, "name": None}
    assert make(adapter.strategy_of(fixed()), width=8)._searcher.width == 8  # type: ignore[attr-defined]


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(InvalidOption, match="Fixed has no option 'widht'; did you mean 'width'"):
        make(adapter.strategy_of(fixed()), widht=8)


def test_the_seed_of_the_study_reaches_the_searcher() -> None:
    kind = adapter.strategy_of(fixed())
    problem = Problem(MIXED, (Objective("value"),))

    seeds = {kind(problem, seed=n, budget=Budget(trials=1))._searcher.seed for n in (1, 2)}

    assert len(seeds) == 2
    assert 0 not in seeds


def test_what_a_searcher_cannot_take_is_refused_at_construction() -> None:
    kind = adapter.strategy_of("OptunaSearch")
    two = Problem(MIXED, (Objective("value"), Objective("cost")))
    conditional = SearchSpace({"a": Categorical((0, 1)), "b": Float(0, 1)}, (Condition("b", "a", (1,)),))

    with pytest.raises(UnsupportedProblem, match="multiobjective"):
        kind(two, seed=0, budget=Budget(trials=1))
    with pytest.raises(UnsupportedProblem, match="conditional"):
        make(kind, conditional)


@pytest.mark.parametrize("name", ["OptunaSearch", "ray.tune.search.optuna.OptunaSearch"])
def test_a_searcher_is_found_by_its_name_and_by_its_path(name: str) -> None:
    from ray.tune.search.optuna import OptunaSearch

    assert adapter.strategy_of(name).searcher is OptunaSearch


@pytest.mark.parametrize(
    ("name", "error", "told"),
    [
        ("OptunaSerach", UnknownPlugin, "did you mean 'OptunaSearch'"),
        ("math.pi", UnknownPlugin, "math.pi names no Searcher"),
        ("no_such.module.Search", BrokenPlugin, "cannot be imported: ModuleNotFoundError"),
        ("BasicVariantGenerator", BrokenPlugin, "is no Searcher; use the strategies 'random' and 'grid'"),
        ("ray.tune.search.ConcurrencyLimiter", BrokenPlugin, "only wraps another searcher"),
        ("NevergradSearch", BrokenPlugin, "takes no seed"),
        ("ray.tune.search.ax.AxSearch", BrokenPlugin, "cannot be repeated"),
        (int, UnknownPlugin, "<class 'int'> is no Searcher of Ray Tune: give a name, or a class made from Searcher"),
    ],
)
def test_what_is_no_usable_searcher_is_refused(name: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        adapter.strategy_of(name)


@pytest.mark.skipif(find_spec("hebo") is not None, reason="HEBO is installed")
@pytest.mark.parametrize("name", ["HEBOSearch", "ray.tune.search.hebo.HEBOSearch"])
def test_a_searcher_whose_package_is_not_installed_says_what_to_install(name: str) -> None:
    with pytest.raises(MissingExtra, match="HEBOSearch needs hebo: pip install 'HEBO'"):
        adapter.strategy_of(name)


def test_a_searcher_beside_a_version_that_it_does_not_work_with_names_the_strategy_that_does_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = importlib.import_module("tuner.adapters.ray_tune.known_searchers")
    bayesian = importlib.import_module("ray.tune.search.bayesopt").BayesOptSearch
    monkeypatch.setattr(known, "find_spec", lambda _: True)
    told = "BayesOptSearch works with bayesian-optimization 1.4.3 alone, and 3.4.0 is installed; the strategy 'bayes-o"

    monkeypatch.setattr(known, "version", lambda _: "3.4.0")
    with pytest.raises(MissingExtra, match=told):
        adapter.strategy_of(bayesian)
    monkeypatch.setattr(known, "version", lambda _: "1.4.3")
    assert adapter.strategy_of(bayesian).searcher is bayesian


def test_a_searcher_that_cannot_be_seeded_or_made_from_a_suite_is_refused() -> None:
    class Unseeded(search.Searcher):  # type: ignore[misc]  # Ray is imported later
        def __init__(self, metric: str | None = None, mode: str | None = None) -> None:
            super().__init__(metric, mode)

    class Demanding(search.Searcher):  # type: ignore[misc]  # the same
        def __init__(self, model: dict[str, int], seed: int = 0) -> None:
            super().__init__()

    with pytest.raises(BrokenPlugin, match="Unseeded takes none of seed, random_state_seed, random_state"):
        adapter.strategy_of(Unseeded)
    with pytest.raises(BrokenPlugin, match="Demanding needs 'model', which a suite cannot hold"):
        adapter.strategy_of(Demanding)


def test_a_strategy_made_a_searcher_and_a_strategy_again_proposes_within_the_space() -> None:
    strategy = make(adapter.strategy_of(adapter.StrategySearcher), strategy="random")

    proposals = strategy.ask(9)

    for proposal in proposals:
        MIXED.check(proposal.configuration)
    assert len(proposals) == 9
    assert strategy.ask(1) == []


def test_tuner_and_its_adapters_are_imported_without_ray() -> None:
    code = "import sys, tuner, tuner.adapters; sys.exit('ray' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
