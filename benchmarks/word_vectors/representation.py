"""One vector for each text of a target: vectors of words, put together with weights."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .texts import Texts, corpus, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tuner.configuration import Configuration

REPRESENTATIONS: Final = ("bag-of-words", "word2vec", "glove", "contextual")
POOLINGS: Final = {"senses": ("word", "window", "sentence", "weighted"), "topics": ("sentence", "weighted")}
"""Which words of a text count: the ambiguous one, it and its neighbours, all alike, all but the rarer the more."""


@dataclass(frozen=True, slots=True)
class Representation:
    """How the texts of a target become vectors."""

    target: str
    configuration: Configuration

    def vectors(self, seed: int) -> NDArray[np.float64]:
        """One vector for each text [texts, d]; the seed is for Word2Vec."""
        texts, weights = load(self.target), weights_of(self.target, self.configuration)
        kind = self.configuration.text("representation")
        if kind == "bag-of-words":
            return _weighted_counts(texts, weights)
        return np.add.reduceat(self._word_vectors(kind, seed) * weights[:, None], texts.starts)

    def _word_vectors(self, kind: str, seed: int) -> NDArray[np.float32]:
        if kind == "contextual":
            from . import contextual  # loads torch

            states: NDArray[np.float32] = contextual.layers(self.target)[self.configuration.integer("layer")]
            return states
        from . import static

        return static.glove(self.target) if kind == "glove" else static.word2vec(self.target, self.configuration, seed)

    def multiply_adds(self) -> float:
        """How many multiplications the vector of a text of mean length takes, given the trained vectors."""
        kind, texts = self.configuration.text("representation"), load(self.target)
        words = len(texts.flat_words) / len(texts.words)
        if kind == "contextual":
            from . import contextual, encoder

            layer = self.configuration.integer("layer")
            return float(encoder.multiply_adds(contextual.mean_pieces(self.target), layer) + words * encoder.WIDTH)
        if kind == "bag-of-words":
            return words
        return words * (50 if kind == "glove" else self.configuration.integer("dimension"))


def weights_of(target: str, configuration: Configuration) -> NDArray[np.float64]:
    """How much each word counts in its text [words]; the weights of a text add up to 1."""
    texts, pooling = load(target), configuration.text("pooling")
    if pooling == "word":
        return _near(texts, 0)
    if pooling == "window":
        return _near(texts, configuration.integer("radius"))
    if pooling == "weighted":
        return _shares(texts, np.array([rarity()[word] for word in texts.flat_words]))
    return _shares(texts, np.ones(len(texts.flat_words)))


@functools.cache
def rarity() -> Mapping[str, float]:
    """The inverse document frequency of each word: log of all texts over those that hold it, in nats."""
    counts: dict[str, int] = {}
    for words in corpus():
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    return {word: float(np.log(len(corpus()) / count)) for word, count in counts.items()}


def _near(texts: Texts, radius: int) -> NDArray[np.float64]:
    text_of = np.repeat(np.arange(len(texts.words)), [len(words) for words in texts.words])
    distance = np.abs(np.arange(len(text_of)) - np.array(texts.targets)[text_of])
    return _shares(texts, (distance <= radius).astype(np.float64))


def _shares(texts: Texts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    totals = np.add.reduceat(weights, texts.starts)
    shares: NDArray[np.float64] = weights / np.repeat(totals, [len(words) for words in texts.words])
    return shares


def _weighted_counts(texts: Texts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    words = texts.flat_words
    columns = {word: column for column, word in enumerate(dict.fromkeys(words))}
    counts = np.zeros((len(texts.words), len(columns)))
    text_of = np.repeat(np.arange(len(texts.words)), [len(in_text) for in_text in texts.words])
    np.add.at(counts, (text_of, np.array([columns[word] for word in words])), weights)
    return counts
