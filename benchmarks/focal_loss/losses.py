"""The focal loss of Lin et al. 2017 and its gradient, for many nets at once."""

from __future__ import annotations

from torch import Tensor


def focal_loss(logits: Tensor, targets: Tensor, gamma: Tensor | float, alpha: Tensor | float) -> Tensor:
    """The focal loss of each row, in nats: -a (1 - p)**gamma log(p), p the probability of the true class.

    `logits` [..., n] belong to the positive class and `targets` [..., n] are 0 or 1; the weight a is `alpha` for
    positive rows and 1 - `alpha` for the others. Exact for logits of any size, as are its gradients.
    """
    _, weights, log_right, log_wrong = _parts(logits, targets, alpha)
    return -weights * (gamma * log_wrong).exp() * log_right


def focal_loss_and_gradient(
    logits: Tensor, targets: Tensor, gamma: Tensor | float, alpha: Tensor | float
) -> tuple[Tensor, Tensor]:
    """The focal loss of each row, and its derivative by the logit (appendix B of the paper)."""
    signs, weights, log_right, log_wrong = _parts(logits, targets, alpha)
    focus = weights * (gamma * log_wrong).exp()
    slopes = gamma * log_right.exp() * log_right - log_wrong.exp()
    return -focus * log_right, signs * focus * slopes


def _parts(logits: Tensor, targets: Tensor, alpha: Tensor | float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Signs of the classes, weights of the rows, and the logarithms of p and 1 - p."""
    targets = targets.to(logits.dtype)
    signs = 2 * targets - 1
    margins = logits * signs
    zero = margins.new_zeros(())
    log_right, log_wrong = -zero.logaddexp(-margins), -zero.logaddexp(margins)
    return signs, (1 - alpha) + (2 * alpha - 1) * targets, log_right, log_wrong
