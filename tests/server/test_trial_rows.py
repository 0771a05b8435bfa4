"""The rows of the table of trials: they read as a template would write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hostile_under_test import PAYLOADS, assert_payloads_are_text
from pydantic import JsonValue

from tuner.server.pages.templating import environment
from tuner.server.pages.trial_rows import written
from tuner.server.trial_query import TrialRow

TEMPLATE = """\
{% for row in rows %}
<tr><td class="n">{{ row.study }}</td><th scope="row" class="n"><a href="{{ base }}/{{ row.study }}/{{ row.trial }}">\
{{ row.trial }}</a></th><td>{{ row.task }}</td><td>{{ row.strategy }}</td><td class="n">{{ row.seed }}</td>\
<td>{{ row.status }}</td><td class="n">{{ row.value | number }}</td><td class="n">{{ row.seconds | seconds }}</td>\
<td class="long">{% if row.message %}<span class="wrong">{{ row.message | truncate(160) }}</span> {% endif %}\
{% for name, value in row.configuration.items() %}<span class="pair">{{ name }} {{ value | value }}\
{% if not loop.last %},{% endif %}</span> {% endfor %}</td></tr>
{% endfor %}
"""
NUMBERS: list[JsonValue] = [0.0, -1.5, 1e-9, 1e300, float("inf"), float("nan"), 0, -7, 2**70]
OTHERS: list[JsonValue] = [True, False, None, "", "<b>", "a\0b", [1, "<i>", None], {"<u>": [2.5]}, "\ud800"]


def row(text: str, *, message: str | None, configuration: dict[str, JsonValue], number: float | None) -> TrialRow:
    noon = datetime(2026, 1, 1, tzinfo=UTC)
    seconds = 0.0 if number is None else abs(number)
    return TrialRow(3, 14, text, text, 5, text, message, number, configuration, None, 1.0, seconds, noon, noon)


def assert_as_by_template(rows: list[TrialRow]) -> None:
    expected = environment().from_string(TEMPLATE).render(rows=rows, base="/runs/a&b/trials")
    assert written(rows, "/runs/a&b/trials") == expected.rstrip("\n")


def test_hostile_texts_stand_in_every_cell_as_the_template_would_write_them() -> None:
    rows = [row(text, message=text, configuration={text: text}, number=None) for text in PAYLOADS]

    assert_as_by_template(rows)
    assert_payloads_are_text(written(rows, "/runs/a/trials"))


@pytest.mark.parametrize("value", [*NUMBERS, *OTHERS], ids=ascii)
def test_a_value_of_a_configuration_is_written_as_everywhere(value: JsonValue) -> None:
    assert_as_by_template([row("x", message=None, configuration={"a": value, "b": value}, number=0.5)])


@pytest.mark.parametrize("number", [None, 0.0, -0.0, 0.00009, 0.5, 99.99, 1e6, -123456.789, 5999.0, 1e300])
def test_numbers_are_written_as_everywhere(number: float | None) -> None:
    assert_as_by_template([row("x", message="", configuration={}, number=number)])


@pytest.mark.parametrize("length", [0, 1, 157, 160, 165, 166, 300])
@pytest.mark.parametrize("text", ["a", "word ", "<\0 "])
def test_a_long_message_is_cut_as_the_template_would(text: str, length: int) -> None:
    assert_as_by_template([row("x", message=(text * length)[:length], configuration={}, number=None)])


def test_no_rows_are_no_text() -> None:
    assert written([], "/runs/a/trials") == ""
