"""After a run, the best trial of each task is explained and stored; what goes wrong there harms nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from runs_under_test import HERE, state, suite
from typer.testing import CliRunner

from results.items import Note, Text
from results.store import Store, open_store
from tuner import Suite, resume_run, run_suite
from tuner.cli.main import app
from tuner.configuration import Configuration
from tuner.events import Event, WinnersExplained
from tuner.explaining import _best, best_trials, chosen_trial, file_name
from tuner.plan import make_plan
from tuner.recording import encode_rows
from tuner.session import Where
from tuner.study import Evaluation, StoredTrial
from tuner.trial import Measurement, Proposal, Trial, TrialResult

TASK = """
import os
from dataclasses import dataclass
from results.exhibits import Exhibit
from results.items import Text
from tuner import Fidelity, Float, Integer, Measurement, Objective, Problem, SearchSpace, Task
from tuner.space import Condition

@dataclass(frozen=True)
class Shown(Task):
    how: str = "well"

    @property
    def problem(self):
        space = SearchSpace({"x": Float(-1.0, 1.0, default=0.5)})
        return Problem(space, (Objective("value"),))

    def evaluate(self, trial):
        return Measurement({"value": trial.configuration.number("x") ** 2}, {"value": 7.0})

    def explain(self, trial):
        if self.how == "raises":
            raise ValueError("no picture")
        if self.how == "dies":
            os._exit(3)
        if self.how == "rubbish":
            return [object()]
        x = trial.configuration.number("x")
        return [Exhibit("place", "Where it lies", (Text(f"x = {x!r}, seed {trial.seed}, data {trial.data_seed}"),))]

class Trained(Shown):
    @property
    def problem(self):
        return Problem(SearchSpace({"x": Float(-1.0, 1.0)}), (Objective("value"),), Fidelity("epochs", 1, 9))

class Torn(Shown):
    @property
    def problem(self):
        return Problem(SearchSpace({"x": Float(-1.0, 1.0)}), (Objective("value"), Objective("other")))

    def evaluate(self, trial):
        x = trial.configuration.number("x")
        return Measurement({"value": x**2, "other": (x - 0.5) ** 2})

class Branching(Shown):
    @property
    def problem(self):
        space = SearchSpace(
            {"x": Float(-1.0, 1.0), "n": Integer(0, 3), "y": Float(0.0, 1.0)}, (Condition("y", "n", (1, 2, 3)),)
        )
        return Problem(space, (Objective("value"),))
"""


@pytest.fixture
def shown(tmp_path: Path) -> str:
    (tmp_path / "shown.py").write_text(TASK)
    return f"{tmp_path / 'shown.py'}:Shown"


def described(name: str, **changes: Any) -> Suite:
    """A suite of this task and one that shows nothing."""
    return suite(**{"tasks": [{"name": name, **changes.pop("task", {})}, "branin"], **changes})


def texts(path: Path) -> dict[str, str]:
    """What is stored of exhibits, by file name."""
    return {file.name: file.read_text() for file in sorted((path / "exhibits").glob("*"))}


def sole_note(store: Store) -> str:
    """The note that stands in place of exhibits."""
    ((exhibit,),) = (stored.exhibits for stored in store.exhibits)
    (note,) = exhibit.items
    assert isinstance(note, Note)
    return note.text


def test_the_best_trial_of_a_task_is_explained(shown: str, tmp_path: Path) -> None:
    store = run_suite(described(shown), out=tmp_path / "run", where=HERE)
    (stored,) = store.exhibits
    trials = store.trials_of("Shown")
    best = trials.sort_values(["value", "study", "trial"]).iloc[0]
    assert (stored.task, stored.strategy, stored.seed) == ("Shown", best["strategy"], best["seed"])
    assert (stored.study, stored.trial) == (best["study"], best["trial"])
    assert stored.configuration == json.loads(best["configuration"])
    assert stored.values["value"] == best["value"]
    assert stored.held_out == {"value": 7.0}
    ((text,),) = (exhibit.items for exhibit in stored.exhibits)
    assert isinstance(text, Text)
    x = json.loads(best["configuration"])["x"]
    assert text.text == f"x = {x!r}, seed {best['trial_seed']}, data {best['data_seed']}"


def test_every_task_that_explains_is_explained_in_the_order_of_the_suite(shown: str, tmp_path: Path) -> None:
    tasks = [{"name": shown, "label": "second"}, "branin", {"name": shown, "label": "first"}]
    store = run_suite(suite(tasks=tasks), out=tmp_path / "run", where=HERE)
    assert [stored.task for stored in store.exhibits] == ["second", "first"]
    assert list(texts(tmp_path / "run")) == ["00-second.json", "02-first.json"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raises", "explain failed (error): ValueError: no picture"),
        ("rubbish", "explain gave what cannot be stored: "),
    ],
)
def test_an_explain_that_fails_leaves_a_note_and_a_finished_run(
    how: str, told: str, shown: str, tmp_path: Path
) -> None:
    store = run_suite(described(shown, task={"options": {"how": how}}), out=tmp_path / "run", where=HERE)
    assert sole_note(store).startswith(told)
    assert state(tmp_path / "run") == "finished"


def test_a_suite_can_do_without_exhibits(shown: str, tmp_path: Path) -> None:
    store = run_suite(described(shown, exhibits=False), out=tmp_path / "run", where=HERE)
    assert store.exhibits == ()
    assert not (tmp_path / "run" / "exhibits").exists()


def test_tasks_that_show_nothing_leave_nothing(tmp_path: Path) -> None:
    assert run_suite(suite(), out=tmp_path / "run", where=HERE).exhibits == ()
    assert not (tmp_path / "run" / "exhibits").exists()


def test_a_run_that_is_stopped_while_it_explains_is_finished_by_a_resume(shown: str, tmp_path: Path) -> None:
    import signal

    def interrupt(event: Event) -> None:
        if isinstance(event, WinnersExplained):
            signal.raise_signal(signal.SIGINT)

    run_suite(described(shown), out=tmp_path / "undisturbed", where=HERE)
    run_suite(described(shown), out=tmp_path / "run", where=HERE, watch=interrupt)
    assert state(tmp_path / "run") == "interrupted"
    assert texts(tmp_path / "run") == {}
    resume_run(tmp_path / "run", where=HERE)
    assert state(tmp_path / "run") == "finished"
    assert texts(tmp_path / "run") == texts(tmp_path / "undisturbed") != {}


def test_files_are_named_after_the_place_and_the_label_of_the_task(shown: str) -> None:
    plan = make_plan(described(shown, task={"label": "a (b=1) +c"}))
    assert file_name(plan, "a (b=1) +c") == "00-a-b-1-c.json"


def test_a_label_of_any_length_gives_a_file_name(shown: str) -> None:
    plan = make_plan(described(shown, task={"options": {"how": "x" * 300}}))
    (label,) = (label for label in plan.tasks if label.startswith("Shown"))
    assert len(file_name(plan, label)) < 100


def test_the_best_trial_of_a_study_is_one_at_full_fidelity(tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text(TASK)
    plan = make_plan(suite(tasks=[f"{tmp_path / 'shown.py'}:Trained"]))
    trials = [(0, 1.0, 0.1), (1, 9.0, 0.5), (2, None, 0.4), (3, 9.0, 0.6)]
    rows = [
        StoredTrial(
            TrialResult(
                Trial(number, Proposal(Configuration({"x": 0.5}), fidelity), 1), Measurement({"value": loss}), (loss,)
            ),
            Evaluation(Measurement({"value": loss}), 0.0, 1.0, "here"),
            *(loss, 1.0, 1.0, 0.0, 0.0),
        )
        for number, fidelity, loss in trials
    ]
    outcomes = pa.Table.from_batches([encode_rows(rows)])
    assert chosen_trial(plan, outcomes, 0, None).trial.id == 2
    assert chosen_trial(plan, outcomes, 0, 0).trial.id == 0
    assert [one.trial.id for one in best_trials(plan, outcomes)] == [2]


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([[3.0], [1.0], [1.0]], 1),
        ([[0.0, 10.0], [10.0, 0.0], [4.0, 4.0], [5.0, 5.0]], 2),
        ([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]], 1),
        ([[0.0, 10.0], [10.0, 0.0], [4.0, 4.0], [9.0, 1e9]], 2),
    ],
    ids=[
        "the first of the least",
        "on the front and nearest to the ideal",
        "constant objectives",
        "whatever one off the front measured",
    ],
)
def test_the_trial_to_show(losses: list[list[float]], expected: int) -> None:
    assert _best(np.array(losses)) == expected


def test_the_command_says_which_extra_the_task_of_a_run_lacks(
    shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_suite(described(shown, exhibits=False), out=tmp_path / "run", where=HERE)
    monkeypatch.setattr("tuner.plan.lacks", lambda _card: "needs clay: pip install 'tuner-bench[clay]'")
    assert "Shown: needs clay" in explain(str(tmp_path / "run"), "--study", "0", code=2)
    assert "nothing to explain" in explain(str(tmp_path / "run"), code=2)


@pytest.mark.ray
def test_workers_change_nothing_and_one_that_dies_leaves_a_note(shown: str, tmp_path: Path) -> None:
    tasks = [
        {"name": shown},
        {"name": shown, "label": "dying", "options": {"how": "dies"}},
        {"name": shown, "label": "third"},
    ]
    for workers in (1, 2):
        run_suite(suite(tasks=tasks), out=tmp_path / f"{workers}", where=Where(workers=workers))
    assert texts(tmp_path / "1") == texts(tmp_path / "2")
    store = open_store(tmp_path / "2")
    assert [stored.task for stored in store.exhibits] == ["Shown", "dying", "third"]
    (note,) = store.exhibits[1].exhibits[0].items
    assert isinstance(note, Note)
    assert note.text.startswith("the process that ran explain died")
    assert isinstance(store.exhibits[2].exhibits[0].items[0], Text)


def explain(*arguments: str, code: int = 0) -> str:
    """What `tuner explain` says, on one line."""
    done = CliRunner().invoke(app, ["explain", *arguments])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_the_command_explains_the_best_trial_of_a_run(shown: str, tmp_path: Path) -> None:
    store = run_suite(described(shown, exhibits=False), out=tmp_path / "run", where=HERE)
    best = store.trials_of("Shown").sort_values(["value", "study", "trial"]).iloc[0]
    told = explain(str(tmp_path / "run"))
    assert "Where it lies" in told
    assert f"x = {json.loads(best['configuration'])['x']!r}" in told


def test_the_command_says_how_it_chose_among_several_objectives(shown: str, tmp_path: Path) -> None:
    run_suite(described(shown.replace("Shown", "Torn"), exhibits=False), out=tmp_path / "run", where=HERE)
    rule = "With several objectives no single trial is the best."
    assert rule in explain(str(tmp_path / "run"))
    assert rule in explain(str(tmp_path / "run"), "--study", "1")
    assert rule not in explain(str(tmp_path / "run"), "--study", "1", "--trial", "3")


def test_the_command_explains_any_trial_of_a_run(shown: str, tmp_path: Path) -> None:
    store = run_suite(described(shown), out=tmp_path / "run", where=HERE)
    wanted = store.trials_of("Shown").query("study == 1 and trial == 3").iloc[0]
    told = explain(str(tmp_path / "run"), "--study", "1", "--trial", "3")
    assert f"x = {json.loads(wanted['configuration'])['x']!r}" in told


def test_the_command_explains_a_tasks_defaults_and_writes_a_page(shown: str, tmp_path: Path) -> None:
    assert "x = 0.5, seed 0, data 0" in explain(shown)
    assert "x = 0.25, seed 3, data 3" in explain(shown, "-p", "x=0.25", "--seed", "3")
    page = tmp_path / "page.html"
    assert explain(shown, "--out", str(page)).endswith("page.html")
    assert "Where it lies" in page.read_text()


def test_the_command_leaves_out_what_is_inactive(shown: str) -> None:
    branching = shown.replace("Shown", "Branching")
    assert "y" not in explain(branching, "-p", "n=0").partition("Where")[0].split()
    assert "0.75" in explain(branching, "-p", "n=1", "-p", "y=0.75")
    assert "'y' has a value but is not active" in explain(branching, "-p", "n=0", "-p", "y=0.75", code=2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["SHOWN", "-o", "how=rubbish"],
            "explain gave what cannot be shown: exhibits are of class Exhibit, not object",
        ),
        (["SHOWN", "-o", "how=raises"], "explain failed (error): ValueError: no picture"),
        (["branin"], "branin has nothing to show: it has no explain"),
        (["no-such-thing"], "no task called 'no-such-thing'"),
        (["SHOWN", "-p", "x=2"], "x = 2"),
        (["SHOWN", "-p", "z=2"], "no parameter called 'z'"),
        (["SHOWN", "--study", "1"], "--task, --study and --trial are for a run"),
        (["RUN", "-p", "x=1"], "--options and --parameters are for a task"),
        (["RUN", "--trial", "1"], "say --study, too"),
        (["RUN", "--study", "99"], "no study 99: the run has studies 0 to 7"),
        (["RUN", "--study", "0", "--trial", "99"], "study 0 has no trial 99"),
        (["RUN", "--task", "branni"], "no task 'branni'"),
        (["RUN", "--task", "branin"], "nothing to explain"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments: list[str], told: str, shown: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    if arguments[0] == "RUN":
        run_suite(described(shown, exhibits=False), out=run, where=HERE)
    first = {"RUN": str(run), "SHOWN": shown}.get(arguments[0], arguments[0])
    assert told in explain(first, *arguments[1:], code=2)
