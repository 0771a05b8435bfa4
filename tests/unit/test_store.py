"""Opening one run or several, whole or damaged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from example_store import write_example_run

import results
from results.errors import CorruptStore, NoSuchRun, UnreadableVersion
from results.store import open_store


def test_labels_keep_the_order_of_the_plan(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", strategies=("tpe", "random"), tasks=("z", "b")))
    assert store.strategies == ("tpe", "random")
    assert store.tasks == ("z", "b")


def test_the_run_is_described_by_its_files(tmp_path: Path) -> None:
    (run,) = open_store(write_example_run(tmp_path / "a", name="nightly")).runs
    assert (run.name, run.state, run.workers, run.machine.cores) == ("nightly", "finished", 2, 2)
    assert run.suite_text == 'name = "nightly"\n'


def test_trials_have_maps_as_dicts_and_one_row_each(tmp_path: Path) -> None:
    trials = open_store(write_example_run(tmp_path / "a", failures=0.0)).trials
    assert len(trials) == 3 * 2 * 4 * 12
    assert trials["held_out"].iloc[0] == {"test": trials["values"].iloc[0]["score"] + 0.125}


def test_trials_of_a_task_are_only_its_own(tmp_path: Path) -> None:
    trials = open_store(write_example_run(tmp_path / "a")).trials_of("digits")
    assert set(trials["task"]) == {"digits"}
    assert len(trials) == 3 * 4 * 12


def test_outcomes_and_trials_are_the_same_rows(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a"))
    assert store.outcomes["status"].tolist() == store.trials["status"].tolist()
    assert store.studies["strategy"][store.outcomes["position"]].tolist() == store.trials["strategy"].tolist()
    first = [None if losses is None else losses[0] for losses in store.trials["losses"]]
    assert store.outcomes["loss"].astype(object).where(store.outcomes["loss"].notna(), None).tolist() == first


def test_an_empty_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(NoSuchRun, match="no run in"):
        open_store(tmp_path)


def test_no_path_at_all_is_no_run() -> None:
    with pytest.raises(NoSuchRun, match="no run named"):
        open_store()


@pytest.mark.parametrize("file", ["studies.parquet", "trials.parquet"])
def test_a_truncated_table_is_corrupt(tmp_path: Path, file: str) -> None:
    path = write_example_run(tmp_path / "a") / file
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CorruptStore, match=file):
        open_store(tmp_path / "a")


def test_a_flipped_byte_in_a_page_is_corrupt(tmp_path: Path) -> None:
    path = write_example_run(tmp_path / "a") / "trials.parquet"
    footer = pq.read_metadata(path).row_group(0)
    columns = {footer.column(number).path_in_schema: footer.column(number) for number in range(footer.num_columns)}
    column = columns["losses.list.element"]
    data = bytearray(path.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    data[start + column.total_compressed_size - 1] ^= 1
    path.write_bytes(bytes(data))
    store = open_store(tmp_path / "a")
    with pytest.raises(CorruptStore, match="damaged"):
        _ = store.outcomes


def test_a_missing_table_of_a_finished_run_is_corrupt(tmp_path: Path) -> None:
    (write_example_run(tmp_path / "a") / "trials.parquet").unlink()
    with pytest.raises(CorruptStore, match="missing"):
        open_store(tmp_path / "a")


def test_a_run_that_has_just_begun_is_empty(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "a", state="running")
    for file in ("studies.parquet", "trials.parquet"):
        (folder / file).unlink()
    store = open_store(folder)
    assert store.tasks == ()
    assert store.trials.empty
    assert store.outcomes.empty


def test_a_damaged_description_is_corrupt(tmp_path: Path) -> None:
    (write_example_run(tmp_path / "a") / "run.json").write_text('{"schema": "1.0"')
    with pytest.raises(CorruptStore, match=r"run\.json"):
        open_store(tmp_path / "a")


def test_a_newer_major_version_is_not_read(tmp_path: Path) -> None:
    file = write_example_run(tmp_path / "a") / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": "2.0"}))
    with pytest.raises(UnreadableVersion, match=r"2\.0"):
        open_store(tmp_path / "a")


def test_a_newer_minor_version_with_more_columns_is_read(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "a")
    for file in ("studies.parquet", "trials.parquet"):
        table = pq.read_table(folder / file)
        pq.write_table(table.append_column("later", table["seed"]), folder / file)
    assert len(open_store(folder).trials) == 3 * 2 * 4 * 12


def test_a_label_with_other_options_in_another_run_names_its_run(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", strategies=("tpe",))
    second = write_example_run(tmp_path / "b", name="b", strategies=("tpe",), options='{"startup":20}')
    store = open_store(first, second)
    assert store.strategies == ("tpe (a)", "tpe (b)")
    assert set(store.trials["strategy"]) == {"tpe (a)", "tpe (b)"}
    assert store.tasks == ("branin", "digits")


def test_a_task_with_another_space_in_another_run_names_its_run(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", tasks=("branin",))
    second = write_example_run(tmp_path / "b", name="b", tasks=("branin",))
    table = pq.read_table(second / "studies.parquet")
    place = table.schema.get_field_index("space")
    other = table.set_column(place, table.schema.field("space"), [["{}"] * table.num_rows])
    pq.write_table(other, second / "studies.parquet")
    assert open_store(first, second).tasks == ("branin (a)", "branin (b)")


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", strategies=("tpe",))
    second = write_example_run(tmp_path / "b", strategies=("tpe",), options='{"startup":20}')
    assert open_store(first, second).strategies == ("tpe (example)", "tpe (example #2)")


def test_runs_of_the_same_luck_are_paired_and_repeated_studies_counted_once(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", strategies=("random", "tpe"))
    second = write_example_run(tmp_path / "b", name="b", strategies=("random", "gp"))
    store = open_store(first, second)
    assert store.strategies == ("random", "tpe", "gp")
    assert set(store.studies["seed"]) == {0, 1, 2, 3}
    assert len(store.trials) == 3 * 2 * 4 * 12
    assert set(store.trials_of("branin").query("strategy == 'random'")["run"]) == {"a"}


@pytest.mark.parametrize("order", [("skipped", "measured"), ("measured", "skipped")])
def test_a_study_that_one_run_skipped_is_taken_from_the_run_that_did_not(
    order: tuple[str, str], tmp_path: Path
) -> None:
    write_example_run(tmp_path / "skipped", name="skipped", skipped=(("tpe", "branin"),))
    write_example_run(tmp_path / "measured", name="measured")
    store = open_store(*(tmp_path / name for name in order))
    assert set(store.studies["status"]) == {"finished"}
    assert set(store.trials_of("branin").query("strategy == 'tpe'")["run"]) == {"measured"}


def test_seeds_of_other_luck_are_counted_on(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", seeds=3)
    second = write_example_run(tmp_path / "b", name="b", seeds=2, seed=7)
    store = open_store(first, second)
    assert sorted(set(store.trials["seed"])) == [0, 1, 2, 3, 4]
    assert store.strategies == ("random", "tpe", "gp")


def test_reading_a_run_imports_nothing_heavy(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "a")
    code = f"""
import sys
from results import open_store
from results.analysis.verdict import verdict
assert len(verdict(open_store({str(folder)!r}))) == 3
print(sorted({{"ray", "torch", "optuna", "skopt", "altair", "tuner"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_offers_the_door_to_a_store() -> None:
    assert results.open_store is open_store
    with pytest.raises(AttributeError, match="open_shop"):
        _ = results.open_shop


@pytest.mark.parametrize("column", ["budget_trials", "parallelism"])
def test_a_task_with_another_budget_or_parallelism_in_another_run_names_its_run(tmp_path: Path, column: str) -> None:
    first = write_example_run(tmp_path / "a", name="a", tasks=("branin",))
    second = write_example_run(tmp_path / "b", name="b", tasks=("branin",))
    table = pq.read_table(second / "studies.parquet")
    place = table.schema.get_field_index(column)
    other = table.set_column(place, table.schema.field(column), [[24] * table.num_rows])
    pq.write_table(other, second / "studies.parquet")
    assert open_store(first, second).tasks == ("branin (a)", "branin (b)")
