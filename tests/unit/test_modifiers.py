"""What each modifier does to a task, and what it leaves alone."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from benchmarks.modifiers import Anonymous, Delayed, Discretised, Failing, Noisy, Permuted, Shifted
from benchmarks.modifiers.shifted import warp
from benchmarks.synthetic import Ackley, Branin
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.problem import Fidelity, Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import Condition, SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial


@dataclass(frozen=True)
class Forest(Task):
    """Every kind of parameter and name."""

    card: ClassVar[TaskCard] = TaskCard(summary="a forest or a line")

    @property
    def problem(self) -> Problem:
        parameters: dict[str, Parameter] = {
            "model": Categorical(("forest", "line", "nothing"), default="line"),
            "trees": Integer(1, 9),
            "size": Categorical((16, 32, 64), ordered=True),
            "rate": Float(1e-4, 1.0, log=True, default=0.1),
            "slope": Float(-1.0, 1.0),
        }
        conditions = (Condition("trees", "model", ("forest",)), Condition("slope", "model", ("line", "nothing")))
        objectives = (Objective("error"), Objective("auc", "maximize"))
        return Problem(SearchSpace(parameters, conditions), objectives, Fidelity("epochs", 1, 8))

    def evaluate(self, trial: Trial) -> Measurement:
        values = trial.configuration
        if values["model"] == "nothing":
            raise ValueError("model nothing has no rate, no auc after 8 epochs")
        if values["size"] == 64:
            raise MemoryError("size too large")
        error = values.number("rate") * values.integer("size")
        return Measurement({"error": error, "auc": 0.75, "loss": 2.0}, {"error": 1.0, "auc": 0.5}, 4.0, {"depth": 3.0})


def trial_of(seed: int = 0, data_seed: int = 0, fidelity: float | None = None, **values: Value) -> Trial:
    return Trial(0, Proposal(Configuration(values), fidelity), derive_seed(seed, "trial"), derive_seed(data_seed, "d"))


def point(trial_seed: int = 0) -> Trial:
    return trial_of(trial_seed, x1=2.5, x2=7.5)


def line(fidelity: float | None = None) -> Trial:
    return trial_of(0, 0, fidelity, model="line", size=32, rate=0.25, slope=0.5)


def test_noise_has_the_deviation_that_is_asked_for_and_no_bias() -> None:
    exact = Branin().evaluate(point()).values["value"]
    luck = [Noisy(Branin(), deviation=2.0).evaluate(point(seed)).values["value"] - exact for seed in range(2000)]

    assert abs(statistics.mean(luck)) < 4 * 2.0 / math.sqrt(2000)
    assert statistics.stdev(luck) == pytest.approx(2.0, rel=0.08)


def test_relative_noise_grows_with_the_value() -> None:
    exact = Branin().evaluate(point()).values["value"]
    one, hundred = (Noisy(Branin(), deviation=d, relative=r) for d, r in ((1.0, False), (1.0, True)))

    noise = one.evaluate(point(4)).values["value"] - exact
    assert hundred.evaluate(point(4)).values["value"] - exact == pytest.approx(noise * exact)


def test_noise_is_not_on_held_out_values_and_the_exact_value_is_kept() -> None:
    plain = Branin().evaluate(point())
    noisy = Noisy(Branin()).evaluate(point())

    assert noisy.held_out == plain.held_out
    assert noisy.extras == {"noise_free value": plain.values["value"]}
    assert noisy.values["value"] != plain.values["value"]


def test_noise_of_two_objectives_differs_and_what_stands_beside_them_has_none() -> None:
    plain = Forest().evaluate(line())
    noisy = Noisy(Forest()).evaluate(line())

    assert noisy.values["error"] - plain.values["error"] != noisy.values["auc"] - plain.values["auc"]
    assert noisy.values["loss"] == plain.values["loss"]
    assert noisy.extras == {"noise_free error": 8.0, "noise_free auc": 0.75, "depth": 3.0}


@pytest.mark.parametrize("centre", [0.25, 0.4, 0.5, 0.7])
def test_the_warp_is_an_increasing_map_of_the_unit_interval_onto_itself(centre: float) -> None:
    units = [index / 100 for index in range(101)]
    warped = [warp(unit, centre) for unit in units]

    assert (warped[0], warped[100]) == (0.0, 1.0)
    assert warped[50] == pytest.approx(centre)
    assert warped == sorted(set(warped))
    assert [warp(unit, 1 - centre) for unit in warped] == pytest.approx(units)


def test_a_shift_takes_the_optimum_from_the_middle_of_the_domain() -> None:
    shifted = Shifted(Ackley(dimension=2))
    middle = trial_of(x1=0.0, x2=0.0)

    assert Ackley(dimension=2).evaluate(middle).values["value"] == pytest.approx(0.0, abs=1e-9)
    assert min(shifted.evaluate(trial_of(0, seed, x1=0.0, x2=0.0)).values["value"] for seed in range(20)) > 5.0


def test_the_shifted_optimum_is_still_in_the_space_and_as_good() -> None:
    shifted = Shifted(Ackley(dimension=2))
    space, trial = shifted.problem.space, trial_of(0, 3, x1=0.0, x2=0.0)
    where = space.from_unit([warp(0.5, 1 - centre) for centre in shifted.centres(trial.data_seed)])
    there = replace(trial, proposal=Proposal(where))

    space.check(where)
    assert abs(where.number("x1")) > 5
    assert shifted.evaluate(there).values["value"] == pytest.approx(shifted.best_known["value"], abs=1e-9)


def test_a_shift_depends_on_the_data_seed_alone_and_is_neither_small_nor_large() -> None:
    shifted = Shifted(Ackley(dimension=30), amount=0.2)
    distances = np.abs(np.array(shifted.centres(5)) - 0.5)

    assert shifted.inward(trial_of(1, 5, x1=0.0)).configuration == shifted.inward(trial_of(2, 5, x1=0.0)).configuration
    assert shifted.centres(5) != shifted.centres(6)
    assert distances.min() >= 0.1
    assert distances.max() <= 0.2


def test_a_shift_leaves_integers_choices_and_inactive_parameters_alone() -> None:
    trial = trial_of(model="forest", trees=5, size=32, rate=0.01)
    inner = Shifted(Forest()).inward(trial).configuration

    assert {name: inner[name] for name in ("model", "trees", "size")} == {"model": "forest", "trees": 5, "size": 32}
    assert set(inner) == set(trial.configuration)
    assert inner["rate"] != 0.01
    assert 1e-4 <= inner.number("rate") <= 1.0


def test_a_permuted_space_has_the_same_parameters_in_another_order() -> None:
    before, after = Forest().problem.space, Permuted(Forest(), seed=2).problem.space

    assert after.names != before.names
    assert sorted(after.names) == sorted(before.names)
    assert after.default() == before.default()
    assert after.conditions == before.conditions
    assert after.parameters["rate"] == before.parameters["rate"]


def test_only_choices_without_an_order_are_permuted() -> None:
    parameters = Permuted(Forest()).problem.space.parameters

    assert parameters["size"] == Forest().problem.space.parameters["size"]
    model = parameters["model"]
    assert isinstance(model, Categorical)
    assert model.choices != ("forest", "line", "nothing")
    assert sorted(map(str, model.choices)) == ["forest", "line", "nothing"]


def test_another_seed_gives_another_order_and_the_task_sees_its_own() -> None:
    orders = {Permuted(Forest(), seed=seed).problem.space.names for seed in range(10)}
    mixed = trial_of(slope=0.5, rate=0.25, size=32, model="line")

    assert len(orders) > 5
    assert list(Permuted(Forest()).inward(mixed).configuration) == ["model", "size", "rate", "slope"]


def test_an_anonymous_problem_has_the_shape_of_the_task_and_none_of_its_names() -> None:
    problem = Anonymous(Forest()).problem

    assert problem == Problem(
        SearchSpace(
            {
                "p0": Categorical(("c0", "c1", "c2"), default="c1"),
                "p1": Integer(1, 9),
                "p2": Categorical(("c0", "c1", "c2"), ordered=True),
                "p3": Float(1e-4, 1.0, log=True, default=0.1),
                "p4": Float(-1.0, 1.0),
            },
            (Condition("p1", "p0", ("c0",)), Condition("p4", "p0", ("c1", "c2"))),
        ),
        (Objective("value0"), Objective("value1", "maximize")),
        Fidelity("fidelity", 1, 8),
    )


def test_an_anonymous_configuration_is_translated_back() -> None:
    trial = trial_of(p0="c1", p2="c1", p3=0.25, p4=0.5)
    assert Anonymous(Forest()).inward(trial).configuration == line().configuration


def test_what_an_anonymous_task_measures_has_neutral_names_where_a_strategy_sees_it() -> None:
    measurement = Anonymous(Noisy(Forest(), deviation=0.0)).evaluate(trial_of(p0="c1", p2="c1", p3=0.25, p4=0.5))

    assert measurement.values == {"value0": 8.0, "value1": 0.75}
    assert measurement.held_out == {"value0": 1.0, "value1": 0.5}
    assert measurement.extras == {"loss": 2.0, "depth": 3.0, "noise_free value0": 8.0, "noise_free value1": 0.75}


def test_one_objective_is_called_value_and_so_is_the_best_known() -> None:
    @dataclass(frozen=True)
    class Renamed(Branin):
        @property
        def problem(self) -> Problem:
            return replace(super().problem, objectives=(Objective("height"),))

        @property
        def best_known(self) -> dict[str, float]:
            return {"height": 0.25}

    assert Anonymous(Renamed()).best_known == {"value": 0.25}


def test_the_text_of_a_failure_is_anonymous_too_alone_and_in_a_batch() -> None:
    task, trial = Anonymous(Forest()), trial_of(p0="c2", p2="c1", p3=0.25, p4=0.5)
    hidden = "ValueError: p0 c2 has no p3, no value1 after 8 fidelity"

    with pytest.raises(Exception, match=hidden):
        task.evaluate(trial)
    assert task.evaluate_batch([trial]) == [Failure(FailureKind.ERROR, hidden)]


def test_an_anonymous_task_that_runs_out_of_memory_still_does() -> None:
    task, trial = Anonymous(Forest()), trial_of(p0="c1", p2="c2", p3=0.25, p4=0.5)

    with pytest.raises(MemoryError, match="p2 too large"):
        task.evaluate(trial)


def test_a_delay_is_log_normal_around_its_median() -> None:
    task = Delayed(Branin(), seconds=10.0, spread=0.5)
    logs = [math.log(task.evaluate(point(seed)).seconds or 0.0) for seed in range(2000)]

    assert statistics.mean(logs) == pytest.approx(math.log(10.0), abs=0.05)
    assert statistics.stdev(logs) == pytest.approx(0.5, rel=0.08)


def test_a_delay_is_the_same_for_the_same_trial_and_adds_to_what_the_task_reckons() -> None:
    assert Delayed(Branin()).evaluate(point(3)) == Delayed(Branin()).evaluate(point(3))
    assert Delayed(Forest(), seconds=2.0, spread=0.0).evaluate(line()).seconds == 6.0
    assert Delayed(Branin(), seconds=2.0, spread=0.0).evaluate(point()).seconds == 2.0


def test_a_quarter_of_the_fidelity_takes_a_quarter_of_the_time() -> None:
    task = Delayed(Forest(), seconds=2.0, spread=0.0)
    assert task.evaluate(line(2.0)).seconds == 4.5


def test_a_delay_is_slept_through_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    Delayed(Branin(), seconds=2.0, spread=0.0).evaluate(point())
    assert slept == []

    Delayed(Branin(), seconds=2.0, spread=0.0, really=True).evaluate(point())
    assert slept == [2.0]


def test_about_the_share_that_is_asked_for_fails() -> None:
    task = Failing(Branin(), share=0.3)
    failed = sum(task.fails(point(seed)) for seed in range(2000))

    assert failed / 2000 == pytest.approx(0.3, abs=0.05)
    with pytest.raises(Exception, match="one of the 30% that fail"):
        task.evaluate(next(point(seed) for seed in range(100) if task.fails(point(seed))))
    assert Failing(Branin(), share=0.0).evaluate(point()) == Branin().evaluate(point())


def test_a_region_that_fails_depends_on_the_configuration_alone_and_has_the_size_asked_for() -> None:
    task = Failing(Branin(), share=0.2, region=True)
    configurations = task.problem.space.sample_many(np.random.default_rng(1), 2000)
    failed = [task.fails(Trial(0, Proposal(c), seed=seed)) for seed, c in enumerate(configurations)]
    again = [task.fails(Trial(0, Proposal(c), seed=99, data_seed=9)) for c in configurations]

    assert failed == again
    assert np.mean(failed) == pytest.approx(0.2, abs=0.03)
    assert task.best_known == {}


def test_a_trial_that_is_to_fail_can_still_be_explained() -> None:
    task = Failing(Branin(), share=0.99)
    assert task.explain(next(point(seed) for seed in range(9) if task.fails(point(seed)))) == ()


def test_a_float_of_few_values_is_seen_as_an_integer() -> None:
    space = Discretised(Forest(), levels=5).problem.space

    assert space.parameters["rate"] == Integer(0, 4, default=3)
    assert space.parameters["slope"] == Integer(0, 4, default=2)
    assert [space.parameters[name] for name in ("model", "trees", "size")] == [
        Forest().problem.space.parameters[name] for name in ("model", "trees", "size")
    ]


def test_the_numbers_stand_for_values_evenly_spaced_on_the_scale_ends_included() -> None:
    task = Discretised(Forest(), levels=5)
    rates = [
        task.inward(trial_of(model="line", size=32, rate=level, slope=0)).configuration["rate"] for level in range(5)
    ]

    assert rates == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    assert task.evaluate(trial_of(model="line", size=32, rate=3, slope=4)).extras == {
        "rate": pytest.approx(0.1),
        "slope": 1.0,
        "depth": 3.0,
    }


def test_of_few_values_none_is_known_to_be_best() -> None:
    assert Discretised(Branin()).best_known == {}


WRONG: Sequence[tuple[type, dict[str, object], str]] = [
    (Noisy, {"deviation": -1}, "deviation is a finite standard deviation of at least 0, not -1"),
    (Noisy, {"deviation": math.inf}, "deviation is a finite standard deviation of at least 0, not inf"),
    (Shifted, {"amount": 0.5}, "amount is more than 0 and less than 0.5, not 0.5"),
    (Permuted, {"seed": -1}, "seed is a whole number from 0, not -1"),
    (Permuted, {"seed": 1.5}, "seed is a whole number from 0, not 1.5"),
    (Delayed, {"seconds": 0}, "seconds is more than 0 and at most 1e+06, not 0"),
    (Delayed, {"spread": 4}, "spread is a number from 0 to 3, not 4"),
    (Failing, {"share": 1.0}, "share is a number from 0 to less than 1, not 1.0"),
    (Discretised, {"levels": 1}, "levels is a whole number from 2 to 10000, not 1"),
]


@pytest.mark.parametrize(("kind", "options", "told"), WRONG)
def test_an_option_outside_what_is_allowed_is_refused(kind: type, options: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        kind(Branin(), **options)
    assert str(caught.value) == told


@pytest.mark.parametrize("kind", [Shifted, Discretised])
def test_a_task_without_floats_cannot_have_them_changed(kind: type) -> None:
    @dataclass(frozen=True)
    class Whole(Task):
        problem: ClassVar[Problem] = Problem(SearchSpace({"n": Integer(1, 9)}), (Objective("loss"),))

        def evaluate(self, trial: Trial) -> Measurement:
            return Measurement({"loss": 0.0})

    with pytest.raises(InvalidOption, match="changes Float parameters, and this task has none: n"):
        kind(Whole())
