"""The stored schema: one row for a study, one row for a trial."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

SCHEMA_VERSION = "1.2"
"""Major.minor. Within a major version columns are only added."""

_text = pa.dictionary(pa.int32(), pa.string())
_numbers = pa.map_(pa.string(), pa.float64())
_instant = pa.timestamp("us", tz="UTC")

OUTCOME_FIELDS = [
    pa.field("study", pa.int32(), nullable=False),
    pa.field("trial", pa.int64(), nullable=False),
    pa.field("configuration", pa.string(), nullable=False),
    pa.field("fidelity", pa.float64()),
    pa.field("resumed_from", pa.int64()),
    pa.field("trial_seed", pa.int64(), nullable=False),
    pa.field("data_seed", pa.int64(), nullable=False),
    pa.field("status", pa.string(), nullable=False),
    pa.field("message", pa.string()),
    pa.field("value", pa.float64()),
    pa.field("values", _numbers),
    pa.field("losses", pa.list_(pa.float64())),
    pa.field("held_out", _numbers),
    pa.field("extras", _numbers),
    pa.field("work", pa.float64(), nullable=False),
    pa.field("seconds", pa.float64(), nullable=False),
    pa.field("reports_cost", pa.bool_(), nullable=False),
    pa.field("started", _instant, nullable=False),
    pa.field("finished", _instant, nullable=False),
    pa.field("ask_seconds", pa.float64(), nullable=False),
    pa.field("tell_seconds", pa.float64(), nullable=False),
    pa.field("worker", pa.string(), nullable=False),
    pa.field("simulated_started", pa.float64()),
    pa.field("simulated_finished", pa.float64()),
    pa.field("known_results", pa.int64()),
]
"""What differs from trial to trial; this much of a row is in the journal."""

STUDY_KEY_FIELDS = [
    pa.field("run", _text, nullable=False),
    pa.field("suite", _text, nullable=False),
    pa.field("task", _text, nullable=False),
    pa.field("task_name", _text, nullable=False),
    pa.field("task_options", _text, nullable=False),
    pa.field("modifiers", _text, nullable=False),
    pa.field("strategy", _text, nullable=False),
    pa.field("strategy_name", _text, nullable=False),
    pa.field("strategy_options", _text, nullable=False),
    pa.field("strategy_version", _text, nullable=False),
    pa.field("seed", pa.int64(), nullable=False),
]
"""What a study's trials have in common."""

ADDED: Mapping[str, str | int | None] = {
    "modifiers": "[]",
    "simulated_started": None,
    "simulated_finished": None,
    "known_results": None,
    "clock": "wall",
    "starting_points": 0,
}
"""Columns that came after version 1.0, and what they hold in a table that lacks them."""

OUTCOMES = pa.schema(OUTCOME_FIELDS)
"""One row a trial, as journaled."""

TRIALS = pa.schema([*STUDY_KEY_FIELDS, *OUTCOME_FIELDS], metadata={"tuner.schema": SCHEMA_VERSION})
"""One row a trial, as sealed, in the order of study and trial:

run, suite            name of the run (its folder) and of the suite
task                  label of the task in the suite; task_name and task_options (canonical JSON) say what it is
modifiers             what changes the task: a canonical JSON list of tables with name and options, "[]" for nothing
strategy              label of the strategy in the suite; strategy_name, strategy_options (canonical JSON) likewise
strategy_version      distributions that do the strategy's thinking, with versions: "optuna 5.0.0"
seed                  seed index, from 0: paired across strategies
study, trial          number of the study in the run, and of the trial in the study, from 0
configuration         canonical JSON: the active parameters, keys sorted
fidelity              null where the highest was asked for or the task has none
resumed_from          trial that this one continues, or null
trial_seed, data_seed seeds of the trial's own luck and of the data split
status                ok, error, timeout, memory, crash or invalid
message               why it failed, or null
value                 first objective, as measured (not negated); null for a failure
values                all measured validation values; empty for a failure
losses                one a objective, lower is better; null for a failure
held_out              values on held-out data, which no strategy saw
extras                other numbers the task reports
work                  full evaluations: fidelity / highest fidelity
seconds               cost of the evaluation: as the task reports it, else as measured
reports_cost          whether the task itself reckoned the seconds; if not they were measured
started, finished     wall clock, UTC
ask_seconds           the strategy's own time for proposing it, and (tell_seconds) for learning of it; on a simulated
                      clock both are in ask_seconds
worker                host and process that evaluated it
simulated_started     seconds on the study's simulated clock, likewise simulated_finished; null on the wall's clock
known_results         how many results the strategy had been told of when it proposed the trial
"""

STUDIES = pa.schema(
    [
        pa.field("study", pa.int32(), nullable=False),
        *STUDY_KEY_FIELDS,
        pa.field("status", pa.string(), nullable=False),
        pa.field("message", pa.string()),
        pa.field("trials", pa.int64(), nullable=False),
        pa.field("failures", pa.int64(), nullable=False),
        pa.field("objectives", pa.list_(pa.string()), nullable=False),
        pa.field("goals", pa.list_(pa.string()), nullable=False),
        pa.field("best_known", _numbers),
        pa.field("space", pa.string(), nullable=False),
        pa.field("fidelity_name", pa.string()),
        pa.field("fidelity_high", pa.float64()),
        pa.field("budget_trials", pa.int64()),
        pa.field("budget_work", pa.float64()),
        pa.field("budget_seconds", pa.float64()),
        pa.field("parallelism", pa.int64(), nullable=False),
        pa.field("clock", pa.string()),
        pa.field("starting_points", pa.int64()),
    ],
    metadata={"tuner.schema": SCHEMA_VERSION},
)
"""One row a study:

status        finished, failed (the strategy broke its contract; message says how), skipped (not possible; message
              says why) or stopped (interrupted; the run can be resumed)
trials        number of trials stored; failures: how many of them failed
objectives    their names; goals: "minimize" or "maximize", in the same order
best_known    best known value of an objective, by its name; empty where none is known
space         the search space as JSON
parallelism   trials that ran at once
starting_points  how many of the first trials were given by the suite
clock         wall, or simulated: trials ended in the order that the costs reported by the task gave them
"""

DECISIONS = (
    *("task", "strategy", "seed", "study", "trial", "configuration", "fidelity", "resumed_from"),
    *("trial_seed", "data_seed", "status", "value", "values", "losses", "held_out", "work"),
    *("simulated_started", "simulated_finished", "known_results"),
)
"""The columns that a plan determines: equal on any number of workers, in any order, after any crash."""
