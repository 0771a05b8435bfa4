"""What word vectors teach: one word in two contexts, what each layer and each representation is worth, mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, bars, heatmap, lines, points
from results.exhibits import Exhibit
from results.items import Cell, Chart, Column, Panels, Table, Text
from tuner.trial import Trial

from .comparison import Comparison
from .representation import POOLINGS
from .texts import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .task import WordVectors

_SHOWN_WORD: Final = "bank"
_POOLING_NAMES: Final = {
    "word": "the word's own vector",
    "window": "the mean of the word and its neighbours",
    "sentence": "the mean of all words",
    "weighted": "the mean of all words, rare ones more",
}


def exhibits_of(task: WordVectors, trial: Trial) -> tuple[Exhibit, ...]:
    """Four views of the trial among its alternatives."""
    comparison = Comparison(task.target, task.problem.space, trial)
    first = _contexts(comparison) if task.target == "senses" else _maps(comparison)
    return first, _layers(comparison), _costs(comparison), _mistakes(comparison)


def _contexts(comparison: Comparison) -> Exhibit:
    texts = load(comparison.target)
    rows = [row for row, group in enumerate(texts.groups) if group == _SHOWN_WORD]
    senses = [texts.labels[row] for row in rows]
    layer = comparison.layer
    static = comparison.vectors(representation="glove", pooling="word")[rows]
    contextual = comparison.vectors(representation="contextual", pooling="word", layer=layer)[rows]
    same, other = _mean_cosines(contextual, senses)
    text = (
        f"'{_SHOWN_WORD}' stands in {len(rows)} sentences. Its static vector (GloVe) is the same in all of them: every "
        f"cosine is 1, and the left map is a single point. Its vector in layer {layer} of MiniLM depends on the "
        f"sentence: the mean cosine is {same:.2f} between two sentences of one sense and {other:.2f} across senses."
    )
    charts = (
        _map("static vectors", static, senses, "sense"),
        _map(f"contextual vectors, layer {layer}", contextual, senses, "sense"),
    )
    caption = f"'{_SHOWN_WORD}' in {len(rows)} sentences: the two directions of most variance"
    pair = _pair(comparison, rows, static, contextual)
    return Exhibit("contexts", "One word in two contexts", (Text(text), Panels(caption, charts), pair))


def _pair(
    comparison: Comparison, rows: Sequence[int], static: NDArray[np.float64], contextual: NDArray[np.float64]
) -> Table:
    """The first sentence of the word, and how near its vectors are to those in the first and last others."""
    texts = load(comparison.target)
    columns = (
        Column("sentence"),
        Column("sense"),
        Column("static cosine", "number", 2),
        Column("contextual cosine", "number", 2),
    )
    shown = [0, 1, 2, 3, -4, -3, -2, -1]
    cosines = _cosines(static)[0], _cosines(contextual)[0]
    body = tuple(
        (texts.sentences[rows[i]], texts.labels[rows[i]], float(cosines[0][i]), float(cosines[1][i])) for i in shown
    )
    return Table("Cosine with the vector of the word in the first sentence", columns, body)


def _maps(comparison: Comparison) -> Exhibit:
    rows, layer = comparison.held_out, comparison.layer
    topics = [load(comparison.target).labels[row] for row in rows]
    maps = {
        "static vectors (GloVe)": comparison.vectors(representation="glove", pooling="sentence")[rows],
        f"contextual vectors, layer {layer}": comparison.vectors(
            representation="contextual", pooling="sentence", layer=layer
        )[rows],
    }
    nearest = {name: _same_neighbour(vectors, topics) for name, vectors in maps.items()}
    said = " and ".join(f"{share:.0%} of the texts for {name}" for name, share in nearest.items())
    text = (
        f"Each point is one of {len(rows)} held-out definitions, drawn at the mean of its words' vectors. The nearest "
        f"other point, in all dimensions, is of the same topic in {said}."
    )
    charts = tuple(_map(name, vectors, topics, "topic") for name, vectors in maps.items())
    return Exhibit("maps", "A map of meanings", (Text(text), Panels("The two directions of most variance", charts)))


def _map(name: str, vectors: NDArray[np.float64], labels: Sequence[str], label: str) -> Chart:
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.round(left[:, :2] * sizes[:2], 6) + 0.0
    places *= np.where(places[np.abs(places).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    columns = (Column("first direction", "number"), Column("second direction", "number"), Column(label))
    body = tuple((float(x), float(y), own) for (x, y), own in zip(places, labels, strict=True))
    table = Table(name[0].upper() + name[1:], columns, body)
    spread = float(np.hypot(*places.T).max())
    description = f"{len(labels)} points by {label}, at most {spread:.2f} away from their mean."
    return points(table.caption, description, table, Axes("first direction", "second direction", label))


def _layers(comparison: Comparison) -> Exhibit:
    chosen = ("word", "sentence") if comparison.target == "senses" else POOLINGS["topics"]
    rows: list[tuple[Cell, ...]] = []
    best: dict[str, tuple[float, int]] = {}
    for pooling in chosen:
        values = [comparison.accuracy(representation="contextual", pooling=pooling, layer=layer) for layer in range(7)]
        rows += [(f"MiniLM, {_POOLING_NAMES[pooling]}", layer, value) for layer, value in enumerate(values)]
        best[pooling] = max((value, -layer) for layer, value in enumerate(values))
        static = comparison.accuracy(representation="glove", pooling=pooling)
        rows += [(f"GloVe, {_POOLING_NAMES[pooling]}", layer, static) for layer in range(7)]
    first = chosen[0]
    text = (
        "Layer 0 is a table of vectors, as static as GloVe but for a word's position; each layer above mixes in more "
        f"of the context. With the trial's classifier {_POOLING_NAMES[first]} serves best from layer "
        f"{-best[first][1]}: {best[first][0]:.0%} of {len(comparison.unseen)} texts that nothing was "
        "fitted to, balanced over labels."
    )
    columns = (Column("vector"), Column("layer", "integer"), Column("balanced accuracy", "number"))
    table = Table("Balanced accuracy by layer", columns, tuple(rows))
    description = f"Accuracy in layers 0 to 6 for {len(chosen)} ways to pool, with flat lines for GloVe."
    chart = lines(table.caption, description, table, Axes("layer", "balanced accuracy", "vector"))
    return Exhibit("layers", "What each layer knows", (Text(text), chart))


def _costs(comparison: Comparison) -> Exhibit:
    static = {"pooling": "sentence"} if comparison.pooling == "word" else {}
    variants: list[tuple[str, Mapping[str, str | int]]] = [
        ("bag of words", {"representation": "bag-of-words", **static}),
        ("Word2Vec", {"representation": "word2vec", **static}),
        ("GloVe", {"representation": "glove", **static}),
    ]
    variants += [("MiniLM", {"representation": "contextual", "layer": layer}) for layer in range(7)]
    rows = tuple(
        (name, change.get("layer"), comparison.cost(**change), comparison.accuracy(**change))
        for name, change in variants
    )
    own = comparison.accuracy()
    text = (
        "All representations with the trial's pooling, scaling and classifier (static ones with the mean of all words "
        "where the trial takes a word's own vector, which tells them nothing). The cost is counted, not timed: "
        "multiplications for the vector of one text of mean length, without any training. The trial itself takes "
        f"{comparison.cost():,.0f} of them and reaches {own:.0%}. Word2Vec alone was trained on the task's own "
        "30 000 words; GloVe and MiniLM come trained on billions."
    )
    columns = (
        Column("representation"),
        Column("layer", "integer"),
        Column("multiplications", "integer"),
        Column("balanced accuracy", "number"),
    )
    table = Table("Accuracy against cost", columns, rows)
    description = f"{len(rows)} points: balanced accuracy over the multiplications for one text, logarithmic."
    axes = Axes("multiplications", "balanced accuracy", "representation", log_x=True)
    return Exhibit("cost", "What accuracy costs", (Text(text), points(table.caption, description, table, axes)))


def _mistakes(comparison: Comparison) -> Exhibit:
    wrong = comparison.wrong()
    text = (
        f"Of {len(comparison.unseen)} texts that nothing was fitted to, {len(wrong)} are given the wrong label. The "
        "table shows some of them beside the training text whose vector is nearest: what the vectors take for similar."
    )
    chart = _by_word(comparison) if comparison.target == "senses" else _confusions(comparison)
    columns = (Column("text"), Column("label"), Column("given"), Column("nearest training text"), Column("its label"))
    table = Table("Mistakes and their neighbours", columns, tuple(wrong[:: max(1, len(wrong) // 8)][:8]))
    return Exhibit("mistakes", "Where it goes wrong", (Text(text), chart, table))


def _by_word(comparison: Comparison) -> Chart:
    accuracies = {
        "this trial": comparison.by_group(),
        "static vector of the word": comparison.by_group(representation="glove", pooling="word"),
    }
    rows = tuple((word, name, value) for name, found in accuracies.items() for word, value in found.items())
    columns = (Column("word"), Column("vectors"), Column("balanced accuracy", "number"))
    table = Table("Balanced accuracy for each word", columns, rows)
    description = "Two bars for each of ten words; the static vector of a word alone stays at one half."
    return bars(table.caption, description, table, Axes("word", "balanced accuracy", "vectors"))


def _confusions(comparison: Comparison) -> Chart:
    columns = (Column("given"), Column("topic"), Column("share", "number", 2))
    table = Table("Which topic is taken for which", columns, tuple(comparison.confusions()))
    description = "The share of each topic's texts (rows) that is given each topic (columns)."
    return heatmap(table.caption, description, table, Axes("given", "topic"), value="share")


def _cosines(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    cosines: NDArray[np.float64] = np.round(unit @ unit.T, 9)
    return cosines


def _mean_cosines(vectors: NDArray[np.float64], labels: Sequence[str]) -> tuple[float, float]:
    """Of all pairs of different rows: those of the same label, and the others."""
    cosines, own = _cosines(vectors), np.array(labels)
    alike = own[:, None] == own
    pairs = ~np.eye(len(own), dtype=np.bool_)
    return float(cosines[alike & pairs].mean()), float(cosines[~alike].mean())


def _same_neighbour(vectors: NDArray[np.float64], labels: Sequence[str]) -> float:
    cosines, own = _cosines(vectors), np.array(labels)
    np.fill_diagonal(cosines, -2.0)
    return float((own[cosines.argmax(axis=1)] == own).mean())
