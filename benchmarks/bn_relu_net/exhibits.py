"""What a deep net teaches: how gradients fade or last by layer, what activations become, and how it learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from results.charts.plain import Axes, heatmap, lines
from results.exhibits import Exhibit
from results.items import Column, Table, Text
from tuner.configuration import Configuration
from tuner.trial import Proposal, Trial

from ..stacked_training import Batches, flushing_denormals
from .stack import Trained, gather, log_loss, train_stack
from .task import ACTIVATIONS, Work, parts_of

if TYPE_CHECKING:
    from .task import BatchNormReluNet

_BINS = 16
_GONE = 1e-3
"""A gradient at the first layer of so little beside that of the last one has vanished."""


class _Net(NamedTuple):
    """One of the nets that are compared, before and after training."""

    name: str
    before: Sequence[float]
    """Norm of the gradient at each layer's weights."""
    after: Sequence[float]
    losses: NDArray[np.float64]
    """The mean loss of each epoch."""
    outputs: Sequence[NDArray[np.float64]]
    """What each hidden layer gives for the validation rows [n, width]."""


def exhibits_of(task: BatchNormReluNet, trial: Trial) -> tuple[Exhibit, ...]:
    """Three exhibits, all of this trial's net and of the nets that differ from it in activation and batch norm."""
    with flushing_denormals():
        nets = [net for batch_norm in ("off", "on") for net in _nets(task, trial, batch_norm)]
    mine = _name(trial.configuration)
    nets.sort(key=lambda net: net.name != mine)
    return (_gradients(nets), _activations(nets[0]), _curves(nets))


def _nets(task: BatchNormReluNet, trial: Trial, batch_norm: str) -> list[_Net]:
    configurations = [
        Configuration({**trial.configuration, "activation": activation, "batch_norm": batch_norm})
        for activation in ACTIVATIONS
    ]
    trials = [replace(trial, proposal=Proposal(c, trial.proposal.fidelity)) for c in configurations]
    work = [Work(trial) for trial in trials]
    key = task.key_of(work[0])
    untrained, trained = (train_stack(task, key, work, epochs) for epochs in (0, None))
    outputs: list[Tensor] = []
    trained.stack.forward(gather(task, trained.trials, "validation").X, seen=outputs)
    before, after = (_gradient_norms(task, stack) for stack in (untrained, trained))
    width = trial.configuration.integer("width")
    steps = Batches((), len(parts_of(trial.data_seed).train.y), key.batch_size).steps
    return [
        _Net(
            name=_name(member.configuration),
            before=before[place],
            after=after[place],
            losses=trained.losses[:, place].reshape(-1, steps).mean(1),
            outputs=[layer[place, :, :width].double().cpu().numpy() for layer in outputs],
        )
        for place, member in enumerate(trained.trials)
    ]


def _gradient_norms(task: BatchNormReluNet, trained: Trained) -> list[list[float]]:
    """Of each net, for all its training rows as one batch."""
    rows = gather(task, trained.trials, "train")
    _, gradient = log_loss(trained.stack.forward(rows.X, training=True), rows.y)
    trained.stack.backward(gradient)
    return trained.stack.gradient_norms()


def _gradients(nets: Sequence[_Net]) -> Exhibit:
    mine, worst = nets[0], min(nets, key=lambda net: _ratio(net.before))
    depth = len(mine.before) - 1
    is_gone = _ratio(worst.before) < _GONE
    vanished = ": what is so small moves no weight, and the first layers stay as they were drawn" if is_gone else ""
    text = (
        f"Each line is one net of {depth} hidden layers with the learning rate and first weights of this trial; only "
        f"activation and batch normalisation differ. Before training, the gradient at the first layer of this net "
        f"({mine.name}) is {_ratio(mine.before):.2g} times that at its last. For {worst.name} it is "
        f"{_ratio(worst.before):.2g} times{vanished}. Batch normalisation lets gradients grow towards the first layers "
        "instead, by up to about 1.2 times a "
        "layer (Yang et al. 2019)."
    )
    charts = [
        lines(
            f"Norm of the gradient at each layer's weights {when}, on all training rows",
            f"Lines of the gradient's norm over the layers, one for each of {len(nets)} nets, {when}.",
            _norms(nets, when),
            Axes("layer", "gradient norm", "net", log_y=True),
        )
        for when in ("before training", "after training")
    ]
    return Exhibit("gradients", "Where the gradient fades", (Text(text), *charts))


def _norms(nets: Sequence[_Net], when: str) -> Table:
    columns = (Column("layer", "integer"), Column("gradient norm", "number", 9), Column("net"))
    found = [(net, net.before if when == "before training" else net.after) for net in nets]
    rows = [(layer, norm, net.name) for net, norms in found for layer, norm in enumerate(norms, start=1)]
    return Table(f"Gradient norm by layer {when}", columns, tuple(rows))


def _ratio(norms: Sequence[float]) -> float:
    """First layer against last; nothing against nothing is nothing."""
    return norms[0] / norms[-1] if norms[-1] else 0.0


def _activations(net: _Net) -> Exhibit:
    values = np.stack(net.outputs)
    low, high = float(values.min()), float(np.quantile(values, 0.995))
    edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    rows = [
        (layer, float(centre), float(share))
        for layer, outputs in enumerate(values, start=1)
        for centre, share in zip(centres, _shares(outputs, edges), strict=True)
        if share > 0
    ]
    columns = (Column("layer", "integer"), Column("activation", "number"), Column("share", "percent", 1))
    dead = [float((layer.max(axis=0) - layer.min(axis=0) < 1e-3 * (high - low)).mean()) for layer in values]
    text = (
        f"What the hidden units of this net ({net.name}) give for the validation rows, after training: each column is "
        f"a layer, and the brighter a cell, the more often its units give such a value. In layer 1, {dead[0]:.0%} of "
        f"the units give nearly the same value for every row; in layer {len(dead)}, {dead[-1]:.0%} do. Such units "
        "tell the next layer nothing."
    )
    chart = heatmap(
        "Distribution of activations by layer",
        "A map of how often the units of each layer give each value.",
        Table("Distribution of activations by layer", columns, tuple(rows)),
        Axes("layer", "activation"),
        value="share",
        log_value=True,
    )
    return Exhibit("activations", "What the layers pass on", (Text(text), chart))


def _shares(outputs: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    counts, _ = np.histogram(np.clip(outputs, edges[0], edges[-1]), edges)
    shares: NDArray[np.float64] = counts / outputs.size
    return shares


def _curves(nets: Sequence[_Net]) -> Exhibit:
    columns = (Column("epoch", "integer"), Column("training log loss", "number"), Column("net"))
    rows = [(epoch, float(loss), net.name) for net in nets for epoch, loss in enumerate(net.losses, start=1)]
    mine = nets[0]
    learned = [net.name for net in nets if net.losses[-1] < 1.0]
    text = (
        f"The mean loss of each epoch, in nats; a net that only knows how often each digit occurs has "
        f"{np.log(10):.2f}. "
        f"This net ({mine.name}) ends at {mine.losses[-1]:.3g}. With the same learning rate, momentum, first weights "
        f"and depth, {len(learned)} of {len(nets)} nets get below 1: {', '.join(learned) or 'none'}."
    )
    chart = lines(
        "Learning curves",
        "Lines of the training loss over the epochs, one for each net.",
        Table("Training loss by epoch", columns, tuple(rows)),
        Axes("epoch", "training log loss", "net"),
    )
    return Exhibit("learning-curves", "Who learns", (Text(text), chart))


def _name(configuration: Configuration) -> str:
    batch_norm = " with batch norm" if configuration.text("batch_norm") == "on" else ""
    return f"{configuration.text('activation')}{batch_norm}"
