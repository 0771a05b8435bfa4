"""Learning curves of lcdb as tables: which learner, at which size of the training data."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from tables_under_test import trial

from benchmarks.recorded import RecordedTable, conversion
from benchmarks.recorded.lcdb_curves import DATA_SETS, PACKAGE, convert
from results.table_file import open_table_file
from tuner.errors import InvalidOption, MissingExtra
from tuner.testing.task_laws import check_task

COLUMNS = (
    *("openmlid", "learner", "size_train", "size_test", "outer_seed", "inner_seed"),
    *("traintime", "score_train", "score_valid", "score_test"),
)
SIZES = (16, 23, 32)
NAMES = ("SVC_linear", "sklearn.naive_bayes.BernoulliNB", "sklearn.tree.DecisionTreeClassifier")
CUT = {("sklearn.naive_bayes.BernoulliNB", "0", 32), ("SVC_linear", "1", 16), ("SVC_linear", "1", 23)}
"""What is missing of data set 3: a size of every split of one learner, two sizes of one split of another."""


def lines() -> Iterator[str]:
    """A file as the package has it: two data sets, three learners, two outer and two inner seeds."""
    yield ",".join(COLUMNS)
    places = itertools.product((3, 44), range(3), SIZES, "01", "01")
    for number, (data_set, learner, size, outer, inner) in enumerate(places):
        name = NAMES[learner]
        if data_set == 3 and ((name, outer, size) in CUT or (name == NAMES[1] and size == 32)):
            continue
        score = 0.5 + number / 1000
        yield f"{data_set},{name},{size},461,{outer},{inner},{size / 1000 * (learner + 1)},1.0,{score},{score / 2}"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "database-accuracy.csv").write_text("\n".join(lines()) + "\n")
    return tmp_path


def table(package: Path, data_set: str) -> RecordedTable:
    return RecordedTable(path=str(convert(data_set, package / "cache", package)))


def recorded(package: Path, data_set: int, learner: str, size: int) -> list[dict[str, str]]:
    """The lines of a learner at a size, one a split."""
    with (package / "database-accuracy.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [r for r in rows if (r["openmlid"], r["learner"], r["size_train"]) == (str(data_set), learner, str(size))]


def test_a_learner_at_a_size_measures_what_a_line_says(package: Path) -> None:
    task = table(package, "44")
    for (name, short), size in itertools.product(
        zip(NAMES, ("SVC_linear", "BernoulliNB", "DecisionTreeClassifier"), strict=True), SIZES
    ):
        rows = recorded(package, 44, name, size)
        for seed, row in enumerate(rows):
            found = task.evaluate(trial({"learner": short}, float(size), seed))
            assert found.values["error"] == pytest.approx(1 - float(row["score_valid"]))
            assert found.held_out["error"] == pytest.approx(1 - float(row["score_test"]))
            assert found.seconds == pytest.approx(float(row["traintime"]))
        assert len(rows) == 4


def test_the_fidelity_is_the_number_of_training_rows(package: Path) -> None:
    fidelity = table(package, "44").problem.fidelity
    assert fidelity is not None
    assert (fidelity.name, fidelity.low, fidelity.high) == ("training_rows", 16, 32)


def test_a_learner_that_lacks_a_size_is_left_out_and_said_to_be(package: Path) -> None:
    task = table(package, "3")
    assert task.problem.space.to_json().count("BernoulliNB") == 0
    assert len(task._evaluations.configurations) == 2
    told = open_table_file(package / "cache" / "3.toml").description.description
    assert told.endswith("; without BernoulliNB, which no split has at every size")


def test_a_split_that_lacks_a_size_is_never_chosen(package: Path) -> None:
    task = table(package, "3")
    rows = [row for row in recorded(package, 3, "SVC_linear", 32) if row["outer_seed"] == "0"]
    found = {task.evaluate(trial({"learner": "SVC_linear"}, 32.0, seed)).values["error"] for seed in range(20)}
    assert sorted(found) == pytest.approx(sorted(1 - float(row["score_valid"]) for row in rows))
    assert task._evaluations.counts.tolist() == [[2, 2, 2], [4, 4, 4]]


def test_all_sizes_of_a_trial_are_of_one_split(package: Path) -> None:
    rows = [recorded(package, 44, "SVC_linear", size) for size in SIZES]
    task = table(package, "44")
    for seed in range(4):
        errors = [task.evaluate(trial({"learner": "SVC_linear"}, float(size), seed)).values["error"] for size in SIZES]
        splits = [[1 - float(row[number]["score_valid"]) for row in rows] for number in range(4)]
        assert errors in [pytest.approx(split) for split in splits]


def test_a_trial_that_is_given_more_rows_costs_all_of_them(package: Path) -> None:
    asked = trial({"learner": "SVC_linear"}, 32.0, continues_from=16.0)
    assert table(package, "44").evaluate(asked).seconds == pytest.approx(0.032)


def test_a_converted_table_keeps_the_laws_of_tasks(package: Path) -> None:
    verdicts = check_task(table(package, "44"), trials=5)
    assert [f"{v.law}: {v.message}" for v in verdicts if v.status == "broken"] == []


def test_without_the_package_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"lcdb:44 needs lcdb: pip install 'tuner-bench\[lcdb\]'"):
        RecordedTable(path="lcdb:44")


@pytest.mark.parametrize("name", ["4", "044", "", "kr-vs-kp", "../44"])
def test_an_unknown_data_set_is_told_with_what_there_is(name: str) -> None:
    with pytest.raises(InvalidOption, match="it has 248 by their OpenML number, 3, 6, 11, 12 to 42810"):
        RecordedTable(path=f"lcdb:{name}")


def test_the_packages_own_table_measures_what_its_lines_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("lcdb") is None:
        pytest.skip("lcdb is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with (PACKAGE.place / "database-accuracy.csv").open() as file:
        firsts = list(itertools.islice(csv.DictReader(file), 400))
    assert {row["openmlid"] for row in firsts} == {"44"}
    task = RecordedTable(path="lcdb:44")
    largest = [row for row in firsts if row["size_train"] == "3726" and row["learner"] == "SVC_linear"]
    found = [task.evaluate(trial({"learner": "SVC_linear"}, seed=seed)) for seed in range(25)]
    assert len(largest) == 25
    assert [one.values["error"] for one in found] == pytest.approx([1 - float(row["score_valid"]) for row in largest])
    assert [one.seconds for one in found] == [float(row["traintime"]) for row in largest]


@pytest.mark.slow
def test_the_list_of_data_sets_is_the_packages_own() -> None:
    if find_spec("lcdb") is None:
        pytest.skip("lcdb is not installed")
    with (PACKAGE.place / "database-accuracy.csv").open() as file:
        assert {line.partition(",")[0] for line in itertools.islice(file, 1, None)} == DATA_SETS
