"""`tuner verify`: a sound run keeps every law, and each kind of damage is found by the law that is about it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tables_under_test import CURVE_ROWS, CURVES, write
from typer.testing import CliRunner

from results.journal import Journal, Wave
from results.records import OUTCOMES, STUDIES, TRIALS
from results.sealing import read_table, write_table
from tuner.cli.main import app
from tuner.errors import InvalidSuite
from tuner.session import Where, resume_run, run_suite
from tuner.suite import parse_suite
from tuner.testing.verdict import Verdict
from tuner.verification import LAWS, verify_run

Row = dict[str, Any]

SUITE = """
name = "small"
seeds = 2
budget = { trials = 4 }
strategies = ["random", "sobol", "grid"]
tasks = ["branin"]
"""
THREADED = """
from tuner import Proposal, SearchStrategy
import os

class Threaded(SearchStrategy):
    def ask(self, count):
        return [Proposal(self.space.from_unit([1 / int(os.environ["OMP_NUM_THREADS"]), 0.5]))]
"""
FORGETFUL = """
from tuner import Proposal, SearchStrategy
import time

class Forgetful(SearchStrategy):
    def ask(self, count):
        return [Proposal(self.space.from_unit([time.time() % 1, 0.5]))]
"""

JOURNAL = "the journal's blocks are whole"
PAGES = "every page of the tables matches its checksum"
COUNTS = "the studies say how many trials are stored"
IDS = "the trials of a study are numbered from 0, none twice"
PLAN = "the studies are those that the suite plans"
SEEDS = "every seed is the one that the suite gives"
CONFIGURATIONS = "every configuration lies in its space"
LOSSES = "every loss follows from the measured value and the goal"
TASKS = "the tasks' contents are those that were run"
FILES = "the suite and the plug-ins' sources are those that were run"
REPLAY = "every strategy proposes the same again"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "small"
    run_suite(parse_suite(SUITE), out=path, where=Where(in_process=True))
    return path


@pytest.fixture
def run(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "small"))


def broken(path: Path, *, is_replayed: bool = False) -> dict[str, str]:
    return {v.law: v.message for v in verify_run(path, is_replayed=is_replayed) if v.status == "broken"}


def change_trials(path: Path, change: Callable[[list[Row]], object]) -> None:
    rows = read_table(path / "trials.parquet").to_pylist(maps_as_pydicts="strict")
    change(rows)
    listed = [{**row, **{name: list(row[name].items()) for name in ("values", "held_out", "extras")}} for row in rows]
    write_table(type(read_table(path / "trials.parquet")).from_pylist(listed, schema=TRIALS), path / "trials.parquet")


def set_first(**fields: object) -> Callable[[list[Row]], object]:
    return lambda rows: rows[0].update(fields)


def test_a_sound_run_breaks_no_law(run: Path) -> None:
    verdicts = verify_run(run, is_replayed=True)

    assert [verdict.law for verdict in verdicts] == list(LAWS)
    assert [v for v in verdicts if v.status == "broken"] == []
    assert [v for v in verdicts if v.status == "skipped"] == [
        Verdict(JOURNAL, "skipped", "there is no journal: the tables hold all of it")
    ]


def test_strategies_are_asked_again_only_where_that_is_wanted(run: Path) -> None:
    assert REPLAY not in {verdict.law for verdict in verify_run(run)}


def test_verifying_changes_nothing_on_disk(run: Path) -> None:
    before = {file: file.read_bytes() for file in run.rglob("*") if file.is_file()}
    verify_run(run, is_replayed=True)

    assert {file: file.read_bytes() for file in run.rglob("*") if file.is_file()} == before


def test_a_flipped_bit_in_a_page_is_found(run: Path) -> None:
    file = run / "trials.parquet"
    content = bytearray(file.read_bytes())
    content[200] ^= 1
    file.write_bytes(content)

    assert PAGES in broken(run)


@pytest.mark.parametrize(
    ("change", "law", "text"),
    [
        (lambda rows: rows.pop(), COUNTS, "says 4 trials, but 3 are stored"),
        (set_first(status="error"), COUNTS, "says 0 failures, but 1 are stored"),
        (set_first(trial=1), IDS, "trial 1 stands where trial 0 belongs"),
        (set_first(trial_seed=7), SEEDS, "study 0, trial 0: trial_seed is 7"),
        (set_first(data_seed=7), SEEDS, "study 0, trial 0: data_seed is 7"),
        (set_first(configuration='{"x1":99.0,"x2":1.0}'), CONFIGURATIONS, "x1 = 99.0 is not a number in [-5, 10]"),
        (set_first(configuration='{"x1":1.0}'), CONFIGURATIONS, "'x2' is active but has no value"),
        (set_first(configuration="{"), CONFIGURATIONS, "study 0, trial 0"),
        (set_first(losses=[-1.0]), LOSSES, "losses [-1.0]"),
        (set_first(value=-1.0), LOSSES, "value -1.0"),
        (set_first(study=99), COUNTS, "belongs to study 99, which does not exist"),
    ],
)
def test_a_changed_trial_is_found(run: Path, change: Callable[[list[Row]], object], law: str, text: str) -> None:
    change_trials(run, change)

    assert text in broken(run).get(law, "")


def test_a_changed_label_of_a_study_is_found(run: Path) -> None:
    rows = read_table(run / "studies.parquet").to_pylist()
    rows[0]["strategy"] = "sobol"
    write_table(type(read_table(run / "studies.parquet")).from_pylist(rows, schema=STUDIES), run / "studies.parquet")

    assert "study 0: strategy is 'sobol', the suite says 'random'" in broken(run)[PLAN]


def test_a_changed_suite_is_found(run: Path) -> None:
    file = run / "suite.toml"
    file.write_text("seed = 1\n" + file.read_text())

    found = broken(run)
    assert "suite.toml has been changed" in found[FILES]
    assert SEEDS in found


def test_changed_source_of_a_plugin_is_found(run: Path) -> None:
    file = run / "plugins.json"
    references = json.loads(file.read_text())
    references[0]["source"] = "import os"
    file.write_text(json.dumps(references))

    assert "has been changed since the run was made" in broken(run)[FILES]


def test_a_missing_table_of_a_finished_run_is_found(run: Path) -> None:
    (run / "trials.parquet").unlink()

    assert "trials.parquet is missing" in broken(run)[PAGES]


def test_tables_that_a_killed_run_does_not_have_yet_are_no_damage(run: Path) -> None:
    for name in ("trials.parquet", "studies.parquet"):
        (run / name).unlink()
    info = run / "run.json"
    info.write_text(info.read_text().replace('"finished",', '"running",'))

    verdicts = {verdict.law: verdict.status for verdict in verify_run(run)}
    assert verdicts[PAGES] == verdicts[COUNTS] == "skipped"
    assert "broken" not in verdicts.values()


def test_a_damaged_journal_is_found(run: Path) -> None:
    outcomes = read_table(run / "trials.parquet").select(OUTCOMES.names).combine_chunks()
    journal = Journal(run / "journal")
    journal.append([Wave(0, number, outcomes.to_batches()[0]).encode() for number in range(2)])
    journal.close()
    assert JOURNAL not in broken(run)

    content = bytearray(journal.path.read_bytes())
    content[100] ^= 1
    journal.path.write_bytes(content)
    assert "is damaged at byte" in broken(run)[JOURNAL]


def test_a_proposal_that_the_strategy_would_not_make_is_found_by_asking_again(run: Path) -> None:
    change_trials(run, set_first(configuration='{"x1":1.0,"x2":1.0}'))

    assert "study 0 (random on branin): the strategy is not deterministic" in broken(run, is_replayed=True)[REPLAY]


def test_trials_after_the_end_of_a_grid_are_found_by_asking_again(run: Path) -> None:
    def add_one(rows: list[Row]) -> None:
        rows.append({**rows[-1], "trial": rows[-1]["trial"] + 1})

    change_trials(run, add_one)

    assert "proposed" in broken(run, is_replayed=True)[REPLAY]


def test_other_versions_are_named_where_a_strategy_proposes_something_else(run: Path) -> None:
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**info, "versions": {**info["versions"], "numpy": "0.1"}}))
    assert REPLAY not in broken(run, is_replayed=True)

    change_trials(run, set_first(configuration='{"x1":1.0,"x2":1.0}'))
    assert "; it was run with other versions: numpy 0.1 -> " in broken(run, is_replayed=True)[REPLAY]


def test_strategies_are_asked_again_with_one_thread_as_when_they_were_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "threaded.py").write_text(THREADED)
    strategies = f'strategies = ["{tmp_path}/threaded.py:Threaded"]'
    text = SUITE.replace('strategies = ["random", "sobol", "grid"]', strategies)
    run_suite(parse_suite(text), out=tmp_path / "run", where=Where(in_process=True))
    monkeypatch.setenv("OMP_NUM_THREADS", "4")

    assert broken(tmp_path / "run", is_replayed=True) == {}


def test_a_study_that_failed_is_not_asked_again(tmp_path: Path) -> None:
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    text = SUITE.replace('"random", "sobol", "grid"', f'"{tmp_path}/forgetful.py:Forgetful"').replace(
        "seeds = 2", "seeds = 1"
    )
    store = run_suite(parse_suite(text), out=tmp_path / "run", where=Where(in_process=True))

    assert list(store.studies["status"]) == ["failed"]
    assert broken(tmp_path / "run", is_replayed=True) == {}


def test_a_resumed_run_still_keeps_every_law(run: Path) -> None:
    resume_run(run, where=Where(in_process=True))

    assert broken(run, is_replayed=True) == {}


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidSuite, match="is no run"):
        verify_run(tmp_path)


def test_the_command_ends_with_1_where_a_law_is_broken(run: Path) -> None:
    sound = CliRunner().invoke(app, ["verify", str(run), "--replay"])
    change_trials(run, set_first(trial_seed=7))
    damaged = CliRunner().invoke(app, ["verify", str(run)])

    assert sound.exit_code == 0
    assert sound.stdout.splitlines()[-1] == f"{run}: 11 kept, 0 broken, 1 skipped"
    assert damaged.exit_code == 1
    assert f"✗ {SEEDS}" in damaged.stdout


@pytest.fixture(scope="module")
def continued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("continued") / "run"
    suite = parse_suite(
        'name = "continued"\nseeds = 1\nbudget = { trials = 30 }\nclock = "simulated"\nworkers = 2\nexhibits = false\n'
        'strategies = ["asha"]\ntasks = [{ name = "table", options = { path = "bn-relu-net-curves" } }]\n'
    )
    store = run_suite(suite, out=path, where=Where(in_process=True))
    assert store.trials["resumed_from"].notna().any()
    return path


def test_trials_that_continue_others_have_their_seeds(continued: Path) -> None:
    assert broken(continued, is_replayed=True) == {}


def test_a_changed_seed_of_a_trial_that_continues_another_one_is_found(continued: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(continued, tmp_path / "run"))

    def change_last(rows: list[Row]) -> None:
        last = [row for row in rows if row["resumed_from"] is not None][-1]
        last["trial_seed"] += 1

    change_trials(path, change_last)

    assert "trial_seed is" in broken(path)[SEEDS]


def run_on_table(folder: Path, *tasks: str) -> tuple[Path, Path]:
    """A run on a table and on other tasks, and the table."""
    table = write(folder / "small", CURVES, CURVE_ROWS)
    named = f'{{ name = "benchmarks.recorded:RecordedTable", label = "small", options = {{ path = "{table}" }} }}'
    text = SUITE.replace('["branin"]', f"[{', '.join([named, *tasks])}]")
    run_suite(parse_suite(text), out=folder / "run", where=Where(in_process=True))
    return folder / "run", table


def test_a_table_that_has_changed_since_is_named_and_no_strategy_blamed(tmp_path: Path) -> None:
    path, table = run_on_table(tmp_path)
    assert broken(path, is_replayed=True) == {}
    write(table.parent, CURVES, [{**row, "error": row["error"] + 1} for row in CURVE_ROWS])

    told = f"the content of task 'small' (path = {table}) has changed since the run was made"
    assert broken(path, is_replayed=True) == {TASKS: f"{told}: restore it to verify its studies"}
    skipped = {v.law: v.message for v in verify_run(path, is_replayed=True) if v.status == "skipped"}
    reason = f"not judged where the content of the task has changed: task 'small' (path = {table})"
    assert (skipped[SEEDS], skipped[REPLAY]) == (reason, reason)


def test_a_table_whose_space_has_changed_since_is_named_alone(tmp_path: Path) -> None:
    path, table = run_on_table(tmp_path)
    depth = {"kind": "Integer", "low": 0, "high": 3}
    write(table.parent, {**CURVES, "parameters": {**CURVES["parameters"], "depth": depth}}, CURVE_ROWS)

    assert list(broken(path, is_replayed=True)) == [TASKS]


def test_strategies_are_still_judged_on_the_tasks_that_have_not_changed(tmp_path: Path) -> None:
    path, table = run_on_table(tmp_path, '"branin"')
    write(table.parent, CURVES, CURVE_ROWS[3:])

    def change_last(rows: list[Row]) -> None:
        rows[-1].update(configuration='{"x1":1.0,"x2":1.0}', trial_seed=7)

    change_trials(path, change_last)

    found = broken(path, is_replayed=True)
    assert set(found) == {TASKS, SEEDS, REPLAY}
    assert "on branin): the strategy is not deterministic" in found[REPLAY]
    assert "trial_seed is 7" in found[SEEDS]
