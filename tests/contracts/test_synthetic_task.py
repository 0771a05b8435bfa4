"""The laws of tasks, on the test functions."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.synthetic import (
    ZDT1,
    ZDT2,
    Ackley,
    Branin,
    Hartmann3,
    Hartmann6,
    Levy,
    Rastrigin,
    Rosenbrock,
    StyblinskiTang,
)
from tuner.task import Task
from tuner.testing.task_contract import TaskContract


class TestAckley(TaskContract):
    task: ClassVar[type[Task]] = Ackley


class TestBranin(TaskContract):
    task: ClassVar[type[Task]] = Branin


class TestNoisyBranin(TaskContract):
    task: ClassVar[Task] = Branin(noise=0.5)


class TestHartmann3(TaskContract):
    task: ClassVar[type[Task]] = Hartmann3


class TestHartmann6(TaskContract):
    task: ClassVar[type[Task]] = Hartmann6


class TestLevy(TaskContract):
    task: ClassVar[type[Task]] = Levy


class TestRastrigin(TaskContract):
    task: ClassVar[type[Task]] = Rastrigin


class TestRosenbrock(TaskContract):
    task: ClassVar[type[Task]] = Rosenbrock


class TestLargeNoisyRosenbrock(TaskContract):
    task: ClassVar[Task] = Rosenbrock(dimension=40, noise=10.0)


class TestStyblinskiTang(TaskContract):
    task: ClassVar[type[Task]] = StyblinskiTang


class TestZDT1(TaskContract):
    task: ClassVar[type[Task]] = ZDT1


class TestZDT2(TaskContract):
    task: ClassVar[type[Task]] = ZDT2
