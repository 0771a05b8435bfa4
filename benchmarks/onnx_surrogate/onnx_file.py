"""Small ONNX files, written without any package: the few messages of the format that a plain net needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS: Final[Mapping[str, int]] = {"float32": 1, "int32": 6}
_IR_VERSION: Final = 8
_OPSET: Final = 13


@dataclass(frozen=True, slots=True)
class Node:
    """An operator, by its name in ONNX, with the names of what it reads and the name of its only output."""

    operator: str
    inputs: Sequence[str]
    output: str
    attributes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """What an input is made of."""

    kind: Literal["int32", "float32"]
    count: int


def onnx_bytes(
    nodes: Sequence[Node],
    constants: Mapping[str, NDArray[np.generic]],
    inputs: Mapping[str, Columns],
    output: tuple[str, int],
) -> bytes:
    """A model whose inputs and output are matrices with a row a prediction; the output by its name and its columns."""
    graph = [
        *[_field(1, _node(node)) for node in nodes],
        _field(2, b"surrogate"),
        *[_field(5, _tensor(name, array)) for name, array in constants.items()],
        *[_field(11, _matrix(name, columns)) for name, columns in inputs.items()],
        _field(12, _matrix(output[0], Columns("float32", output[1]))),
    ]
    opset = _field(1, b"") + _field(2, _OPSET)
    return _field(1, _IR_VERSION) + _field(2, b"tuner-bench") + _field(7, b"".join(graph)) + _field(8, opset)


def _node(node: Node) -> bytes:
    parts = [*[_field(1, name.encode()) for name in node.inputs], _field(2, node.output.encode())]
    parts += [_field(4, node.operator.encode())]
    parts += [_field(5, _field(1, name.encode()) + _field(3, value) + _field(20, 2))
              for name, value in node.attributes.items()]  # fmt: skip
    return b"".join(parts)


def _tensor(name: str, array: NDArray[np.generic]) -> bytes:
    sizes = b"".join(_field(1, size) for size in array.shape)
    return sizes + _field(2, _KINDS[str(array.dtype)]) + _field(8, name.encode()) + _field(9, array.tobytes())


def _matrix(name: str, columns: Columns) -> bytes:
    shape = _field(1, _field(2, b"n")) + _field(1, _field(1, columns.count))
    return _field(1, name.encode()) + _field(2, _field(1, _field(1, _KINDS[columns.kind]) + _field(2, shape)))


def _field(number: int, content: int | bytes) -> bytes:
    """A field of a protocol buffer: a whole number, or bytes with their length."""
    if isinstance(content, int):
        return _varint(number << 3) + _varint(content)
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])
