"""What a stored row says of a trial, and a study."""

from __future__ import annotations

from typing import Any

from results.records import OUTCOMES, STUDIES
from tuner import Configuration, Failure, FailureKind, Measurement, Outcome, Proposal, Suite, Trial, TrialResult
from tuner.plan import make_plan
from tuner.recording import decode_evaluations, encode_rows, study_facts, study_key
from tuner.study import Evaluation, StoredTrial

PROPOSAL = Proposal(Configuration({"x": 1.0, "n": 1, "flag": True, "word": "\udc80"}), fidelity=3, resume=0)


def row(outcome: Outcome, value: float | None = None, losses: tuple[float, ...] = (), seconds: float = 2.0) -> Any:
    result = TrialResult(Trial(1, PROPOSAL, 11, 22, 33), outcome, losses)
    stored = StoredTrial(result, Evaluation(outcome, 100.5, 102.5, "here:1"), value, 0.5, seconds, 0.1, 0.2)
    batch = encode_rows([stored])
    assert batch.schema == OUTCOMES
    return batch.to_pylist()[0]


def test_a_measurement_is_stored_with_value_and_loss() -> None:
    stored = row(Measurement({"accuracy": 0.75}, {"accuracy": 0.5}), 0.75, (-0.75,))
    assert (stored["status"], stored["message"], stored["value"], stored["losses"]) == ("ok", None, 0.75, [-0.75])
    assert (stored["values"], stored["held_out"], stored["extras"]) == ([("accuracy", 0.75)], [("accuracy", 0.5)], [])
    assert (stored["fidelity"], stored["resumed_from"], stored["work"]) == (3.0, 0, 0.5)
    assert (stored["study"], stored["trial"], stored["trial_seed"], stored["data_seed"]) == (33, 1, 11, 22)
    assert (stored["finished"] - stored["started"]).total_seconds() == 2.0


def test_a_failure_is_stored_without_value_and_loss() -> None:
    stored = row(Failure(FailureKind.TIMEOUT, "too slow"))
    assert (stored["status"], stored["message"]) == ("timeout", "too slow")
    assert (stored["value"], stored["losses"], stored["values"]) == (None, None, [])


def test_the_configuration_is_canonical_and_keeps_its_types() -> None:
    text = row(Failure(FailureKind.ERROR, ""))["configuration"]
    assert text == '{"flag":true,"n":1,"word":"\\udc80","x":1.0}'
    again = Configuration.from_json(text)
    assert again == PROPOSAL.configuration
    assert {name: type(value) for name, value in again.items()} == {"x": float, "n": int, "flag": bool, "word": str}


def test_seconds_that_the_task_declares_are_told_from_measured_ones() -> None:
    assert row(Measurement({"a": 1.0}), 1.0, (1.0,))["reports_cost"] is False
    assert row(Measurement({"a": 1.0}, seconds=5.0), 1.0, (1.0,), seconds=5.0)["reports_cost"] is True
    assert row(Failure(FailureKind.ERROR, ""))["reports_cost"] is False


def test_no_rows_are_a_batch_too() -> None:
    assert encode_rows([]).schema == OUTCOMES
    assert decode_evaluations(encode_rows([])) == []


def test_a_study_is_described_by_all_columns_but_its_end() -> None:
    plan = make_plan(
        Suite.model_validate(
            {
                "name": "mine",
                "seeds": [4],
                "budget": {"trials": 2},
                "tasks": [{"name": "branin", "options": {"noise": 1.0}}],
                "strategies": ["random"],
            }
        )
    )
    (study,) = plan.studies
    key = study_key(plan, study, "run 1")
    facts = study_facts(study, plan.tasks[study.task.label])
    assert {**key, **facts}.keys() == set(STUDIES.names) - {"status", "message", "trials", "failures"}
    assert key["run"] == "run 1"
    assert key["suite"] == "mine"
    assert (key["task"], key["task_name"], key["task_options"]) == ("branin(noise=1.0)", "branin", '{"noise":1.0}')
    assert (key["strategy"], key["strategy_options"], key["seed"]) == ("random", "{}", 4)
    assert (facts["objectives"], facts["goals"], facts["budget_trials"]) == (["value"], ["minimize"], 2)
