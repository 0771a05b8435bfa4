from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from fidelity_under_test import SPACE
from study_under_test import PROBLEM, make, run

from tuner import Budget, Feature, Proposal, SearchSpace, SearchStrategy, TrialResult
from tuner.errors import BrokenPlugin
from tuner.strategies.function_strategy import History, declares, strategy_of
from tuner.strategy import own_options


def propose(
    history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator, *, step: float = 0.1
) -> Iterator[Mapping[str, Any]]:
    """Draws at random."""
    yield from ({"x": rng.uniform() * step} for _ in range(count))


def build(function: Callable[..., Any], **options: Any) -> SearchStrategy:
    return strategy_of(function)(PROBLEM, seed=1, budget=Budget(trials=9), **options)


def message_of(function: Callable[..., Any]) -> str | None:
    study, _ = make(strategy_of(function), Budget(trials=3))
    run(study)
    return study.message


def test_the_strategy_has_the_functions_name_documentation_and_options() -> None:
    kind = strategy_of(propose)

    assert (kind.__name__, kind.__module__, inspect.getdoc(kind)) == ("propose", __name__, "Draws at random.")
    assert {name: option.default for name, option in own_options(kind).items()} == {"step": 0.1}
    assert all(option.kind is option.KEYWORD_ONLY for option in own_options(kind).values())


def test_an_option_reaches_the_function() -> None:
    assert build(propose, step=0.0).ask(2) == [Proposal(SPACE.from_unit([0.0]))] * 2


def test_a_whole_study_runs_with_a_function() -> None:
    study, _ = make(strategy_of(propose), Budget(trials=5))

    assert len(run(study)) == 5
    assert study.status == "finished"


def test_the_function_sees_the_results_so_far_the_space_and_how_many_are_wanted() -> None:
    seen: list[tuple[list[int], SearchSpace, int]] = []

    def look(history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator) -> list[Any]:
        seen.append(([result.trial.id for result in history], space, count))
        return [space.sample(rng) for _ in range(count)]

    study, _ = make(strategy_of(look), Budget(trials=5), 2)
    run(study)

    assert seen == [([], SPACE, 2), ([0, 1], SPACE, 2), ([0, 1, 2, 3], SPACE, 1)]


def test_values_of_numpy_become_plain_ones() -> None:
    (proposal,) = build(lambda history, space, count, rng: [{"x": np.float64(0.5)}]).ask(1)

    assert type(proposal.configuration["x"]) is float


def test_a_proposal_with_a_fidelity_is_taken_as_it_is() -> None:
    wanted = Proposal(SPACE.from_unit([0.5]), fidelity=3.0)

    assert build(lambda history, space, count, rng: [wanted]).ask(1) == [wanted]


def test_nothing_more_ends_the_study() -> None:
    study, _ = make(strategy_of(lambda history, space, count, rng: []), Budget(trials=5))

    assert run(study) == []
    assert study.status == "finished"


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "propose returned None, not a list of configurations"),
        ("abc", "propose returned 'abc', not a list of configurations"),
        ({"x": 0.5}, "propose returned one configuration, {'x': 0.5}, not a list of them"),
        ([0.5], "propose returned 0.5 in place of a configuration"),
        ([{"x": 2.0}], "proposed a configuration outside the space: x = 2.0 is not a number in [0, 1]"),
        ([{"y": 0.5}], "proposed a configuration outside the space: no parameter called 'y'; known: x"),
        ([{"x": 0.5}] * 2, "ask(1) returned 2 proposals"),
    ],
)
def test_a_wrong_answer_fails_the_study_with_one_clear_line(returned: object, told: str) -> None:
    def propose(history: object, space: object, count: int, rng: object) -> Any:
        return returned

    assert message_of(propose) == told


def test_what_the_function_raises_fails_the_study() -> None:
    def propose(history: object, space: object, count: int, rng: object) -> Any:
        raise RuntimeError("no idea")

    assert message_of(propose) == "ask raised RuntimeError: no idea"


def test_a_function_supports_every_kind_of_parameter_unless_it_declares_otherwise() -> None:
    @declares(supports=Feature.CONTINUOUS, needs_fidelity=True, packages=("numpy",))
    def declared(history: object, space: object, count: int, rng: object) -> list[Proposal]:
        return []

    assert strategy_of(propose).supports == Feature.MIXED
    kind = strategy_of(declared)
    assert (kind.supports, kind.needs_fidelity, kind.packages) == (Feature.CONTINUOUS, True, ("numpy",))


def test_a_declared_function_can_still_be_called() -> None:
    assert len(list(declares()(propose)([], SPACE, 2, np.random.default_rng(0)))) == 2


def test_a_function_with_other_parameters_is_refused() -> None:
    def lacking(history: object, space: object) -> None: ...
    def without_default(history: object, space: object, count: object, rng: object, *, step: float) -> None: ...
    def taken(history: object, space: object, count: object, rng: object, *, seed: int = 0) -> None: ...
    def open_ended(history: object, space: object, count: object, rng: object, **options: object) -> None: ...

    for function, told in {
        lacking: r"a strategy's function is lacking\(history, space, count, rng\), not lacking\(history, space\)",
        without_default: r"option 'step' of without_default\(.*\) has no default",
        taken: r"option 'seed' of taken\(.*\) has a name that is taken",
        open_ended: r"a strategy's function is open_ended\(history, space, count, rng\), not open_ended\(",
    }.items():
        with pytest.raises(BrokenPlugin, match=told):
            strategy_of(function)  # type: ignore[arg-type]  # the mistakes that are tested


@pytest.mark.parametrize("given", [int, 3, "random", None, min])
def test_what_is_no_function_of_ones_own_is_refused_as_it_is(given: object) -> None:
    shown = re.escape(repr(given))
    with pytest.raises(BrokenPlugin, match=rf"a strategy's function is propose\(history, .*\), not {shown}"):
        strategy_of(given)  # type: ignore[arg-type]  # the mistake that is tested


def test_the_history_reads_as_a_tuple_that_grows() -> None:
    results: list[Any] = []
    history: Sequence[Any] = History(results)
    results.extend("abcd")

    assert (len(history), history[0], history[-1], history[1:3]) == (4, "a", "d", ("b", "c"))
    assert list(history) == ["a", "b", "c", "d"]
    assert list(reversed(history)) == ["d", "c", "b", "a"]
    assert not hasattr(history, "append")
    with pytest.raises(TypeError, match="assignment"):
        history[0] = "z"  # type: ignore[index]  # the mistake that is tested


def test_the_history_is_not_copied_for_each_question() -> None:
    seen: list[object] = []

    def keep(history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator) -> list[Any]:
        seen.append(history)
        return [space.sample(rng)]

    study, _ = make(strategy_of(keep), Budget(trials=3))
    run(study)

    assert seen[0] is seen[1] is seen[2]
