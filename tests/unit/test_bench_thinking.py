"""The benchmark of how long strategies think."""

from __future__ import annotations

import math

import pytest

from bench import thinking
from bench.thinking import FIELDS, measure


@pytest.mark.parametrize("strategy", ["random", "asha", "tpe"])
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_thinking_takes_some_processor_time(strategy: str, field: thinking.Field) -> None:
    assert 0 < measure(strategy, field, size=5, repeats=2) < 5


def test_a_strategy_that_refuses_the_space_has_no_figure() -> None:
    assert thinking._row("cmaes", FIELDS[1])[1:] == ["-"] * len(thinking.SIZES)


def test_larger_sizes_are_left_out_once_a_strategy_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinking, "measure", lambda _name, _field, size: size / 10)
    row = thinking._row("slow", FIELDS[0])
    assert row == ["slow", "1000.00", "5000.00", "10000.00", "20000.00", "-"]


def test_a_strategy_that_has_ended_has_no_time() -> None:
    assert math.isnan(measure("default", FIELDS[0], size=5))
