"""Initial weights, batch normalisation and vanishing gradients of the deep net, and what the task measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.bn_relu_net import BatchNormReluNet, build, initial_weights, log_loss
from benchmarks.datasets import load
from benchmarks.training import part_tensors
from tuner.configuration import Configuration, Value
from tuner.trial import Measurement, Proposal, Trial

torch = pytest.importorskip("torch")

if TYPE_CHECKING:
    from torch import Tensor

TASK = BatchNormReluNet()
GOOD: dict[str, Value] = {
    "depth": 3,
    "width": 64,
    "activation": "relu",
    "batch_norm": "on",
    "initialisation": "he",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "batch_size": 32,
}


def configure(**changes: Value) -> Configuration:
    """The good configuration with some values changed."""
    return Configuration({**GOOD, **changes})


def measure(configuration: Configuration, *, seed: int = 1, data_seed: int = 0, epochs: float = 3) -> Measurement:
    """What the task measures after a few epochs."""
    return TASK.evaluate(Trial(0, Proposal(configuration, epochs), seed, data_seed))


def rows(count: int = 64) -> Tensor:
    """Random rows [count, 64] that are neither centred nor scaled."""
    drawn: Tensor = torch.from_numpy(np.random.default_rng(7).normal(3.0, 2.0, (count, 64)).astype(np.float32))
    return drawn


def gradient_norms(configuration: Configuration) -> list[float]:
    """The gradient's norm at each layer's weights of an untrained net, first layer first."""
    net = build(configuration, 64, 10, np.random.default_rng(0))
    loss = log_loss(net.forward((rows() - 3) / 2, training=True), torch.arange(64) % 10)
    gradients = torch.autograd.grad(loss, [layer.weight for layer in (*net.hidden, net.output)])
    return [float(gradient.norm()) for gradient in gradients]


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


def test_gradient_vanishes_through_sixteen_sigmoid_layers() -> None:
    first, *_, last = gradient_norms(
        configure(depth=16, width=32, activation="sigmoid", batch_norm="off", initialisation="xavier")
    )
    assert first < last / 100


@pytest.mark.parametrize(
    "changes", [{"activation": "sigmoid", "batch_norm": "on"}, {"activation": "relu", "batch_norm": "off"}]
)
def test_batch_norm_or_relu_carries_the_gradient_through_sixteen_layers(changes: dict[str, Value]) -> None:
    first, *_, last = gradient_norms(configure(depth=16, width=32, **changes))
    assert first > last / 100


def test_batch_norm_gives_each_feature_mean_zero_and_variance_one() -> None:
    (layer,) = build(configure(depth=1), 64, 10, np.random.default_rng(0)).hidden
    outputs = layer.forward(rows(), training=True)
    torch.testing.assert_close(outputs.mean(0), torch.zeros(64), rtol=0, atol=1e-5)
    torch.testing.assert_close(outputs.var(0, correction=0), torch.ones(64), rtol=0, atol=1e-3)


def test_running_statistics_move_a_tenth_of_the_way_to_each_batch() -> None:
    (layer,) = build(configure(depth=1), 64, 10, np.random.default_rng(0)).hidden
    layer.forward(rows(), training=True)
    sums = (rows() @ layer.weight).detach()
    assert layer.batch_norm is not None
    torch.testing.assert_close(layer.batch_norm.mean, 0.1 * sums.mean(0))
    torch.testing.assert_close(layer.batch_norm.variance, 0.9 + 0.1 * sums.var(0))


def test_a_trained_net_judges_each_row_alone() -> None:
    net = build(configure(), 64, 10, np.random.default_rng(0))
    net.forward(rows(), training=True)
    torch.testing.assert_close(net.forward(rows())[:1], net.forward(rows()[:1]))


def test_log_loss_of_equal_logits_is_the_logarithm_of_ten() -> None:
    assert log_loss(torch.zeros(4, 10), torch.arange(4)).item() == pytest.approx(np.log(10))


def test_a_good_configuration_reads_digits() -> None:
    measurement = measure(configure(), epochs=9)
    assert measurement.values["error"] < 0.1
    assert measurement.held_out["error"] < 0.1


def test_a_deep_sigmoid_net_with_small_weights_learns_nothing() -> None:
    bad = configure(depth=16, activation="sigmoid", batch_norm="off", initialisation="small")
    assert measure(bad).values["error"] > 0.8


@pytest.mark.parametrize("name", ["momentum", "batch_size", "learning_rate", "width"])
def test_each_number_changes_what_is_learned(name: str) -> None:
    smaller = {"momentum": 0.1, "batch_size": 16, "learning_rate": 0.05, "width": 32}[name]
    assert measure(configure(**{name: smaller})).values["log_loss"] != measure(configure()).values["log_loss"]


def test_same_seeds_give_the_same_bits() -> None:
    assert measure(configure()) == measure(configure())


def test_another_trial_seed_gives_another_net() -> None:
    assert measure(configure(), seed=2).values["log_loss"] != measure(configure()).values["log_loss"]


def test_another_data_seed_gives_another_measurement() -> None:
    assert measure(configure(), data_seed=1).values["log_loss"] != measure(configure()).values["log_loss"]


@pytest.mark.parametrize(("fidelity", "epochs"), [(1, 1), (2.6, 3), (9, 9)])
def test_fidelity_is_the_number_of_epochs(fidelity: float, epochs: int) -> None:
    extras = measure(configure(batch_size=100), epochs=fidelity).extras
    train = len(part_tensors(load("digits"), 0).train.y)
    assert extras == {"epochs": epochs, "steps": epochs * (train // 100)}


def test_no_fidelity_means_the_highest() -> None:
    trial = Trial(0, Proposal(configure(depth=1, width=8, batch_size=256)), seed=1)
    assert TASK.evaluate(trial).extras["epochs"] == 27


def test_a_net_that_diverges_says_so() -> None:
    wild = configure(depth=8, batch_norm="off", learning_rate=1.0, momentum=0.99, batch_size=16)
    with pytest.raises(FloatingPointError, match=r"training diverged: the loss is (nan|inf) after \d+ steps"):
        measure(wild)
