"""The exhibits of word vectors contain what they say, for good configurations and bad ones."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import pytest

from benchmarks.word_vectors import WordVectors
from benchmarks.word_vectors.packages import MODULES
from results.exhibits import Exhibit
from results.items import Chart, Item, Panels, Table, Text
from tuner.configuration import Value
from tuner.parameter import default_of
from tuner.trial import Proposal, Trial

for module in MODULES:
    pytest.importorskip(module)

GOOD: dict[str, Value] = {"representation": "contextual", "pooling": "word", "layer": 5}
CHEAP: dict[str, Value] = {"epochs": 1, "dimension": 8}


def trial_of(task: WordVectors, **values: Value) -> Trial:
    space = task.problem.space
    full = {name: default_of(parameter) for name, parameter in space.parameters.items()} | CHEAP | values
    return Trial(0, Proposal(space.restrict(full)), seed=1, data_seed=1)


@functools.cache
def senses() -> dict[str, Exhibit]:
    return by_name(WordVectors().explain(trial_of(WordVectors(), **GOOD)))


def by_name(exhibits: Sequence[Exhibit]) -> dict[str, Exhibit]:
    return {exhibit.name: exhibit for exhibit in exhibits}


def first_text(exhibit: Exhibit) -> str:
    assert isinstance(exhibit.items[0], Text)
    return exhibit.items[0].text


def tables(items: Sequence[Item]) -> list[Table]:
    found = []
    for item in items:
        found += [item] if isinstance(item, Table) else []
        found += [item.data] if isinstance(item, Chart) else []
        found += [chart.data for chart in item.charts] if isinstance(item, Panels) else []
    return found


def test_the_map_of_static_vectors_is_one_point_and_that_of_contextual_ones_is_not() -> None:
    static, contextual, cosines = tables(senses()["contexts"].items)

    assert {row[:2] for row in static.rows} == {(0.0, 0.0)}
    assert len({row[:2] for row in contextual.rows}) == len(contextual.rows) == 48
    assert {row[2] for row in cosines.rows} == {1.0}
    assert all(isinstance(row[3], float) and row[3] < 0.99 for row in cosines.rows[1:])


def test_the_static_vector_of_the_word_is_at_chance_for_every_word() -> None:
    table = tables(senses()["mistakes"].items)[0]
    static = [row[2] for row in table.rows if row[1] == "static vector of the word"]

    assert static == [0.5] * 10


def test_the_trial_is_among_the_points_of_accuracy_against_cost() -> None:
    table = tables(senses()["cost"].items)[0]
    own = next(row for row in table.rows if row[:2] == ("MiniLM", 5))

    assert len(table.rows) == 10
    assert f"takes {own[2]:,.0f} of them and reaches {own[3]:.0%}" in first_text(senses()["cost"])


def test_no_row_of_mistakes_is_right_and_their_number_is_told() -> None:
    mistakes = senses()["mistakes"]
    by_word, wrong = tables(mistakes.items)
    shares = [float(str(row[2])) for row in by_word.rows if row[1] == "this trial"]

    assert all(row[1] != row[2] for row in wrong.rows)
    assert f"Of 240 texts that nothing was fitted to, {round(240 * (1 - sum(shares) / 10))} are" in first_text(mistakes)


def test_every_layer_is_shown_for_the_word_and_for_its_sentence() -> None:
    (table,) = tables(senses()["layers"].items)
    word = [row[2] for row in table.rows if row[0] == "MiniLM, the word's own vector"]

    assert [row[1] for row in table.rows] == [*range(7)] * 4
    assert float(str(word[0])) < 0.6
    assert float(str(word[5])) > 0.8


def test_the_same_trial_gives_the_same_tables() -> None:
    again = by_name(WordVectors().explain(trial_of(WordVectors(), **GOOD)))

    assert [tables(one.items) for one in again.values()] == [tables(one.items) for one in senses().values()]
    assert list(map(first_text, again.values())) == list(map(first_text, senses().values()))


def test_a_bad_configuration_is_explained_too() -> None:
    bad: dict[str, Value] = {"representation": "bag-of-words", "pooling": "word", "classifier": "neighbours", "k": 15}

    found = by_name(WordVectors().explain(trial_of(WordVectors(), **bad)))

    assert first_text(found["mistakes"]).startswith("Of 240 texts that nothing was fitted to, 120 are given the wrong")


@pytest.mark.slow
def test_topics_are_mapped_and_confused() -> None:
    task = WordVectors(target="topics")
    found = by_name(task.explain(trial_of(task, representation="glove")))
    shares = tables(found["mistakes"].items)[0]
    per_topic = {
        topic: sum(float(str(row[2])) for row in shares.rows if row[1] == topic) for _, topic, _ in shares.rows
    }

    assert list(found) == ["maps", "layers", "cost", "mistakes"]
    assert per_topic == pytest.approx(dict.fromkeys(per_topic, 1.0))
    assert len(per_topic) == 8
