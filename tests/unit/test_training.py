"""Data parts, minibatches and gradient descent of the nets; and torch stays unloaded until it is needed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.bn_relu_net import BatchNormReluNet
from benchmarks.datasets import load
from benchmarks.focal_loss import FocalLossClassifier
from benchmarks.training import fidelity_of, minibatches, part_tensors
from tuner.errors import InvalidOption, MissingExtra
from tuner.problem import Fidelity
from tuner.task import Task
from tuner.trial import Proposal, Trial

torch = pytest.importorskip("torch")

TASKS = {"focal-loss": FocalLossClassifier(), "bn-relu-net": BatchNormReluNet()}


def test_importing_the_tasks_does_not_load_torch() -> None:
    code = "import sys, benchmarks.focal_loss, benchmarks.bn_relu_net; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("name", "task"), TASKS.items())
def test_without_torch_the_error_says_how_to_install_it(name: str, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    expected = rf"^{name} needs torch: pip install 'tuner-bench\[nets\]'$"
    with pytest.raises(MissingExtra, match=expected):
        task.prepare()
    with pytest.raises(MissingExtra, match=expected):
        task.evaluate(Trial(0, Proposal(task.problem.space.default(), 1), seed=1))


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_random_numbers_of_torch_are_left_alone(task: Task) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    task.evaluate(Trial(0, Proposal(task.problem.space.default(), 1), seed=1))
    assert torch.equal(torch.get_rng_state(), before)


def test_parts_are_nine_three_and_four_sixteenths_of_the_rows() -> None:
    parts = part_tensors(load("digits"), seed=1)
    counts = [len(rows.y) for rows in (parts.train, parts.validation, parts.held_out)]
    assert sum(counts) == 1797
    assert np.array(counts) / 1797 == pytest.approx([9 / 16, 3 / 16, 4 / 16], abs=0.005)


def test_training_rows_alone_are_standardised() -> None:
    parts = part_tensors(load("breast_cancer"), seed=1)
    torch.testing.assert_close(parts.train.X.mean(0), torch.zeros(30), rtol=0, atol=1e-5)
    torch.testing.assert_close(parts.train.X.std(0, correction=0), torch.ones(30), rtol=0, atol=1e-5)
    assert parts.validation.X.mean(0).abs().max() > 0.01


def test_no_row_is_in_two_parts() -> None:
    parts = part_tensors(load("breast_cancer"), seed=1)
    kept = torch.cat([parts.train.X, parts.validation.X, parts.held_out.X])
    assert len(torch.unique(kept, dim=0)) == 569


def test_another_seed_gives_another_validation_part() -> None:
    first, second = (part_tensors(load("digits"), seed).validation.X for seed in (1, 2))
    assert not torch.equal(first, second)


def test_an_epoch_shows_each_row_at_most_once_in_full_batches() -> None:
    batches = list(minibatches(np.random.default_rng(0), 100, 32))
    assert [len(batch) for batch in batches] == [32, 32, 32]
    assert len(set(np.concatenate(batches))) == 96


def test_each_epoch_has_another_order() -> None:
    generator = np.random.default_rng(0)
    first, second = (np.concatenate(list(minibatches(generator, 64, 16))) for _ in range(2))
    assert not np.array_equal(first, second)


def test_a_batch_larger_than_the_data_is_all_rows() -> None:
    assert [sorted(batch) for batch in minibatches(np.random.default_rng(0), 5, 64)] == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize("epochs", [0, -1, 1001, 2.5, True, "9"])
def test_an_impossible_number_of_epochs_names_what_is_allowed(epochs: object) -> None:
    with pytest.raises(InvalidOption, match=r"epochs is a whole number in \[1, 1000\], not"):
        fidelity_of(epochs)  # type: ignore[arg-type]  # as a suite file may give it


@pytest.mark.parametrize("task", [BatchNormReluNet(epochs=3), FocalLossClassifier(epochs=3)])
def test_the_option_epochs_is_the_highest_fidelity(task: Task) -> None:
    fidelity = task.problem.fidelity
    measurement = task.evaluate(Trial(0, Proposal(task.problem.space.default()), seed=1))

    assert fidelity == Fidelity("epochs", 1, 3)
    assert measurement.extras["epochs"] == 3
