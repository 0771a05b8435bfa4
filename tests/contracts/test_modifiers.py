"""The laws of tasks, on modified tasks: each modifier over spaces of every kind, and all of them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from benchmarks.modifiers import Anonymous, Delayed, Discretised, Failing, Noisy, Permuted, Shifted
from benchmarks.synthetic import Branin
from tuner.task import Task
from tuner.testing.example_task import ExampleTask
from tuner.testing.modifier_laws import check_modifier
from tuner.testing.task_contract import TaskContract
from tuner.testing.task_laws import check_task

MODIFIERS: list[Callable[[Task], Task]] = [
    Anonymous,
    Delayed,
    Discretised,
    Failing,
    lambda task: Failing(task, region=True),
    Noisy,
    lambda task: Noisy(task, relative=True),
    Permuted,
    Shifted,
]


def all_seven(task: Task) -> Task:
    discretised = Discretised(Shifted(task), levels=9)
    return Delayed(Failing(Noisy(Anonymous(Permuted(discretised)))))


def all_seven_in_another_order(task: Task) -> Task:
    return Anonymous(Permuted(Noisy(Discretised(Failing(Delayed(Shifted(task)), region=True)))))


@pytest.mark.parametrize("modify", [*MODIFIERS, all_seven, all_seven_in_another_order])
def test_a_modified_test_function_keeps_every_law(modify: Callable[[Task], Task]) -> None:
    assert [verdict for verdict in check_task(modify(Branin())) if verdict.status == "broken"] == []


@pytest.mark.parametrize("modify", [*MODIFIERS, all_seven, all_seven_in_another_order])
def test_a_modified_example_keeps_every_law_whatever_it_offers(modify: Callable[[Task], Task]) -> None:
    assert [verdict for verdict in check_modifier(modify) if verdict.status == "broken"] == []


class TestModifiedConditionalTask(TaskContract):
    task: ClassVar[Task] = all_seven(ExampleTask("conditional"))
    trials = 8


class TestModifiedTaskOfTwoObjectives(TaskContract):
    task: ClassVar[Task] = all_seven(ExampleTask("two_objectives"))
    trials = 8
