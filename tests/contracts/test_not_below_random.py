"""On no shipped task does a Bayesian strategy end significantly below random search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import wilcoxon

from results.analysis.curves import incumbent_curves
from results.analysis.significance import holm
from tuner import Suite, run_suite
from tuner.registry import entry_points
from tuner.session import Where

pytestmark = [pytest.mark.slow, pytest.mark.ray]

BAYESIAN = ("tpe", "gp", "optuna-gp", "skopt-gp", "skopt-forest")
SEEDS = 8
TRIALS = 15
SHORTER = {"bn-relu-net": {"epochs": 9}, "focal-loss": {"epochs": 9}}


def test_no_bayesian_strategy_ends_significantly_below_random(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [name for name in entry_points("task") if name != "remote-task"]
    tasks = [{"name": name, "label": name, "options": SHORTER.get(name, {})} for name in names]
    suite = Suite(
        name="against-random",
        seeds=SEEDS,
        budget={"trials": TRIALS},
        shard_size=5,
        strategies=["random", *BAYESIAN],
        tasks=tasks,
    )
    store = run_suite(suite, out=tmp_path / "run", where=Where())
    assert (store.studies["status"] == "finished").all()

    rows = []
    adjusted: list[float] = []
    for curves in incumbent_curves(store):
        final = dict(zip(curves.strategies, curves.losses[:, :, -1], strict=True))
        for strategy in BAYESIAN:
            gap = final[strategy] - final["random"]
            p_value = wilcoxon(gap, alternative="greater", zero_method="zsplit").pvalue if np.any(gap) else 1.0
            rows.append((curves.task, strategy, float(np.median(gap)), float(p_value)))
        adjusted.extend(holm(np.array([row[3] for row in rows[-len(BAYESIAN) :]])).tolist())
    with capsys.disabled():
        print("\n| task | strategy | median gap to random, negative is better | p of worse | Holm |")
        for (task, strategy, gap, p_value), p_holm in zip(rows, adjusted, strict=True):
            print(f"| {task} | {strategy} | {gap:.4g} | {p_value:.3f} | {p_holm:.3f} |")
    assert len(rows) == len(tasks) * len(BAYESIAN)
    assert min(adjusted) > 0.05
