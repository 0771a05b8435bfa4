"""Other people's results as a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from example_store import write_example_run

from results.analysis.curves import incumbent_curves
from results.analysis.duplicates import is_repeated
from results.analysis.held_out import held_out
from results.analysis.leaderboard import leaderboard
from results.analysis.random_reference import random_references
from results.analysis.scores import task_scores
from results.errors import InvalidImport, PlaceTaken
from results.importing import Imported, ImportRequest, import_results
from results.reading import check_table
from results.records import STUDIES, TRIALS
from results.report import build_report
from results.sections.setup import section as setup
from results.store import Store, open_store

Row = Mapping[str, Any]
MINIMIZE = ImportRequest("minimize")


def rows_of(values: Sequence[Any], **changes: Any) -> list[dict[str, Any]]:
    """The trials of one study."""
    common = {"strategy": "mine", "task": "theirs", "seed": 0, **changes}
    return [{**common, "step": step, "value": value} for step, value in enumerate(values)]


def imported(
    folder: Path, rows: Sequence[Row], request: ImportRequest = MINIMIZE, *, ending: str = "csv"
) -> tuple[Imported, Store]:
    file = folder / f"theirs.{ending}"
    frame = pd.DataFrame(list(rows))
    if ending == "csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file)
    return (done := import_results(file, folder / "run", request)), open_store(done.path)


def refused(folder: Path, rows: Sequence[Row], request: ImportRequest = MINIMIZE) -> str:
    with pytest.raises(InvalidImport) as caught:
        imported(folder, rows, request)
    assert not (folder / "run").exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def values(store: Store) -> list[float]:
    (curves,) = incumbent_curves(store)
    goal = -1.0 if curves.goal == "maximize" else 1.0
    return [goal * loss for loss in curves.losses[0, 0]]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_columns_of_a_run_give_its_leaderboard_again(tmp_path: Path, ending: str) -> None:
    run = write_example_run(tmp_path / "original", tasks=("branin",), strategies=("random", "gp"))
    original = open_store(run)
    exported = original.trials[["strategy", "task", "seed", "trial", "value", "status", "seconds", "ask_seconds"]]
    columns = {"step": "trial", "own_seconds": "ask_seconds"}
    told = [
        {str(name): cell for name, cell in row.items()} | {"best_known": 0.0} for row in exported.to_dict("records")
    ]
    _, store = imported(tmp_path, told, ImportRequest("minimize", columns), ending=ending)

    expected = [
        replace(row, own_seconds=row.own_seconds * 2 / 3) for row in leaderboard(original)
    ]  # telling is left out
    assert leaderboard(store) == tuple(expected)


def test_what_is_stored_has_the_columns_of_the_schema(tmp_path: Path) -> None:
    done, store = imported(tmp_path, rows_of([3.0, 1.0]))

    check_table(done.path / "studies.parquet", STUDIES)
    check_table(done.path / "trials.parquet", TRIALS)
    assert store._columns(TRIALS.names).schema.equals(TRIALS, check_metadata=False)
    assert (done.studies, done.trials) == (1, 2)


def test_a_report_can_be_made_of_it_and_says_where_it_comes_from(tmp_path: Path) -> None:
    both = [*rows_of([3.0, 2.0], strategy="a", seed=0), *rows_of([2.5, 1.0], strategy="a", seed=1)]
    both += [{**row, "strategy": "random", "value": row["value"] + 0.5} for row in both]
    _, store = imported(tmp_path, both)
    found = setup(store)

    assert found is not None
    assert "was imported from theirs.csv" in str(found.items[0])
    assert {"verdict", "leaderboard", "best-so-far"} <= {section.id for section in build_report(store).sections}


def test_a_value_is_the_trials_own_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    _, store = imported(tmp_path, rows_of([3.0, 5.0, 1.0]))
    assert store.trials["value"].tolist() == [3.0, 5.0, 1.0]
    assert values(store) == [3.0, 3.0, 1.0]


def test_of_values_to_be_maximized_the_highest_is_best(tmp_path: Path) -> None:
    _, store = imported(tmp_path, rows_of([0.5, 0.3, 0.7]), ImportRequest("maximize"))
    assert values(store) == [0.5, 0.5, 0.7]
    assert store.trials["losses"].map(list).tolist() == [[-0.5], [-0.3], [-0.7]]


def test_a_curve_of_the_best_so_far_is_reproduced_with_its_gaps_filled(tmp_path: Path) -> None:
    rows = [row for row in rows_of([3.0, 3.0, 2.0, 2.0, 2.0, 1.0]) if row["step"] in {0, 2, 5}]
    done, store = imported(tmp_path, rows, ImportRequest("minimize", best_so_far=True))

    assert values(store) == [3.0, 3.0, 2.0, 2.0, 2.0, 1.0]
    assert done.notes == ("steps left out, taken as ones that found nothing better: 3",)


def test_only_steps_that_are_left_out_repeat_what_was_known(tmp_path: Path) -> None:
    rows = [{**row, "held_out": 9.0 if row["step"] == 0 else None} for row in rows_of([3.0, 3.0, 2.0])]
    _, store = imported(tmp_path, [rows[0], rows[2]], ImportRequest("minimize", best_so_far=True))
    assert store.trials["held_out"].tolist() == [{"held_out": 9.0}, {"held_out": 9.0}, {}]


def test_a_step_left_out_before_the_first_success_is_no_success(tmp_path: Path) -> None:
    rows = [row for row in rows_of([math.nan, 0, 2.0]) if row["step"] in {0, 2}]
    _, store = imported(tmp_path, rows, ImportRequest("minimize", best_so_far=True))

    assert store.trials["status"].tolist() == ["invalid", "invalid", "ok"]
    assert store.trials["value"].isna().tolist() == [True, True, False]


def test_of_accumulated_curves_only_first_trials_say_what_a_random_trial_is(tmp_path: Path) -> None:
    curves = [rows_of([start, 1.0, 0.5], strategy="random", seed=seed) for seed, start in enumerate((4.0, 6.0, 8.0))]
    rows = [row for curve in curves for row in curve]
    _, own = imported(tmp_path, rows)
    (tmp_path / "again").mkdir()
    _, accumulated = imported(tmp_path / "again", rows, ImportRequest("minimize", best_so_far=True))

    assert task_scores(accumulated)[0].zero == 6.0
    assert task_scores(own)[0].zero == 1.0
    assert random_references(accumulated)[0].draws == 0
    assert random_references(own)[0].draws == 9


def test_an_accumulated_value_that_gets_worse_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, rows_of([3.0, 2.0, 2.5]), ImportRequest("minimize", best_so_far=True))
    assert told.startswith("row 3: 2.5 is worse than 2 before it in mine on theirs, seed 0: ")


def test_steps_that_are_seconds_do_not_fill_the_memory(tmp_path: Path) -> None:
    rows = [{**row, "step": row["step"] * 10**9} for row in rows_of([3.0, 2.0])]
    told = refused(tmp_path, rows, ImportRequest("minimize", best_so_far=True))
    assert told == "steps leave out 999,999,999 of 1,000,000,001 trials"


def test_steps_may_count_from_one(tmp_path: Path) -> None:
    _, store = imported(tmp_path, [{**row, "step": row["step"] + 1} for row in rows_of([3.0, 1.0])])
    assert store.trials["trial"].tolist() == [0, 1]


def test_steps_that_begin_later_are_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, [{**row, "step": row["step"] + 10} for row in rows_of([3.0, 1.0])])
    assert told == "row 1: steps count from 0 or 1, and the lowest is 10"


def test_a_missing_step_is_refused_with_the_row_after_it(tmp_path: Path) -> None:
    rows = [row for row in rows_of([3.0, 2.0, 1.0, 0.0]) if row["step"] != 2]
    assert refused(tmp_path, rows).startswith("row 3: 1 step missing before it in mine on theirs, seed 0; ")


def test_a_trial_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, [*rows_of([3.0, 2.0]), rows_of([3.0, 2.0])[1]])
    assert told == "row 3 is of the same trial as row 2: mine on theirs, seed 0, step 1"


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    _, store = imported(tmp_path, rows_of([3.0, 2.0, 1.0])[::-1])
    assert store.trials["value"].tolist() == [3.0, 2.0, 1.0]


def test_a_value_that_is_not_finite_is_a_failed_trial(tmp_path: Path) -> None:
    done, store = imported(tmp_path, rows_of([3.0, math.nan, math.inf, 1.0]))

    assert store.trials["status"].tolist() == ["ok", "invalid", "invalid", "ok"]
    assert store.studies["failures"].tolist() == [2]
    assert values(store) == [3.0, 3.0, 3.0, 1.0]
    assert done.notes == ("trials that failed, with no finite value or another status than ok: 2",)


def test_the_value_of_a_trial_that_failed_by_its_status_is_not_read(tmp_path: Path) -> None:
    rows = [{**row, "status": status} for row, status in zip(rows_of([3.0, 0.0]), ("ok", "timeout"), strict=True)]
    _, store = imported(tmp_path, rows)

    assert store.trials["status"].tolist() == ["ok", "timeout"]
    assert values(store) == [3.0, 3.0]


def test_studies_of_unequal_length_keep_their_last_value_and_are_counted(tmp_path: Path) -> None:
    done, store = imported(tmp_path, [*rows_of([3.0, 2.0]), *rows_of([4.0, 3.0, 1.0], seed=1)])

    (curves,) = incumbent_curves(store)
    assert curves.losses[0].tolist() == [[3.0, 2.0, 2.0], [4.0, 3.0, 1.0]]
    assert store.studies["budget_trials"].tolist() == [3, 3]
    assert done.notes == ("studies shorter than the longest of their task, which keep their last value: 1",)


def test_columns_that_are_not_known_are_named(tmp_path: Path) -> None:
    done, _ = imported(tmp_path, [{**row, "lr": 0.1} for row in rows_of([1.0])])
    assert done.notes == ("columns that are not read: lr",)


def test_optional_columns_are_stored(tmp_path: Path) -> None:
    extra = {"configuration": '{"b": 1, "a": 2}', "held_out": 1.5, "seconds": 2.0, "own_seconds": 0.5, "best_known": 0}
    _, store = imported(tmp_path, [{**row, **extra} for row in rows_of([3.0])])
    trial, study = store.trials.iloc[0], store.studies.iloc[0]

    assert trial["configuration"] == '{"a":2,"b":1}'
    assert (trial["seconds"], trial["ask_seconds"], bool(trial["reports_cost"])) == (2.0, 0.5, True)
    assert trial["held_out"] == {"held_out": 1.5}
    assert dict(study["best_known"]) == {"value": 0.0}


def test_held_out_values_are_found_by_the_analysis(tmp_path: Path) -> None:
    _, store = imported(tmp_path, [{**row, "held_out": row["value"] + 1} for row in rows_of([3.0, 1.0])])
    (found,) = held_out(store)
    assert (found.validation, found.held_out) == (1.0, 2.0)


def test_trials_of_which_no_configuration_is_known_are_no_repetitions(tmp_path: Path) -> None:
    _, store = imported(tmp_path, rows_of([3.0, 1.0, 2.0]))
    assert not is_repeated(store).any()


def test_the_order_of_tasks_and_strategies_is_that_of_the_table(tmp_path: Path) -> None:
    rows = [row for name in ("z", "a") for task in ("y", "b") for row in rows_of([1.0], strategy=name, task=task)]
    _, store = imported(tmp_path, rows)
    assert (store.strategies, store.tasks) == (("z", "a"), ("y", "b"))


def test_two_tables_share_no_luck_and_drop_no_study(tmp_path: Path) -> None:
    for name, value in (("a", 1.0), ("b", 2.0)):
        (tmp_path / name).mkdir()
        imported(tmp_path / name, rows_of([value]))
    store = open_store(tmp_path / "a" / "run", tmp_path / "b" / "run")

    assert store.studies["seed"].tolist() == [0, 1]
    assert store.trials["value"].tolist() == [1.0, 2.0]


def test_the_same_table_gives_the_same_rows(tmp_path: Path) -> None:
    tables: list[pa.Table] = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _, store = imported(tmp_path / name, rows_of([1.0, 2.0]))
        tables.append(store._columns(TRIALS.names))
    assert tables[0].equals(tables[1])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"value": "low"}, "row 2: value 'low' is no number"),
        ({"seed": "1.5"}, "row 2: seed '1.5' is no whole number from 0"),
        ({"seed": -1}, "row 2: seed '-1' is no whole number from 0"),
        ({"step": ""}, "row 2: step '' is no whole number from 0"),
        ({"strategy": " "}, "row 2: strategy ' ' is empty"),
        ({"status": "broken"}, "row 2: status 'broken' is none of ok, error, timeout, memory, crash, invalid"),
        ({"status": "ok", "value": "nan"}, "row 2: value 'nan' is no finite number, and its status is ok"),
        ({"configuration": "[1]"}, "row 2: configuration '[1]' is no JSON object"),
        ({"seconds": -2}, "row 2: seconds '-2.0' is below 0"),
        ({"best_known": 7}, "best_known of task theirs is 0 in one row and 7 in another"),
    ],
)
def test_a_cell_that_is_wrong_is_told_with_its_row(tmp_path: Path, change: dict[str, Any], line: str) -> None:
    extra = {"status": "ok", "configuration": "{}", "seconds": 1, "best_known": 0}
    rows = [{**row, **extra} for row in rows_of([2.0, 1.0])]
    assert refused(tmp_path, [rows[0], rows[1] | change]) == line


def test_a_column_that_is_missing_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    told = refused(tmp_path, [{**row, "vaule": 1} for row in rows_of([1.0])], ImportRequest("minimize", {"step": "it"}))
    assert "has no column 'it'" in told
    assert told.endswith("it has: strategy, task, seed, step, value, vaule")


def test_a_column_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    rows = [{("vaule" if name == "value" else name): cell for name, cell in row.items()} for row in rows_of([1.0])]
    told = refused(tmp_path, rows)
    assert "has no column 'value'; did you mean 'vaule'? it has: " in told
    assert told.endswith("--columns value=NAME says which one it is")


def test_one_column_does_not_stand_for_two_things(tmp_path: Path) -> None:
    told = refused(tmp_path, rows_of([1.0]), ImportRequest("minimize", {"held_out": "value"}))
    assert told == "column 'value' cannot stand for two things"


def test_a_name_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(InvalidImport, match="no column is called 'loss' here; known: strategy, task, seed, step, "):
        ImportRequest("minimize", {"loss": "value"})


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("strategy,task,seed,step,value\n")
    with pytest.raises(InvalidImport, match="has no rows"):
        import_results(file, tmp_path / "run", MINIMIZE)


@pytest.mark.parametrize(("name", "content"), [("a.csv", b""), ("a.csv", b"\xff\xfe\x00"), ("a.parquet", b"nothing")])
def test_a_file_that_is_no_table_is_told_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidImport, match=r"a\.(csv|parquet) cannot be read as a table: ") as caught:
        import_results(tmp_path / name, tmp_path / "run", MINIMIZE)
    assert "\n" not in str(caught.value)


def test_a_file_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidImport, match=r"cannot read .*: No such file"):
        import_results(tmp_path / "nothing.csv", tmp_path / "run", MINIMIZE)


def test_a_folder_that_is_there_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(PlaceTaken, match="is there already"):
        imported(tmp_path, rows_of([1.0]))


def test_after_an_error_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("results.importing.write_text", fail)
    with pytest.raises(OSError, match="No space left"):
        imported(tmp_path, rows_of([1.0]))
    assert not (tmp_path / "run").exists()


def test_numbers_of_any_type_in_parquet_are_read(tmp_path: Path) -> None:
    frame = pd.DataFrame(rows_of([3.0, 1.0])).astype({"seed": np.uint8, "step": np.float32, "value": np.float32})
    frame.index = pd.Index([7, 9])
    frame.to_parquet(tmp_path / "a.parquet")
    store = open_store(import_results(tmp_path / "a.parquet", tmp_path / "run", MINIMIZE).path)
    assert values(store) == [3.0, 1.0]
