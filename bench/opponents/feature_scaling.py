"""Gradient descent on scaled features in plain PyTorch: autograd, no padding, one trial at a time."""

from __future__ import annotations

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from benchmarks.feature_scaling import FeatureScaling
from benchmarks.feature_scaling.descent import Descended
from benchmarks.stacking import alone, type_of
from tuner.trial import Trial


def train_plainly(task: FeatureScaling, trial: Trial, rate_factor: float = 1.0) -> dict[str, float]:
    """The validation values of one trial; raises `FloatingPointError` where training diverges."""
    return dict(alone([task.judge(trial, descend_plainly(task, trial, rate_factor))]).values)


def descend_plainly(task: FeatureScaling, trial: Trial, rate_factor: float = 1.0) -> Descended:
    """Where one model arrives, by autograd and a few fused updates, which is faster than `torch.optim.SGD` is."""
    problem, rule = task.design(trial), task.rule(trial)
    dtype, rate = type_of(task.precision), rate_factor * rule.learning_rate / problem.steepness
    rows, y = (torch.tensor(values, dtype=dtype) for values in problem.train)
    penalty = torch.tensor(problem.penalty, dtype=dtype)
    weights = torch.zeros(rows.shape[1], dtype=dtype, requires_grad=True)
    velocity = torch.zeros_like(weights)
    loss_of = mse_loss if task.model == "linear" else binary_cross_entropy_with_logits

    def penalised() -> torch.Tensor:
        return loss_of(rows @ weights, y) + 0.5 * (penalty * weights.square()).sum()

    losses = []
    for _ in range(rule.steps):
        loss = penalised()
        (gradient,) = torch.autograd.grad(loss, [weights])
        with torch.no_grad():
            velocity.mul_(rule.momentum).add_(gradient)
            ahead = gradient.add(velocity, alpha=rule.momentum) if rule.nesterov else velocity
            weights.sub_(ahead, alpha=rate)
        losses.append(loss.detach())
    losses.append(penalised().detach())
    return Descended(weights.detach().double().numpy(), torch.stack(losses).double().numpy())
