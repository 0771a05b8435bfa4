"""A small surrogate whose outputs are known: written to a folder, as its authors' tools would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from benchmarks.onnx_surrogate.onnx_file import Columns, Node, onnx_bytes

SPACE: Mapping[str, Any] = {
    "hyperparameters": [
        {"name": "task", "type": "categorical", "choices": ["7", "8"], "default": "7", "probabilities": None},
        {"name": "kind", "type": "categorical", "choices": ["flat", "deep"], "default": "flat"},
        {"name": "depth", "type": "uniform_int", "lower": 1, "upper": 9, "log": False, "default": 5},
        {"name": "rate", "type": "uniform_float", "lower": 0.01, "upper": 1.0, "log": True, "default": 0.1},
        {"name": "epoch", "type": "uniform_int", "lower": 1, "upper": 20, "log": False, "default": 20},
    ],
    "conditions": [{"child": "depth", "parent": "kind", "type": "EQ", "value": "deep"}],
    "forbiddens": [],
}
ENCODING: Mapping[str, Any] = {"task": {"#na#": 0, "7": 1, "8": 2}, "kind": {"#na#": 0, "deep": 1, "flat": 2}}
TOLD: Mapping[str, Any] = {
    "name": "known",
    "names": ["task", "kind"],
    "numbers": ["epoch", "depth", "rate"],
    "outputs": ["seconds", "error", "test"],
    "cost": "seconds",
    "objectives": {"error": "minimize"},
    "held_out": {"error": "test"},
    "instance": "task",
    "fidelity": {"parameter": "epoch"},
}
WEIGHTS = np.array([[0, 1000, 0], [0, 100, 0], [0.5, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
"""Seconds are half of the epoch, error is 1000 task + 100 kind + depth, and the test error is the rate."""


def model(names: int = 2, numbers: int = 3) -> bytes:
    nodes = (
        Node("Cast", ("x_cat",), "codes", {"to": 1}),
        Node("Concat", ("codes", "x_cont"), "columns", {"axis": 1}),
        Node("MatMul", ("columns", "weights"), "output"),
    )
    weights = WEIGHTS[: names + numbers]
    inputs = {"x_cat": Columns("int32", names), "x_cont": Columns("float32", numbers)}
    return onnx_bytes(nodes, {"weights": weights}, inputs, ("output", 3))


def write(
    folder: Path,
    told: Mapping[str, Any] | None = None,
    space: Mapping[str, Any] | None = None,
    encoding: Mapping[str, Any] | None = None,
    onnx: bytes | None = None,
) -> str:
    """The path of the TOML file, with these changes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model() if onnx is None else onnx)
    (folder / "config_space.json").write_text(json.dumps({**SPACE, **(space or {})}))
    (folder / "encoding.json").write_text(json.dumps({**ENCODING, **(encoding or {})}))
    path = folder / "known.toml"
    path.write_text(tomli_w.dumps({**TOLD, **(told or {})}))
    return str(path)
