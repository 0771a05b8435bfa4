"""Compare two strategies on two tasks from Python, and print who leads."""

from pathlib import Path
from tempfile import TemporaryDirectory

import tuner
from results import build_report, open_store

suite = tuner.Suite(
    name="two-on-two",
    seeds=4,
    budget={"trials": 15},
    tasks=["branin", "hartmann3"],
    strategies=["random", {"name": "tpe", "options": {"n_startup_trials": 5}}],
)

with TemporaryDirectory() as folder:
    store = tuner.run_suite(suite, out=Path(folder) / "run", where=tuner.Where(in_process=True))
    best = store.trials.groupby(["task", "strategy", "seed"], observed=True)["value"].min()
    print(best.groupby(["task", "strategy"], observed=True).median())

    report = build_report(open_store(Path(folder) / "run"))
    print([section.id for section in report.sections])
