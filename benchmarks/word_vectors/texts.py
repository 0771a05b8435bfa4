"""The short texts with labels, from two small files whose content is checked, and seeded splits of them."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tuner.errors import BrokenPlugin
from tuner.seeds import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGETS: Final = ("senses", "topics")
"""What a label can be: the sense of an ambiguous word, or the topic of a definition."""

_DATA: Final = Path(__file__).parents[1] / "data"
_DIGESTS: Final = {
    "senses.csv": "01de0b24cd620830b64b4fc7975a388c1198416bc211dffef4f9f671166bd25f",
    "glosses.csv": "570820e979859ebb7a72e909a77cdbbf3cf4630937c95dde68914e97c444e353",
}
_WORD: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_LABELLED: Final = 80
_TRAIN_SHARES: Final = {"senses": 1 / 2, "topics": 1 / 4}


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Short texts, each with one label; words are counted through all texts, from 0."""

    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    """Texts of one group are told apart by one classifier: the group is the ambiguous word, or the same for all."""
    words: tuple[tuple[str, ...], ...]
    """The words of each text, in lower case."""
    starts: NDArray[np.int64]
    """The number of each text's first word."""
    targets: tuple[int, ...]
    """The number of each text's ambiguous word; empty where there is none."""

    @property
    def flat_words(self) -> list[str]:
        """The words of all texts, one after the other."""
        return [word for words in self.words for word in words]


class Split(NamedTuple):
    """Indices of texts, sorted, that together are all texts, each once."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    held_out: NDArray[np.int64]


@functools.cache
def load(target: str) -> Texts:
    """The labelled texts for a target: 480 sentences, or 640 definitions of nouns."""
    if target == "senses":
        rows = _rows("senses.csv")
        return _texts([(row["text"], row["sense"], row["word"]) for row in rows], with_targets=True)
    by_topic: dict[str, list[str]] = {}
    for row in _rows("glosses.csv"):
        by_topic.setdefault(row["topic"], []).append(row["text"])
    labelled = [(text, topic, "all") for topic, texts in by_topic.items() for text in texts[:_LABELLED]]
    return _texts(labelled, with_targets=False)


@functools.cache
def corpus() -> tuple[tuple[str, ...], ...]:
    """The words of all texts of both files: what word vectors are trained on, without any label."""
    texts = [row["text"] for name in ("glosses.csv", "senses.csv") for row in _rows(name)]
    return tuple(words_of(text) for text in texts)


def spans_of(text: str) -> list[tuple[int, int]]:
    """Where the words of a text start and end, in characters."""
    return [found.span() for found in _WORD.finditer(text)]


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; digits and punctuation belong to none."""
    return tuple(text[start:end].lower() for start, end in spans_of(text))


def split(target: str, seed: int, repeat: int = 0) -> Split:
    """A half of each label's texts to train on (of topics a quarter), the rest in equal parts for the other two.

    Another repeat holds out the same texts, and divides the others anew.
    """
    texts = load(target)
    rng = np.random.default_rng(derive_seed(seed, "texts"))
    again = np.random.default_rng(derive_seed(seed, "texts", repeat))
    parts: list[list[NDArray[np.int64]]] = [[], [], []]
    for rows in _strata(texts):
        train = round(_TRAIN_SHARES[target] * len(rows))
        validated = (len(rows) - train) // 2
        order = rng.permutation(rows)
        used = order[: train + validated] if repeat == 0 else again.permutation(order[: train + validated])
        for part, chosen in zip(parts, (used[:train], used[train:], order[train + validated :]), strict=True):
            part.append(chosen)
    return Split(*(np.sort(np.concatenate(part)) for part in parts))


def _strata(texts: Texts) -> Iterator[NDArray[np.int64]]:
    keys = list(zip(texts.groups, texts.labels, strict=True))
    for key in dict.fromkeys(keys):
        yield np.array([row for row, other in enumerate(keys) if other == key], dtype=np.int64)


def _rows(name: str) -> Iterable[dict[str, str]]:
    content = (_DATA / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != _DIGESTS[name]:
        raise BrokenPlugin(f"{_DATA / name} is not the file that word-vectors came with: reinstall tuner-bench")
    return csv.DictReader(io.StringIO(content.decode()))


def _texts(rows: list[tuple[str, str, str]], *, with_targets: bool) -> Texts:
    sentences, labels, groups = zip(*rows, strict=True)
    words = tuple(words_of(sentence) for sentence in sentences)
    starts = np.cumsum([0, *map(len, words[:-1])])
    targets = tuple(int(s) + w.index(g) for s, w, g in zip(starts, words, groups, strict=True)) if with_targets else ()
    return Texts(sentences, labels, groups, words, starts, targets)
