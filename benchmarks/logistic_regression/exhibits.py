"""What a logistic regression teaches: odds ratios, what the log loss sees, and the path over the penalty."""

from __future__ import annotations

from collections.abc import Sequence

from results.exhibits import Exhibit
from tuner.trial import Trial

from ..datasets import load, split
from .loss_exhibit import show_log_loss
from .many_classes import predict_held_out
from .odds_exhibit import show_odds
from .path_exhibit import show_path
from .refit import Refit


def explain(name: str, fold_count: int, max_iter: int, trial: Trial) -> Sequence[Exhibit]:
    """The exhibits of a trial on the data set of this name: three with two classes, one with more."""
    data = load(name)
    held_out = split(data, trial.data_seed).held_out
    if len(data.class_names) > 2:
        return (show_log_loss(data.class_names, data.y[held_out], predict_held_out(data, trial, max_iter)),)
    refit = Refit.of(data, trial)
    loss = show_log_loss(data.class_names, data.y[held_out], refit.predict(data.X[held_out]))
    return (show_odds(refit), loss, show_path(refit, fold_count))
