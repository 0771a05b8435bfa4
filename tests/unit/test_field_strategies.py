"""Strategies of other libraries: what is translated, what is told, and what is said where a library is missing."""

from __future__ import annotations

import importlib.util
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, MissingExtra, UnsupportedProblem
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Budget, Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import Condition, SearchSpace
from tuner.strategies.ax_search import AxSearch
from tuner.strategies.bayes_opt_search import BayesOptSearch
from tuner.strategies.hyperopt_search import HyperoptSearch
from tuner.strategies.optuna_auto import OptunaAuto
from tuner.strategies.smac_search import SmacSearch
from tuner.strategy import SearchStrategy
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

Make = Callable[..., SearchStrategy]
BUDGET = Budget(trials=40)
SPACE = SearchSpace(
    {
        "x": Float(1e-3, 10.0, log=True),
        "n": Integer(1, 64, log=True),
        "c": Categorical(("a", True, 2)),
        "o": Categorical((16, 32, 64), ordered=True),
        "only": Categorical(("one",)),
    }
)
PROBLEM = Problem(SPACE, (Objective("loss"),))
CONDITIONAL = SearchSpace(
    {
        "gamma": Float(0.0, 1.0),
        "kernel": Categorical(("linear", "rbf", "poly")),
        "scale": Categorical((True, False)),
        "size": Categorical((8, 16, 32), ordered=True),
    },
    (
        Condition("gamma", "kernel", ("rbf", "poly")),
        Condition("size", "scale", (True,)),
        Condition("size", "kernel", ("rbf",)),
    ),
)
MAKERS: dict[str, tuple[str, Make]] = {
    "hyperopt": ("hyperopt", partial(HyperoptSearch, n_startup_jobs=3)),
    "anneal": ("hyperopt", partial(HyperoptSearch, algorithm="anneal")),
    "bayes-opt": ("bayes_opt", partial(BayesOptSearch, init_points=2, n_random=50, n_smart=0)),
    "smac": ("smac", partial(SmacSearch, n_configs=6)),
    "ax": ("ax", partial(AxSearch, initialization_budget=6)),
}


@pytest.fixture(params=list(MAKERS))
def make(request: pytest.FixtureRequest) -> Make:
    """Each strategy whose library is installed, with a start-up phase of a few trials."""
    module, maker = MAKERS[request.param]
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    return maker


def result_of(configuration: Configuration, *losses: float) -> TrialResult:
    outcome = Measurement({}) if losses else Failure(FailureKind.ERROR, "failed")
    return TrialResult(Trial(0, Proposal(configuration), seed=0), outcome, losses)


def test_every_kind_of_parameter_is_proposed_over_its_whole_range(make: Make) -> None:
    strategy = make(PROBLEM, seed=1, budget=BUDGET)
    found = [proposal.configuration for proposal in strategy.ask(5)]

    for configuration in found:
        SPACE.check(configuration)
    assert len({configuration["x"] for configuration in found}) == 5


def test_it_says_nothing_and_leaves_no_files(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    levels = {name: logging.getLogger(name).level for name in ("", "ax", "smac", "hyperopt")}
    strategy = make(PROBLEM, seed=1, budget=BUDGET)
    for number in range(3):
        (proposal,) = strategy.ask(1)
        strategy.tell(result_of(proposal.configuration, *([] if number == 1 else [float(number)])))

    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert {name: logging.getLogger(name).level for name in levels} == levels


ANNOUNCING = """
import logging
from tuner.problem import Budget, Objective, Problem
from tuner.parameter import Float
from tuner.space import SearchSpace
from tuner.strategies.ax_search import AxSearch

mine = logging.getLogger("mine")
mine.addHandler(logging.StreamHandler())
before = logging.root.level, logging.root.manager.disable, mine.level
AxSearch(Problem(SearchSpace({"x": Float(0, 1)}), (Objective("loss"),)), seed=0, budget=Budget(trials=3))
assert before == (logging.root.level, logging.root.manager.disable, mine.level)
mine.warning("heard")
logging.getLogger("ax.storage.sqa_store.with_db_settings_base").info("of experiments")
"""


@pytest.mark.slow
@pytest.mark.skipif(not (find_spec("ax") and find_spec("sqlalchemy")), reason="ax, or what it announces, is missing")
def test_ax_announces_nothing_when_it_is_imported_and_all_else_is_logged_as_before() -> None:
    run = subprocess.run([sys.executable, "-c", ANNOUNCING], capture_output=True, text=True, check=True)

    first, second = run.stderr.splitlines()
    assert first == "heard"
    assert second.endswith("with_db_settings_base: of experiments")


@pytest.mark.parametrize(("kind", "module"), [(HyperoptSearch, "hyperopt"), (SmacSearch, "smac")])
def test_children_of_several_parents_are_proposed_only_where_they_are_active(
    kind: type[SearchStrategy], module: str
) -> None:
    pytest.importorskip(module)
    strategy = kind(Problem(CONDITIONAL, PROBLEM.objectives), seed=0, budget=BUDGET)
    seen = set()
    for number in range(30):
        (proposal,) = strategy.ask(1)
        CONDITIONAL.check(proposal.configuration)
        seen.add(frozenset(proposal.configuration))
        strategy.tell(result_of(proposal.configuration, float(number)))

    assert frozenset({"kernel", "scale"}) in seen
    assert frozenset({"kernel", "scale", "gamma", "size"}) in seen


@pytest.mark.parametrize(("kind", "module"), [(BayesOptSearch, "bayes_opt"), (AxSearch, "ax")])
def test_conditional_spaces_are_refused_where_the_library_has_none(kind: type[SearchStrategy], module: str) -> None:
    with pytest.raises(UnsupportedProblem, match="conditional"):
        kind(Problem(CONDITIONAL, PROBLEM.objectives), seed=0, budget=BUDGET)


@pytest.mark.parametrize(
    ("kind", "package", "extra"),
    [
        (HyperoptSearch, "hyperopt", "hyperopt"),
        (BayesOptSearch, "bayesian-optimization", "bayes-opt"),
        (SmacSearch, "smac", "smac"),
        (AxSearch, "ax-platform", "ax"),
        (OptunaAuto, "optunahub", "optuna-auto"),
    ],
)
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    kind: type[SearchStrategy], package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=rf"needs {package}: pip install 'tuner-bench\[{extra}\]'"):
        kind(PROBLEM, seed=0, budget=BUDGET)


def test_without_a_downloaded_sampler_optuna_auto_says_where_it_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.extras.find_spec", lambda _: importlib.util.find_spec("numpy"))
    monkeypatch.setenv("OPTUNAHUB_CACHE_HOME", str(tmp_path))
    place = f"samplers/auto_sampler in {tmp_path}/github.com/optuna/optunahub-registry"
    with pytest.raises(MissingExtra, match=re.escape(place)):
        OptunaAuto(PROBLEM, seed=0, budget=BUDGET)


def test_hyperopt_proposes_what_the_bare_library_does() -> None:
    hyperopt = pytest.importorskip("hyperopt")
    space = SearchSpace({"x": Float(-5.0, 10.0), "y": Float(0.0, 15.0)})
    strategy = HyperoptSearch(Problem(space, PROBLEM.objectives), seed=3, budget=BUDGET)
    trials = hyperopt.Trials()
    domain = hyperopt.base.Domain(None, {"x": hyperopt.hp.uniform("x", -5, 10), "y": hyperopt.hp.uniform("y", 0, 15)})

    for number in range(30):
        (proposal,) = strategy.ask(1)
        seed = derive_seed(3, "hyperopt", number) % 2**32
        (document,) = hyperopt.tpe.suggest([number], domain, trials, seed, verbose=False)
        bare = {name: values[0] for name, values in document["misc"]["vals"].items()}
        assert proposal.configuration == bare
        loss = bare["x"] ** 2 + bare["y"]
        document.update(state=hyperopt.JOB_STATE_DONE, result={"status": "ok", "loss": loss})
        trials.insert_trial_docs([document])
        trials.refresh()
        strategy.tell(result_of(proposal.configuration, loss))


def test_bayes_opt_proposes_what_the_bare_library_does() -> None:
    bayes_opt = pytest.importorskip("bayes_opt")
    space = SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
    strategy = BayesOptSearch(Problem(space, PROBLEM.objectives), seed=3, budget=BUDGET, init_points=1, n_random=10_000)
    state = np.random.RandomState(derive_seed(3, "bayes-opt") % 2**32)
    bare = bayes_opt.BayesianOptimization(None, {"x": (0.0, 1.0), "y": (0.0, 1.0)}, random_state=state, verbose=0)

    for _ in range(6):
        (proposal,) = strategy.ask(1)
        expected = bare.suggest()
        assert proposal.configuration == pytest.approx(expected)
        loss = expected["x"] ** 2 + expected["y"]
        bare.register(expected, -loss)
        strategy.tell(result_of(proposal.configuration, loss))


def test_bayes_opt_is_told_repeated_points_apart() -> None:
    pytest.importorskip("bayes_opt")
    strategy = BayesOptSearch(PROBLEM, seed=3, budget=BUDGET, init_points=1, n_random=50, n_smart=0)
    for number in range(4):
        strategy.tell(result_of(SPACE.default(), float(number)))

    assert len(strategy.ask(2)) == 2


def test_smac_thinks_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("smac")
    started: list[str] = []
    start = threading.Thread.start

    def starting(thread: threading.Thread) -> None:
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", starting)
    strategy = SmacSearch(PROBLEM, seed=3, budget=BUDGET, n_configs=2, challengers=20)
    for number in range(4):
        (proposal,) = strategy.ask(1)
        strategy.tell(result_of(proposal.configuration, float(number)))
    assert started == []


def test_smac_takes_up_the_results_of_others() -> None:
    pytest.importorskip("smac")
    strategy = SmacSearch(PROBLEM, seed=3, budget=BUDGET, n_configs=1)
    known = SPACE.sample_many(np.random.default_rng(0), 5)
    for number, configuration in enumerate(known):
        strategy.tell(result_of(configuration, float(number)))
    asked = [proposal.configuration for _ in range(3) for proposal in strategy.ask(1)]

    assert not set(asked) & set(known)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (HyperoptSearch, {"algorithm": "atpe"}, "no algorithm called 'atpe'"),
        (HyperoptSearch, {"gamma": 0}, "gamma is a number above 0, at most 1, not 0"),
        (BayesOptSearch, {"acquisition": "lcb"}, "no acquisition called 'lcb'"),
        (SmacSearch, {"max_ratio": 1.5}, "max_ratio is a number above 0, at most 1, not 1.5"),
        (AxSearch, {"initialization_budget": 0}, "initialization_budget is a whole number of at least 1, not 0"),
    ],
)
def test_impossible_options_are_refused(
    kind: Make, options: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.extras.find_spec", lambda _: importlib.util.find_spec("numpy"))
    with pytest.raises(InvalidOption, match=message):
        kind(PROBLEM, seed=0, budget=BUDGET, **options)


@pytest.mark.parametrize("values", [1, 2, 6])
def test_smac_ends_where_a_batch_asks_for_more_than_a_finite_space_has(values: int) -> None:
    pytest.importorskip("smac")
    space = SearchSpace({"n": Categorical(tuple(range(values)))})
    strategy = SmacSearch(Problem(space, PROBLEM.objectives), seed=0, budget=BUDGET, n_configs=1, challengers=50)
    found = [proposal.configuration["n"] for _ in range(3) for proposal in strategy.ask(7)]

    assert sorted(found) == list(range(values))


def test_smac_goes_on_at_random_where_it_finds_nothing_new_in_an_infinite_space() -> None:
    pytest.importorskip("smac")
    space = SearchSpace(
        {"a": Categorical(("on", "off")), "b": Categorical(("on", "off")), "d": Float(0.0, 1.0)},
        (Condition("b", "a", ("on",)), Condition("d", "b", ("on",))),
    )
    strategy = SmacSearch(Problem(space, PROBLEM.objectives), seed=0, budget=BUDGET, n_configs=2, challengers=20)
    for number in range(15):
        (proposal,) = strategy.ask(1)
        strategy.tell(result_of(proposal.configuration, float(number)))
