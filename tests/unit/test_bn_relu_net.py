"""Initial weights, batch normalisation and vanishing gradients of the deep net, and what the task measures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bn_relu_net import BatchNormReluNet
from benchmarks.bn_relu_net.task import Work, initial_weights
from benchmarks.datasets import load
from benchmarks.training import part_tensors
from results.exhibits import Exhibit
from results.items import Chart, Text
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.trial import Measurement, Proposal, Trial

torch = pytest.importorskip("torch")

TASK = BatchNormReluNet()
GOOD: dict[str, Value] = {
    "depth": 3,
    "width": 64,
    "activation": "relu",
    "batch_norm": "on",
    "initialisation": "he",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "batch_size": 32,
}


def configure(**changes: Value) -> Configuration:
    """The good configuration with some values changed."""
    return Configuration({**GOOD, **changes})


def measure(configuration: Configuration, *, seed: int = 1, data_seed: int = 0, epochs: float = 3) -> Measurement:
    """What the task measures after a few epochs."""
    return TASK.evaluate(Trial(0, Proposal(configuration, epochs), seed, data_seed))


def gradient_norms(**changes: Value) -> list[float]:
    """The gradient's norm at each layer's weights of an untrained net on all training rows, first layer first."""
    from benchmarks.bn_relu_net.stack import gather, log_loss, train_stack

    trial = Trial(0, Proposal(configure(**changes)), 3, 0)
    trained = train_stack(TASK, TASK.key_of(Work(trial)), [Work(trial)], epochs=0)
    rows = gather(TASK, [trial], "train")
    _, gradient = log_loss(trained.stack.forward(rows.X, training=True), rows.y)
    trained.stack.backward(gradient)
    (norms,) = trained.stack.gradient_norms()
    return norms


def test_he_weights_have_variance_two_over_fan_in() -> None:
    first, *hidden, output = initial_weights(configure(depth=16, width=32), 64, 10, np.random.default_rng(0))
    assert np.var(first) == pytest.approx(2 / 64, rel=0.1)
    assert np.var(hidden) == pytest.approx(2 / 32, rel=0.05)
    assert np.var(output) == pytest.approx(2 / 32, rel=0.25)


def test_xavier_weights_have_variance_two_over_both_fans() -> None:
    configuration = configure(depth=16, width=32, initialisation="xavier")
    first, *hidden, output = initial_weights(configuration, 64, 10, np.random.default_rng(0))
    assert np.var(first) == pytest.approx(2 / (64 + 32), rel=0.1)
    assert np.var(hidden) == pytest.approx(2 / (32 + 32), rel=0.05)
    assert np.var(output) == pytest.approx(2 / (32 + 10), rel=0.25)


def test_depth_counts_the_hidden_layers() -> None:
    shapes = [
        weights.shape for weights in initial_weights(configure(depth=2, width=9), 64, 10, np.random.default_rng())
    ]
    assert shapes == [(64, 9), (9, 9), (9, 10)]


@pytest.mark.parametrize("initialisation", ["xavier", "he", "small"])
def test_gradient_vanishes_through_sixteen_sigmoid_layers(initialisation: str) -> None:
    plain: dict[str, Value] = {"depth": 16, "width": 32, "activation": "sigmoid", "batch_norm": "off"}
    first, *_, last = gradient_norms(**plain, initialisation=initialisation)
    assert first < last / 100


def test_batch_norm_and_relu_carry_the_gradient_through_sixteen_layers() -> None:
    first, *_, last = gradient_norms(depth=16, width=32, activation="relu", batch_norm="on")
    assert last / 50 < first < last * 50


def test_batch_norm_lets_gradients_grow_by_about_a_fifth_a_layer() -> None:
    """Yang et al. 2019, A Mean Field Theory of Batch Normalization: 1.21 for ReLU, for wide nets and large batches."""
    norms = gradient_norms(depth=32, width=64, activation="relu", batch_norm="on")
    inner = np.log(norms[1:-2])
    growth = np.exp(-np.polyfit(np.arange(len(inner)), inner, 1)[0])
    assert growth == pytest.approx(1.21, abs=0.06)


def test_log_loss_of_equal_logits_is_the_logarithm_of_ten() -> None:
    from benchmarks.bn_relu_net.stack import log_loss

    losses, gradient = log_loss(torch.zeros(1, 16, 4), torch.arange(4)[None])
    assert losses.item() == pytest.approx(np.log(10))
    assert gradient[0, :10, 0].tolist() == pytest.approx([-0.9 / 4, *[0.1 / 4] * 9])


def test_an_impossible_device_names_what_is_allowed() -> None:
    with pytest.raises(InvalidOption, match="device is one of auto, cpu, cuda, not 'tpu'"):
        BatchNormReluNet(device="tpu")


def exhibits() -> dict[str, Exhibit]:
    """What the task shows of a deep net that learns."""
    trial = Trial(0, Proposal(configure(depth=12, width=16), 2), 1, 0)
    return {exhibit.name: exhibit for exhibit in TASK.explain(trial)}


def test_the_exhibit_of_gradients_shows_every_layer_of_six_nets() -> None:
    (chart, _) = (item for item in exhibits()["gradients"].items if isinstance(item, Chart))
    rows = {(row[0], row[2]): row[1] for row in chart.data.rows}
    assert len(rows) == 6 * 13
    assert float(rows[1, "sigmoid"]) < float(rows[13, "sigmoid"]) / 100  # type: ignore[arg-type]  # numbers, all


def test_the_exhibit_of_learning_curves_names_the_trials_own_net_first() -> None:
    text, chart = exhibits()["learning-curves"].items
    assert isinstance(text, Text)
    assert isinstance(chart, Chart)
    assert "(relu with batch norm)" in text.text
    assert chart.data.rows[0][2] == "relu with batch norm"
    assert len(chart.data.rows) == 6 * 2


def test_a_good_configuration_reads_digits() -> None:
    measurement = measure(configure(), epochs=9)
    assert measurement.values["error"] < 0.1
    assert measurement.held_out["error"] < 0.1


def test_a_deep_sigmoid_net_with_small_weights_learns_nothing() -> None:
    bad = configure(depth=16, activation="sigmoid", batch_norm="off", initialisation="small")
    assert measure(bad).values["error"] > 0.8


@pytest.mark.parametrize("name", ["momentum", "batch_size", "learning_rate", "width", "weight_decay"])
def test_each_number_changes_what_is_learned(name: str) -> None:
    smaller = {"momentum": 0.1, "batch_size": 64, "learning_rate": 0.05, "width": 32, "weight_decay": 1e-2}[name]
    assert measure(configure(**{name: smaller})).values["log_loss"] != measure(configure()).values["log_loss"]


def test_same_seeds_give_the_same_bits() -> None:
    assert measure(configure()) == measure(configure())


def test_another_trial_seed_gives_another_net() -> None:
    assert measure(configure(), seed=2).values["log_loss"] != measure(configure()).values["log_loss"]


def test_another_data_seed_gives_another_measurement() -> None:
    assert measure(configure(), data_seed=1).values["log_loss"] != measure(configure()).values["log_loss"]


@pytest.mark.parametrize(("fidelity", "epochs"), [(1, 1), (2.6, 3), (9, 9)])
def test_fidelity_is_the_number_of_epochs(fidelity: float, epochs: int) -> None:
    extras = measure(configure(batch_size=128), epochs=fidelity).extras
    train = len(part_tensors(load("digits"), 0).train.y)
    assert extras == {"epochs": epochs, "steps": epochs * (train // 128)}


def test_no_fidelity_means_the_highest() -> None:
    trial = Trial(0, Proposal(configure(depth=1, width=8, batch_size=128)), seed=1)
    assert TASK.evaluate(trial).extras["epochs"] == 27


def test_a_net_that_diverges_says_so() -> None:
    wild = configure(depth=8, batch_norm="off", learning_rate=1.0, momentum=0.99)
    with pytest.raises(FloatingPointError, match=r"training diverged: the loss is (nan|inf) after \d+ steps"):
        measure(wild)
