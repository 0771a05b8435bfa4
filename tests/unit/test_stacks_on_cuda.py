"""Full stacks, which CUDA needs, give each trial what it gets alone; here on the processor, and on CUDA if there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from stacking_laws import check_any_company, random_trials

from benchmarks.bn_relu_net import BatchNormReluNet
from benchmarks.centre_detection import CentreDetection
from benchmarks.feature_scaling import FeatureScaling
from benchmarks.focal_loss import FocalLossClassifier
from benchmarks.stacking import FULL_STACK, in_stacks
from tuner.configuration import Configuration, Value
from tuner.task import Task
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

torch = pytest.importorskip("torch")

TASKS = [
    BatchNormReluNet(epochs=2),
    FocalLossClassifier(epochs=2),
    CentreDetection(epochs=2, scenes=32),
    FeatureScaling(steps=40),
]
SHAPES: dict[type[Task], dict[str, Value]] = {
    BatchNormReluNet: {"width": 8, "batch_norm": "on", "batch_size": 128},
    CentreDetection: {"grid": 4, "window": 16, "anchors": 2, "anchor_spread": 1.5, "width": 8, "batch_size": 16},
    FocalLossClassifier: {"width": 8},
    FeatureScaling: {},
}
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")
each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)


def on(device: str, task: Task, precision: str = "float32") -> Task:
    """The task on a device."""
    there: Task = replace(task, device=device, precision=precision)  # type: ignore[type-var]  # they are dataclasses
    return there


@pytest.fixture
def full_stacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processor have full stacks, too."""
    for module in ("stacking", "stacked_nets", "centre_detection.descent"):
        monkeypatch.setattr(f"benchmarks.{module}.has_full_stacks", lambda _: True)


def of_one_shape(task: Task, count: int) -> list[Trial]:
    """Random trials that make one stack; nets among them have three depths at most."""
    shape = SHAPES[type(task)]
    trials = []
    for trial in random_trials(task, count, seed=4):
        own = {**trial.configuration, **shape}
        if "depth" in own:
            own["depth"] = 1 + trial.id % 3
        trials.append(replace(trial, proposal=Proposal(Configuration(own))))
    return trials


@each_task
def test_a_full_stack_gives_the_same_bits_as_one_that_is_not(task: Task, request: pytest.FixtureRequest) -> None:
    here = on("cpu", task)
    trials = of_one_shape(here, 5)
    expected = here.evaluate_batch(trials)
    request.getfixturevalue("full_stacks")
    assert here.evaluate_batch(trials) == expected


@pytest.mark.usefixtures("full_stacks")
def test_a_detector_that_diverges_stays_in_a_full_stack_and_disturbs_none() -> None:
    task = CentreDetection(epochs=2, scenes=32, device="cpu")
    calm, *_ = of_one_shape(task, 1)
    changes = {"learning_rate": 0.05, "momentum": 0.95, "position_weight": 10.0, "anchor_size": 32.0}
    wild = replace(calm, proposal=Proposal(Configuration({**calm.configuration, **changes})))
    first, second = task.evaluate_batch([wild, calm])
    assert isinstance(first, Failure)
    assert second == task.evaluate(calm)


@pytest.mark.usefixtures("full_stacks")
def test_stacks_are_filled_up_and_only_the_trials_are_answered() -> None:
    sizes: list[int] = []

    def evaluate(_key: int, members: Sequence[Trial]) -> list[Outcome]:
        sizes.append(len(members))
        return [Measurement({"id": float(trial.id)}) for trial in members]

    trials = random_trials(TASKS[0], FULL_STACK + 3, seed=4)
    found = in_stacks(trials, key_of=lambda _: 0, bytes_of=lambda _: 1, evaluate=evaluate, device="cpu")
    assert sizes == [FULL_STACK, FULL_STACK]
    assert [one.values["id"] for one in found if isinstance(one, Measurement)] == list(range(FULL_STACK + 3))


@needs_cuda
@each_task
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_on_cuda_a_trial_gets_the_same_bits_in_any_company(task: Task, precision: str) -> None:
    there = on("cuda", task, precision)
    check_any_company(there, random_trials(there, 10, seed=7))


@needs_cuda
@each_task
def test_on_cuda_a_trial_beyond_the_first_stack_gets_the_same_bits(task: Task) -> None:
    there = on("cuda", task)
    trials = of_one_shape(there, FULL_STACK + 6)
    assert there.evaluate_batch(trials)[-9:] == there.evaluate_batch(trials[-9:])


@needs_cuda
@each_task
def test_cuda_and_the_processor_agree_on_the_default_configuration(task: Task) -> None:
    trial = Trial(0, Proposal(task.problem.space.default()), seed=1, data_seed=2)
    cuda, processor = (on(device, task, "float64").evaluate(trial) for device in ("cuda", "cpu"))
    assert cuda.values == pytest.approx(processor.values, rel=1e-9)
    assert cuda.held_out == pytest.approx(processor.held_out, rel=1e-9)
