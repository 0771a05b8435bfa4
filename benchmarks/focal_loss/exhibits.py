"""What the focal loss teaches: what it finds that cross-entropy misses, and which rows it listens to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from results.charts.plain import Axes, bars, lines
from results.exhibits import Exhibit
from results.items import Column, Table, Text
from tuner.configuration import Configuration
from tuner.trial import Proposal, Trial

from ..stacked_training import flushing_denormals
from .data import parts_of
from .losses import focal_loss
from .stack import logits_of, score, train_stack
from .task import PRECISION

if TYPE_CHECKING:
    from .task import FocalLossClassifier

EASY = 0.6
"""A row is easy where its true class has at least this probability, as in figure 1 of the paper."""
_BINS = np.linspace(0, 1, 11)
_MOST_POINTS = 80


class _Net(NamedTuple):
    """A trained net and what it says of the rows."""

    name: str
    held_out: NDArray[np.float64]
    """Logits of the held-out rows."""
    train: NDArray[np.float64]
    """Logits of the training rows."""


def exhibits_of(task: FocalLossClassifier, trial: Trial) -> tuple[Exhibit, ...]:
    """Two exhibits, of this trial's net and of one that is trained with cross-entropy and is the same otherwise."""
    plain = Configuration({**trial.configuration, "gamma": 0.0, "alpha": 0.5})
    trials = [trial, replace(trial, proposal=Proposal(plain, trial.proposal.fidelity))]
    with flushing_denormals():
        trained = train_stack(task, task.key_of(trial), trials)
        held_out, train = (logits_of(task, trained, trials, part) for part in ("held_out", "train"))
    nets = [_Net(*fields) for fields in zip(("focal loss", "cross-entropy"), held_out, train, strict=True)]
    parts = parts_of(task.data, task.positive_share, trial.data_seed)
    return (_precision(trial, nets, parts.held_out.y.numpy()), _weights(trial, nets[0], parts.train.y.numpy()))


def share_of_easy(logits: NDArray[np.float64], y: NDArray[np.int64], gamma: float, alpha: float) -> float:
    """Which share of the whole loss comes from easy rows (see `EASY`)."""
    losses = focal_loss(torch.from_numpy(logits), torch.from_numpy(y), gamma, alpha).numpy()
    return float(losses[_probabilities(logits, y) >= EASY].sum() / losses.sum())


def _precision(trial: Trial, nets: Sequence[_Net], y: NDArray[np.int64]) -> Exhibit:
    scores = {net.name: score(net.held_out, y) for net in nets}
    mine, other = scores.values()
    better = "more" if mine["average_precision"] > other["average_precision"] else "no more"
    text = (
        f"{int(y.sum())} of {len(y)} held-out rows are positive. Each point of a line is a threshold: how many of the "
        f"positives it finds (recall), and how many of those that it names are positive (precision). Gamma "
        f"{trial.configuration.number('gamma'):.2g} and alpha {trial.configuration.number('alpha'):.2g} find {better} "
        f"than cross-entropy with the same step size, width and luck: average precision "
        f"{mine['average_precision']:.3f} against {other['average_precision']:.3f}."
    )
    columns = (Column("recall", "number"), Column("precision", "number"), Column("trained with"))
    points = [(*point, net.name) for net in nets for point in _curve(net.held_out, y)]
    chart = lines(
        "Precision against recall on the held-out rows",
        "Two lines of precision over recall, one for each loss.",
        Table("Precision and recall on the held-out rows", columns, tuple(points)),
        Axes("recall", "precision", "trained with"),
        steps=True,
    )
    names = {
        "average_precision": "average precision",
        "recall_at_precision": f"recall at precision {PRECISION:g}",
        "recall": "recall at probability 0.5",
        "log_loss": "log loss",
    }
    table = Table(
        "Both nets on the held-out rows",
        (Column("measure"), *(Column(net.name, "number") for net in nets)),
        tuple((told, *(found[name] for found in scores.values())) for name, told in names.items()),
    )
    return Exhibit("precision-recall", "What it finds that cross-entropy misses", (Text(text), chart, table))


def _curve(logits: NDArray[np.float64], y: NDArray[np.int64]) -> list[tuple[float, float]]:
    """(recall, precision) from the highest threshold down, thinned."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(y, logits)
    kept = np.unique(np.linspace(0, len(recall) - 1, _MOST_POINTS).astype(int))
    return [(float(recall[place]), float(precision[place])) for place in kept[::-1]]


def _weights(trial: Trial, net: _Net, y: NDArray[np.int64]) -> Exhibit:
    gamma, alpha = trial.configuration.number("gamma"), trial.configuration.number("alpha")
    easy = {
        "cross-entropy": share_of_easy(net.train, y, 0.0, 0.5),
        "this focal loss": share_of_easy(net.train, y, gamma, alpha),
        "gamma = 2": share_of_easy(net.train, y, 2.0, 0.5),
    }
    share = float((_probabilities(net.train, y) >= EASY).mean())
    text = (
        f"The training rows, sorted by the probability that the trained net gives to their true class. {share:.0%} of "
        f"them are easy: {EASY:g} or more. Cross-entropy would take {easy['cross-entropy']:.0%} of its loss from "
        f"these; this focal loss takes {easy['this focal loss']:.0%}, and gamma = 2 would take "
        f"{easy['gamma = 2']:.0%}. What gamma takes from the easy rows goes to the hard ones; alpha weighs the two "
        "classes. The focal loss does no more than that."
    )
    rows = [
        (f"{low:.1f} to {high:.1f}", float(found), loss)
        for loss, (g, a) in {"cross-entropy": (0.0, 0.5), "this focal loss": (gamma, alpha)}.items()
        for low, high, found in zip(_BINS, _BINS[1:], _shares(net.train, y, g, a), strict=False)
    ]
    columns = (Column("probability of the true class"), Column("share of the loss", "percent", 1), Column("loss"))
    chart = bars(
        "Share of the loss by how sure the net is of the true class",
        "Bars of the share of the loss, for ten ranges of the probability of the true class and two losses.",
        Table("Share of the loss by probability", columns, tuple(rows)),
        Axes("probability of the true class", "share of the loss", "loss"),
    )
    return Exhibit("easy-and-hard", "Which rows the loss listens to", (Text(text), chart))


def _shares(logits: NDArray[np.float64], y: NDArray[np.int64], gamma: float, alpha: float) -> NDArray[np.float64]:
    losses = focal_loss(torch.from_numpy(logits), torch.from_numpy(y), gamma, alpha).numpy()
    sums, _ = np.histogram(_probabilities(logits, y), _BINS, weights=losses)
    shares: NDArray[np.float64] = sums / losses.sum()
    return shares


def _probabilities(logits: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a net gives to the true class of each row."""
    margins = logits * (2 * y - 1)
    probabilities: NDArray[np.float64] = np.exp(-np.logaddexp(0, -margins))
    return probabilities
