"""Whatever a trial does, it costs one trial: real Ray workers, real hangs, exits and hoarding."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from results.records import DECISIONS
from tuner import Suite, run_suite
from tuner.plan import make_plan
from tuner.session import Where

if TYPE_CHECKING:
    from results.store import Store

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("private_ray")]

HERE = Path(__file__).parent
LIMIT_SECONDS = 2.0
EXPECTED = {
    "raise": ("error", "ValueError: two lines"),
    "exit": ("error", "SystemExit: 3"),
    "nan": ("invalid", "value = nan, not a finite number"),
    "infinity": ("invalid", "value = inf, not a finite number"),
    "keys": ("invalid", "no value for the objective 'value'; values: other"),
    "hang": ("timeout", "took longer than 2 s"),
    "stuck": ("timeout", "took longer than 2 s, and could not be interrupted"),
    "die": ("crash", "the process that ran the trial died"),
    "memory": ("memory", "MemoryError"),
}
SUITE = Suite(
    name="faults",
    seeds=(0, 1, 2),
    budget={"trials": 8},
    trial_seconds=LIMIT_SECONDS,
    trial_memory_mb=512,
    shard_size=6,
    strategies=["random", "sobol"],
    tasks=[{"name": "./faulty.py:Faulty"}],
)


@cache
def source(fault: str, folder: Path) -> Suite:
    """The suite, with a task file that misbehaves in this way for the data seed of seed index 1."""
    text = (HERE / "faulty_task.py").read_text(encoding="utf-8")
    path = folder / "faulty.py"
    path.write_text(text)
    suite = SUITE.changed(tasks=[{"name": f"{path}:Faulty"}])
    seed = next(s for s in make_plan(suite).studies if s.seed_index == 1).seed_for("data")
    path.write_text(text.replace('FAULT = "none"', f"FAULT = {fault!r}").replace("SEED = 0", f"SEED = {seed}"))
    return suite


def run(fault: str, folder: Path) -> Store:
    return run_suite(source(fault, folder), out=folder / "run", where=Where(workers=2))


@pytest.fixture(scope="module")
def undisturbed(private_ray: None, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return run("none", tmp_path_factory.mktemp("none")).trials


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_bad_trial_leaves_one_failure_a_study_and_every_other_trial_unchanged(
    fault: str, undisturbed: pd.DataFrame, tmp_path: Path
) -> None:
    store = run(fault, tmp_path)
    trials = store.trials
    bad = trials[trials["status"] != "ok"]
    status, message = EXPECTED[fault]

    assert list(zip(bad["strategy"], bad["seed"], bad["trial"], strict=True)) == [("random", 1, 3), ("sobol", 1, 3)]
    assert set(bad["status"]) == {status}
    assert set(bad["message"]) == {message}
    assert (store.studies["status"] == "finished").all()
    assert ((bad["finished"] - bad["started"]).dt.total_seconds() < LIMIT_SECONDS + 2).all()

    good = trials["status"] == "ok"
    columns = list(DECISIONS)
    pd.testing.assert_frame_equal(trials[good][columns], undisturbed[good][columns])
