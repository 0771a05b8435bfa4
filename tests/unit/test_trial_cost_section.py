"""What the report says of assumed costs of a trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.errors import NothingToCompare
from results.importing import ImportRequest, import_results
from results.items import Note, Points, Text
from results.report import Section
from results.sections import trial_cost
from results.store import open_store

LOSSES = {"random": [4.0, 3.0, 2.0, 2.0], "gp": [4.0, 1.0, 0.0, 0.0]}
OWN = {"random": 0.0, "gp": 10.0}


def section_of(folder: Path, own: dict[str, float] = OWN, **changes: Any) -> Section:
    made = {"strategies": tuple(own), "tasks": ("branin",), "seeds": 2, "trials": 4, "failures": 0.0}
    run = change_rows(
        write_example_run(folder / "run", **(made | changes)),
        trial=lambda row: {
            "losses": row["losses"] and [LOSSES[row["strategy"]][row["trial"]]],
            "ask_seconds": own[row["strategy"]],
            "tell_seconds": 0.0,
        },
    )
    return built(run)


def built(run: Path) -> Section:
    section = trial_cost.section(open_store(run))
    assert section is not None
    return section


def imported(folder: Path, own: str) -> Path:
    """A run made of a table in which every trial took the strategy so many seconds of its own."""
    rows = [(name, seed, step) for name in ("random", "gp") for seed in range(2) for step in range(3)]
    lines = [f"{name},t,{seed},{step},{3 - step},{own}" for name, seed, step in rows]
    (folder / "theirs.csv").write_text("\n".join(["strategy,task,seed,step,value,own_seconds", *lines]) + "\n")
    return import_results(folder / "theirs.csv", folder / "run", ImportRequest("minimize")).path


def texts(section: Section) -> str:
    return " ".join(item.text for item in section.items if isinstance(item, Text | Note))


def points(section: Section) -> tuple[str, ...]:
    (found,) = (item for item in section.items if isinstance(item, Points))
    return found.texts


def test_the_leader_at_each_cost_is_named_and_marked(tmp_path: Path) -> None:
    section = section_of(tmp_path)
    assert "In the lead would be: random at 1 s; gp at 1 min and 1 h." in texts(section)
    marks = {row[0]: row[5] for row in section.tables[0].rows}
    assert marks == {"random": "1 s", "gp": "1 min, 1 h"}


def test_one_leader_at_every_cost_is_said_to_be_one(tmp_path: Path) -> None:
    assert "gp would lead at each of these costs" in texts(section_of(tmp_path, own={"random": 0.0, "gp": 0.0}))


def test_a_sentence_a_cost_tells_the_gap_and_its_interval(tmp_path: Path) -> None:
    assert points(section_of(tmp_path))[1] == (
        "1 min: gp leads with 1.000; the next, random, has 0.200, 0.800 less "
        "(95% interval 0.800 to 0.800 over the choice of seeds)."
    )


def test_a_strategy_without_a_success_by_then_has_no_score(tmp_path: Path) -> None:
    section = section_of(tmp_path)
    assert points(section)[0] == "1 s: random leads with 0.200; no other strategy would have a score."
    (score,) = (row[2] for row in section.tables[0].rows if row[0] == "gp")
    assert np.isnan(float(str(score)))


def test_with_one_seed_the_sentence_says_that_luck_is_unknown(tmp_path: Path) -> None:
    assert points(section_of(tmp_path, seeds=1))[1].endswith("; with one seed nothing tells how much of that is luck.")


def test_strategies_that_tie_share_the_lead(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "alike", strategies=("random", "gp"), tasks=("branin",), failures=0.0)
    change_rows(run, trial=lambda row: {"losses": [1.0 / (1 + row["trial"])]})
    assert points(built(run))[0].startswith("1 s: random and gp share the lead with ")


def test_the_section_says_that_it_rests_on_measured_times(tmp_path: Path) -> None:
    notes = [item.text for item in section_of(tmp_path).items if isinstance(item, Note)]
    assert "measured" in notes[0]
    assert "not determined by the suite" in notes[0]


def test_a_strategy_that_ran_on_fewer_tasks_neither_leads_nor_is_compared(tmp_path: Path) -> None:
    section = section_of(
        tmp_path, own={"random": 0.0, "gp": 0.0}, tasks=("branin", "digits"), skipped=[("gp", "digits")]
    )
    assert "Ran on fewer tasks, so not compared: gp." in texts(section)
    assert {row[0]: row[5] for row in section.tables[0].rows} == {"random": "1 s, 1 min, 1 h", "gp": None}


def test_a_strategy_on_another_task_is_not_the_next_one(tmp_path: Path) -> None:
    section = section_of(
        tmp_path,
        own={"random": 0.0, "gp": 0.0},
        tasks=("branin", "digits"),
        skipped=[("gp", "digits"), ("random", "branin")],
    )
    assert "Ran on other tasks, so not compared: random." in texts(section)
    assert points(section)[0] == "1 s: gp has 1.000; there is no other strategy to compare it with."


def test_an_imported_table_without_times_has_no_such_section(tmp_path: Path) -> None:
    assert trial_cost.section(open_store(imported(tmp_path, own=""))) is None


def test_times_of_an_imported_table_are_not_said_to_be_measured_by_the_run(tmp_path: Path) -> None:
    told = texts(built(imported(tmp_path, own="0.5")))
    assert "what the imported tables tell" in told
    assert "measured" not in told


def test_one_strategy_alone_has_no_such_section(tmp_path: Path) -> None:
    assert trial_cost.section(open_store(write_example_run(tmp_path / "run", strategies=("random",)))) is None


def test_without_a_success_no_strategy_wins(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="no trial succeeded"):
        section_of(tmp_path, failures=1.0)


def test_on_the_simulated_clock_it_says_how_costs_are_scaled(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run")
    assert "simulated" not in texts(built(run))
    change_rows(run, study=lambda row: {"clock": "simulated"})
    change_rows(run, trial=lambda row: {"simulated_started": row["trial"], "simulated_finished": row["trial"] + 1.0})
    assert "reported costs are scaled" in texts(built(run))
