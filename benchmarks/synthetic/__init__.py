"""Test functions with known optima: the classics of global optimisation, as tasks."""

from __future__ import annotations

from .fixed_dimension import Branin, Hartmann3, Hartmann6
from .function import SyntheticFunction
from .scalable import Ackley, Levy, Rastrigin, Rosenbrock, ScalableFunction, StyblinskiTang
from .two_objectives import ZDT1, ZDT2, TwoObjectives

__all__ = [
    "Ackley",
    "Branin",
    "Hartmann3",
    "Hartmann6",
    "Levy",
    "Rastrigin",
    "Rosenbrock",
    "ScalableFunction",
    "StyblinskiTang",
    "SyntheticFunction",
    "TwoObjectives",
    "ZDT1",
    "ZDT2",
]
