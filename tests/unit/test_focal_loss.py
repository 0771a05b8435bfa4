"""The focal loss against its paper, and the task that trains with it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.datasets import load
from benchmarks.focal_loss import FocalLossClassifier
from benchmarks.focal_loss.data import POSITIVE_CLASSES, load_imbalanced, thin_out
from results.exhibits import Exhibit
from results.items import Chart, Table
from tuner.configuration import Configuration
from tuner.errors import InvalidOption
from tuner.trial import Proposal, Trial

torch = pytest.importorskip("torch")

from benchmarks.focal_loss.exhibits import share_of_easy  # noqa: E402  needs torch
from benchmarks.focal_loss.losses import focal_loss, focal_loss_and_gradient  # noqa: E402  needs torch
from benchmarks.focal_loss.stack import logits_of, score, train_stack  # noqa: E402  needs torch

TASK = FocalLossClassifier()
GOOD = Configuration({**TASK.problem.space.default(), "learning_rate": 0.1, "gamma": 2.0, "width": 32})


def loss_at(probability: float, target: int, gamma: float, alpha: float) -> float:
    """The focal loss of one row, where the positive class has this probability."""
    logit = torch.tensor([math.log(probability / (1 - probability))], dtype=torch.float64)
    return float(focal_loss(logit, torch.tensor([target]), gamma, alpha)[0])


# Lin et al. 2017, section 3.2: "with gamma = 2, an example classified with p_t = 0.9 would have 100x lower loss
# compared with CE and with p_t = 0.968 it would have 1000x lower loss", and at most 4x lower for p_t = 0.5.
@pytest.mark.parametrize(("probability", "ratio"), [(0.9, 100.0), (0.968, 976.5625), (0.5, 4.0)])
def test_gamma_two_lowers_the_loss_of_easy_rows_as_published(probability: float, ratio: float) -> None:
    cross_entropy, focal = (loss_at(probability, 1, gamma, 0.25) for gamma in (0.0, 2.0))
    assert cross_entropy / focal == pytest.approx(ratio, rel=1e-9)


# -a (1 - p_t)**gamma log(p_t), equation 5 of the paper, worked out with natural logarithms.
@pytest.mark.parametrize(
    ("probability", "target", "gamma", "alpha", "expected"),
    [
        (0.01, 1, 0.0, 0.25, 1.1512925464970227),
        (0.01, 0, 0.5, 0.25, 0.0007537751890126092),
        (0.01, 0, 5.0, 0.25, 7.537751890126121e-13),
        (0.1, 1, 2.0, 0.25, 0.46627348133129426),
        (0.3, 0, 1.0, 0.25, 0.08025186238621482),
        (0.5, 0, 5.0, 0.25, 0.75 * 0.5**5 * math.log(2)),
    ],
)
def test_values_follow_the_formula(
    probability: float, target: int, gamma: float, alpha: float, expected: float
) -> None:
    assert loss_at(probability, target, gamma, alpha) == pytest.approx(expected, rel=1e-9)


def test_gamma_zero_and_alpha_one_half_is_half_the_cross_entropy() -> None:
    logits = torch.linspace(-9.0, 9.0, 37, dtype=torch.float64)
    targets = torch.arange(37) % 2
    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets.double(), reduction="none")
    torch.testing.assert_close(focal_loss(logits, targets, 0.0, 0.5), cross_entropy / 2)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_gradient_is_the_published_one(gamma: float) -> None:
    logits = torch.linspace(-6.0, 6.0, 25, dtype=torch.float64, requires_grad=True)
    targets = torch.arange(25) % 2
    (gradient,) = torch.autograd.grad(focal_loss(logits, targets, gamma, 0.5).sum(), logits)
    _, written = focal_loss_and_gradient(logits.detach(), targets, gamma, 0.5)
    signs = 2.0 * targets - 1.0
    right = (signs * logits.detach()).sigmoid()
    # Appendix B of the paper: dFL/dx = y (1 - p_t)**gamma (gamma p_t log(p_t) + p_t - 1), here with weight 1/2.
    expected = 0.5 * signs * (1 - right) ** gamma * (gamma * right * right.log() + right - 1)
    torch.testing.assert_close(gradient, expected)
    torch.testing.assert_close(written, expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradient_agrees_with_finite_differences(gamma: float) -> None:
    logits, targets, step = np.linspace(-4.0, 4.0, 9), torch.arange(9) % 2, 1e-6
    parameter = torch.tensor(logits, requires_grad=True)
    (gradient,) = torch.autograd.grad(focal_loss(parameter, targets, gamma, 0.3).sum(), parameter)
    above, below = (focal_loss(torch.tensor(logits + s), targets, gamma, 0.3) for s in (step, -step))
    torch.testing.assert_close(gradient, (above - below) / (2 * step), rtol=1e-6, atol=1e-9)


def test_loss_and_gradient_stay_finite_at_huge_logits() -> None:
    logits = torch.tensor([1e4, -1e4, 1e4, -1e4])
    losses, gradient = focal_loss_and_gradient(logits, torch.tensor([1, 0, 0, 1]), 0.5, 0.25)
    assert losses.tolist() == pytest.approx([0.0, 0.0, 7500.0, 2500.0])
    assert gradient.tolist() == pytest.approx([0.0, 0.0, 0.75, -0.25])


@pytest.mark.parametrize(("prior_bias", "probability"), [("on", 0.01), ("off", 0.5)])
def test_untrained_net_gives_the_positive_class_its_prior(prior_bias: str, probability: float) -> None:
    trial = Trial(0, Proposal(Configuration({**GOOD, "prior_bias": prior_bias}), 1), seed=1)
    key = TASK.key_of(trial)._replace(epochs=0)
    (logits,) = logits_of(TASK, train_stack(TASK, key, [trial]), [trial], "validation")
    assert np.median(1 / (1 + np.exp(-logits))) == pytest.approx(probability, rel=0.05)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_thinned_data_has_the_share_asked_for(share: float) -> None:
    data = thin_out(load("digits"), 8, share, seed=1)
    assert np.mean(data.y == 1) == pytest.approx(share, abs=0.001)


def test_thinning_leaves_out_one_class_only() -> None:
    digits = load("digits")
    assert np.sum(thin_out(digits, 8, 0.05, seed=1).y == 0) == np.sum(digits.y != 8)
    assert np.sum(thin_out(digits, 8, 0.3, seed=1).y == 1) == np.sum(digits.y == 8)


def test_another_data_seed_keeps_other_positives() -> None:
    first, second = (thin_out(load("digits"), 8, 0.05, seed) for seed in (1, 2))
    assert not np.array_equal(first.X[first.y == 1], second.X[second.y == 1])


def test_a_good_configuration_finds_most_positives_and_a_slow_one_does_not() -> None:
    slow = Configuration({**GOOD, "learning_rate": 1e-4})
    good_value, slow_value = (
        TASK.evaluate(Trial(0, Proposal(configuration), seed=1)).values["average_precision"]
        for configuration in (GOOD, slow)
    )
    assert good_value > 0.7
    assert slow_value < 0.4


def test_gamma_and_alpha_change_what_is_learned() -> None:
    trials = [
        Trial(0, Proposal(Configuration({**GOOD, **change})), seed=1)
        for change in ({}, {"gamma": 0.0}, {"alpha": 0.9}, {"weight_decay": 0.1}, {"prior_bias": "on"})
    ]
    assert len({TASK.evaluate(trial).values["log_loss"] for trial in trials}) == 5


def test_held_out_average_precision_differs_from_the_one_on_validation() -> None:
    measurement = TASK.evaluate(Trial(0, Proposal(GOOD), seed=1))
    assert measurement.held_out.keys() == {"average_precision", "log_loss", "recall", "recall_at_precision"}
    assert measurement.held_out["average_precision"] != measurement.values["average_precision"]


def test_recall_at_precision_is_the_largest_that_a_threshold_reaches() -> None:
    """Sorted by logit: + + + + - + -; naming the first six finds all five at 5/6, the first four finds 4/5 at 1."""
    logits = np.array([7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert score(logits, np.array([1, 1, 1, 1, 0, 1, 0]))["recall_at_precision"] == 1.0
    assert score(logits, np.array([1, 1, 1, 0, 0, 1, 0]))["recall_at_precision"] == 0.75


@pytest.mark.parametrize("data", ["digits", "blobs"])
def test_gamma_two_puts_less_than_half_of_the_weight_on_easy_rows_that_cross_entropy_puts_there(data: str) -> None:
    task = replace(TASK, data=data)
    trial = Trial(0, Proposal(Configuration({**GOOD, "gamma": 0.0, "learning_rate": 0.03}), 9), seed=1)
    (logits,) = logits_of(task, train_stack(task, task.key_of(trial), [trial]), [trial], "train")
    rows = thin_out(load_imbalanced(data), POSITIVE_CLASSES[data], 0.05, trial.data_seed)
    y = train_classes(task, trial)
    assert len(y) < len(rows.y)
    assert share_of_easy(logits, y, 2.0, 0.5) < share_of_easy(logits, y, 0.0, 0.5) / 2


def train_classes(task: FocalLossClassifier, trial: Trial) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The classes of a trial's training rows."""
    from benchmarks.focal_loss.data import parts_of

    classes: np.ndarray[tuple[int], np.dtype[np.int64]] = parts_of(
        task.data, task.positive_share, trial.data_seed
    ).train.y.numpy()
    return classes


def exhibits() -> dict[str, Exhibit]:
    """What the task shows of the good configuration."""
    return {exhibit.name: exhibit for exhibit in TASK.explain(Trial(0, Proposal(GOOD), seed=1))}


def test_the_exhibit_compares_with_cross_entropy_on_the_held_out_rows() -> None:
    (table,) = (item for item in exhibits()["precision-recall"].items if isinstance(item, Table))
    measured = TASK.evaluate(Trial(0, Proposal(GOOD), seed=1)).held_out
    assert [column.name for column in table.columns] == ["measure", "focal loss", "cross-entropy"]
    assert table.rows[0][1] == pytest.approx(measured["average_precision"])


def test_the_shares_of_the_loss_add_up_to_all_of_it() -> None:
    (chart,) = (item for item in exhibits()["easy-and-hard"].items if isinstance(item, Chart))
    for loss in ("cross-entropy", "this focal loss"):
        assert sum(float(row[1] or 0) for row in chart.data.rows if row[2] == loss) == pytest.approx(1)


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_breast_cancer_gives_a_finite_measurement_at_both_ends_of_the_share(share: float) -> None:
    task = replace(TASK, data="breast_cancer", positive_share=share)
    measurement = task.evaluate(Trial(0, Proposal(GOOD), seed=1))
    assert all(math.isfinite(value) for value in (*measurement.values.values(), *measurement.held_out.values()))


@pytest.mark.parametrize("share", [0.0, 0.6, math.nan, "many"])
def test_impossible_positive_share_names_what_is_allowed(share: float) -> None:
    with pytest.raises(InvalidOption, match=r"positive_share is in \[0.01, 0.5\], not"):
        FocalLossClassifier(positive_share=share)


def test_unknown_data_names_what_is_known() -> None:
    with pytest.raises(InvalidOption, match="did you mean 'digits'"):
        FocalLossClassifier(data="digit")
