"""Makes the model that ships: `python -m benchmarks.onnx_surrogate.make_model [FOLDER]`, a minute of one core."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import tomli_w

from results.table_file import ParameterColumn, open_table_file
from tuner.evaluators.threads import pin_threads

from .onnx_file import Columns, Node, onnx_bytes
from .task import DEFAULT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from results.table_file import TableFile

    Matrix: TypeAlias = NDArray[np.generic]

_DATA: Final = Path(__file__).parents[1] / "data"
_NAMES: Final = ("activation", "batch_norm", "initialisation")
_NUMBERS: Final = ("epochs", "depth", "width", "learning_rate", "momentum", "weight_decay", "batch_size")
_OUTPUTS: Final = ("error", "held_out_error", "seconds")
_CODES: Final = 3
"""The most choices of a name; they are numbered from 1, and 0 stands for none."""
_SMALLEST: Final = 1e-7
"""Added to a number before its logarithm is taken."""
_HIDDEN: Final = (48, 32)
_GUESSING: Final = 0.9
"""The error of a net whose training diverged: it is as good as one that learned nothing."""


def make_model(folder: Path) -> Path:
    """Fit a net to the learning curves that ship, and write all four files; returns the path of the TOML file."""
    table = open_table_file(_DATA / "bn-relu-net-curves.toml")
    inputs = {"x_cat": Columns("int32", len(_NAMES)), "x_cont": Columns("float32", len(_NUMBERS))}
    constants = {**_one_hot(), **_fitted(*_rows(table))}
    model = onnx_bytes(_nodes(), constants, inputs, ("output", len(_OUTPUTS)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "config_space.json").write_text(json.dumps(_space(table), indent=1) + "\n")
    (folder / "encoding.json").write_text(json.dumps(_encoding(table), indent=1) + "\n")
    path = folder / "surrogate.toml"
    path.write_text(tomli_w.dumps(_description(hashlib.sha256(model).hexdigest())))
    return path


def _nodes() -> Sequence[Node]:
    """One-hot names, numbers and their logarithms through two hidden layers; shares through a sigmoid, seconds exp."""
    return (
        Node("Gather", ("one_hot", "x_cat"), "choices"),
        Node("Flatten", ("choices",), "flat", {"axis": 1}),
        Node("Add", ("x_cont", "smallest"), "positive"),
        Node("Log", ("positive",), "logarithms"),
        Node("Concat", ("flat", "x_cont", "logarithms"), "features", {"axis": 1}),
        Node("Gemm", ("features", "weights_0", "bias_0"), "sum_0"),
        Node("Relu", ("sum_0",), "hidden_0"),
        Node("Gemm", ("hidden_0", "weights_1", "bias_1"), "sum_1"),
        Node("Relu", ("sum_1",), "hidden_1"),
        Node("Gemm", ("hidden_1", "weights_shares", "bias_shares"), "sum_shares"),
        Node("Sigmoid", ("sum_shares",), "shares"),
        Node("Gemm", ("hidden_1", "weights_seconds", "bias_seconds"), "sum_seconds"),
        Node("Exp", ("sum_seconds",), "seconds"),
        Node("Concat", ("shares", "seconds"), "output", {"axis": 1}),
    )


def _one_hot() -> dict[str, Matrix]:
    return {
        "one_hot": np.vstack([np.zeros((1, _CODES)), np.eye(_CODES)]).astype(np.float32),
        "smallest": np.array([_SMALLEST], dtype=np.float32),
    }


def _rows(table: TableFile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features and targets of all recorded epochs, as the net sees them."""
    rows = table.rows().to_pandas()
    choices = [
        (rows[name] == choice).to_numpy(float)
        for name in _NAMES
        for choice in _padded(table.description.parameters[name])
    ]
    numbers = rows[list(_NUMBERS)].to_numpy(float)
    shares = rows[["error", "held_out_error"]].fillna(_GUESSING).clip(0.002, 0.998).to_numpy(float)
    targets = np.column_stack([np.log(shares / (1 - shares)), np.log(rows["seconds"].to_numpy(float) + 1e-4)])
    return np.column_stack([*choices, numbers, np.log(numbers + _SMALLEST)]), targets


def _fitted(features: NDArray[np.float64], targets: NDArray[np.float64]) -> dict[str, Matrix]:
    """The weights of a net for features and targets as they are: their scales are worked into its ends."""
    from sklearn.neural_network import MLPRegressor

    centre, scale = features.mean(axis=0), np.where(features.std(axis=0) > 0, features.std(axis=0), 1.0)
    middle, spread = targets.mean(axis=0), targets.std(axis=0)
    net = MLPRegressor(hidden_layer_sizes=_HIDDEN, alpha=1e-3, max_iter=200, n_iter_no_change=200, random_state=0)
    net.fit((features - centre) / scale, (targets - middle) / spread)
    (first, second, last), (bias, next_bias, last_bias) = net.coefs_, net.intercepts_
    weights = {
        "weights_0": first / scale[:, None],
        "bias_0": bias - (centre / scale) @ first,
        "weights_1": second,
        "bias_1": next_bias,
        "weights_shares": (last * spread)[:, :2],
        "bias_shares": (last_bias * spread + middle)[:2],
        "weights_seconds": (last * spread)[:, 2:],
        "bias_seconds": (last_bias * spread + middle)[2:],
    }
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.items()}


def _space(table: TableFile) -> dict[str, object]:
    """The table's space as ConfigSpace writes it, its fidelity among the parameters."""
    offered = table.description.fidelity
    assert offered is not None
    epochs = {"name": "epochs", "type": "uniform_int", "lower": int(offered.low), "upper": int(offered.high)}
    found = [{**epochs, "log": False, "default": int(offered.high)}]
    found += [_hyperparameter(name, entry) for name, entry in table.description.parameters.items()]
    return {"hyperparameters": found, "conditions": [], "forbiddens": []}


def _hyperparameter(name: str, entry: ParameterColumn) -> dict[str, object]:
    if entry.choices is None:
        kind = "uniform_int" if entry.kind == "Integer" else "uniform_float"
        ends = {"lower": entry.low, "upper": entry.high, "log": bool(entry.log)}
        return {"name": name, "type": kind, **ends, "default": entry.default}
    kind, key = ("ordinal", "sequence") if entry.ordered else ("categorical", "choices")
    return {"name": name, "type": kind, key: list(entry.choices), "default": entry.default}


def _encoding(table: TableFile) -> dict[str, dict[str, int]]:
    parameters = table.description.parameters
    return {
        name: {"#na#": 0, **{str(choice): code for code, choice in enumerate(parameters[name].choices or (), start=1)}}
        for name in _NAMES
    }


def _padded(entry: ParameterColumn) -> Iterator[object]:
    """The choices, and as many of none as the one-hot code has places left."""
    choices = entry.choices or ()
    yield from (*choices, *[None] * (_CODES - len(choices)))


def _description(sha256: str) -> Mapping[str, object]:
    return {
        "name": DEFAULT,
        "description": "A small net fitted to the table bn-relu-net-curves; diverged training counts as guessing",
        "source": "python -m benchmarks.onnx_surrogate.make_model",
        "licence": "CC BY 4.0",
        "sha256": sha256,
        "names": list(_NAMES),
        "numbers": list(_NUMBERS),
        "outputs": list(_OUTPUTS),
        "cost": "seconds",
        "objectives": {"error": "minimize"},
        "held_out": {"error": "held_out_error"},
        "fidelity": {"parameter": "epochs"},
    }


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named, else where it ships."""
    pin_threads()
    sys.stdout.write(f"{make_model(Path(arguments[0]) if arguments else _DATA / DEFAULT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
