"""A strategy proposes the same in every process, whatever the hashes of texts are there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tuner.registry import entry_points

PROGRAM = Path(__file__).parents[1] / "proposing.py"
LONG = ["ax", "bayes-opt", "optuna-gp"]
ELSEWHERE = ["optuna-auto", "program", "remote"]
"""They need a download, a program, or a service."""
QUICK = [name for name in entry_points("strategy") if name not in {*LONG, *ELSEWHERE}]


@pytest.mark.parametrize("names", [QUICK, pytest.param(LONG, marks=pytest.mark.slow)], ids=["quick", "long"])
def test_it_proposes_the_same_in_processes_with_other_hashes(names: Sequence[str]) -> None:
    with ThreadPoolExecutor(2) as side_by_side:
        first, second = side_by_side.map(partial(proposals, names), ("1", "2"))

    assert [line.split()[0] for line in first] == list(names)
    assert first == second


def proposals(names: Sequence[str], hash_seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, str(PROGRAM), *names]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
