"""How numbers and lists are put into sentences."""

from __future__ import annotations

import pytest

from results.wording import counted, decimal, listed, p_value


def test_one_is_counted_in_the_singular() -> None:
    assert [counted(number, "task") for number in (0, 1, 2)] == ["0 tasks", "1 task", "2 tasks"]


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_the_last_of_a_list_comes_after_and(items: list[str], text: str) -> None:
    assert listed(items) == text


def test_a_negative_number_has_a_minus_and_no_hyphen() -> None:
    assert decimal(-0.5, 2) == "\u22120.50"


def test_a_very_small_p_value_is_only_bounded() -> None:
    assert [p_value(0.0004), p_value(0.001)] == ["p < 0.001", "p = 0.001"]
