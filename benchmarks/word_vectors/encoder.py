"""A BERT encoder in PyTorch: pieces of words in, the hidden states of every layer out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import torch
from torch.nn.functional import embedding, gelu, layer_norm, linear, scaled_dot_product_attention

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

LAYERS: Final = 6
"""Of MiniLM-L6."""
WIDTH: Final = 384
"""Entries of a hidden state."""
_HEADS: Final = 12


def load_weights(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a safetensors file, by name."""
    from safetensors.torch import load_file

    return load_file(path)


@torch.no_grad()
def hidden_states(weights: Mapping[str, Tensor], pieces: Tensor) -> Tensor:
    """Hidden states [layers + 1, n, p, 384] of n texts of p pieces each, given as numbers [n, p].

    The first are the embeddings, where a piece knows its position but not its neighbours.
    """
    states = [_embed(weights, pieces)]
    for layer in range(LAYERS):
        states.append(_transform(weights, f"encoder.layer.{layer}.", states[-1]))
    return torch.stack(states)


def multiply_adds(pieces: int, layers: int) -> int:
    """How many multiplications the matrices of the first `layers` layers take for one text of so many pieces."""
    return layers * (12 * pieces * WIDTH**2 + 2 * pieces**2 * WIDTH)


def _embed(weights: Mapping[str, Tensor], pieces: Tensor) -> Tensor:
    words = embedding(pieces, weights["embeddings.word_embeddings.weight"])
    places = weights["embeddings.position_embeddings.weight"][: pieces.shape[1]]
    kinds = weights["embeddings.token_type_embeddings.weight"][0]
    return _normalise(weights, "embeddings.LayerNorm", words + places + kinds)


def _transform(weights: Mapping[str, Tensor], name: str, states: Tensor) -> Tensor:
    mixed = _project(weights, f"{name}attention.output.dense", _attend(weights, f"{name}attention.self.", states))
    states = _normalise(weights, f"{name}attention.output.LayerNorm", states + mixed)
    inner = gelu(_project(weights, f"{name}intermediate.dense", states))
    outer = _project(weights, f"{name}output.dense", inner)
    return _normalise(weights, f"{name}output.LayerNorm", states + outer)


def _attend(weights: Mapping[str, Tensor], name: str, states: Tensor) -> Tensor:
    n, p, _ = states.shape
    query, key, value = (
        _project(weights, f"{name}{part}", states).view(n, p, _HEADS, -1).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    return scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(n, p, WIDTH)


def _project(weights: Mapping[str, Tensor], name: str, states: Tensor) -> Tensor:
    return linear(states, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _normalise(weights: Mapping[str, Tensor], name: str, states: Tensor) -> Tensor:
    return layer_norm(states, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"], eps=1e-12)
