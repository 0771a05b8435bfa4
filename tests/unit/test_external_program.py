from __future__ import annotations

import gc
import json
import os
import select
import shlex
import subprocess
import sys
import textwrap
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from docs.pages import ROOT
from runs_under_test import HERE, suite

from tuner import (
    Budget,
    Categorical,
    Condition,
    Configuration,
    Failure,
    FailureKind,
    Fidelity,
    Float,
    Integer,
    Measurement,
    Objective,
    Problem,
    Proposal,
    SearchSpace,
    Trial,
    TrialResult,
    run_suite,
)
from tuner.errors import InvalidOption, StrategyMisbehaved, UnsupportedProblem
from tuner.strategies.external_program import ExternalProgram
from tuner.strategies.program_messages import start_message, tell_message

SPACE = SearchSpace(
    {
        "rate": Float(0.0, 10.0),
        "layers": Integer(1, 4),
        "dropout": Categorical((0.0, 0.5)),
        "depth": Integer(1, 9),
    },
    (Condition("depth", "layers", (2,)),),
)
PROBLEM = Problem(SPACE, (Objective("loss"),))
LINE = SearchSpace({"x": Float(0.0, 1.0)})
ON_A_LINE = Problem(LINE, (Objective("loss"),))
NAME = "tuner.strategies.external_program:ExternalProgram"
OWNER = """
from tuner import Budget, Float, Objective, Problem, SearchSpace
from tuner.strategies.external_program import ExternalProgram
problem = Problem(SearchSpace({{"x": Float(0, 1)}}), (Objective("loss"),))
strategy = ExternalProgram(problem, seed=1, budget=Budget(trials=5), command={!r})
strategy.ask(1)
"""
ANSWER = 'print(json.dumps({"proposals": [{"unit": [0.5]}]}), flush=True)'


def command(
    folder: Path, asked: str, *, first: str = "pass", told: str = "pass", stopped: str = "break", last: str = ""
) -> str:
    """A program that does something at its start and for each kind of message."""
    parts = {"ask": asked, "tell": told, "stop": stopped, "start": "space = message['space']"}
    branches = [f"    if kind == {kind!r}:\n{textwrap.indent(body, ' ' * 8)}" for kind, body in parts.items()]
    head = "import json, os, signal, subprocess, sys, time"
    loop = "for line in sys.stdin:\n    message = json.loads(line)\n    kind = message['type']"
    (folder / "program.py").write_text("\n".join([head, first, loop, *branches, last]) + "\n")
    return f"{shlex.quote(sys.executable)} -S {shlex.quote(str(folder / 'program.py'))}"


def make(
    called: str, problem: Problem = ON_A_LINE, *, trials: int = 10, seconds: float = 30.0, seed: int = 1
) -> ExternalProgram:
    return ExternalProgram(problem, seed=seed, budget=Budget(trials=trials), command=called, seconds=seconds)


def answer(folder: Path, text: str, problem: Problem = PROBLEM) -> Sequence[Proposal]:
    """What a program's line is read as."""
    return make(command(folder, f"print({text!r}, flush=True)"), problem).ask(1)


def result(number: int, loss: float | None = 0.25, configuration: Configuration | None = None) -> TrialResult:
    trial = Trial(number, Proposal(configuration or Configuration({"x": 0.5})), seed=number)
    if loss is None:
        return TrialResult(trial, Failure(FailureKind.TIMEOUT, "too long"))
    return TrialResult(trial, Measurement({"loss": loss}), (loss,))


def has_ended(process: int) -> bool:
    """Whether a process ends, at the latest in ten seconds: one that is not our child dies when the kernel likes."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 10)[0])
    finally:
        os.close(descriptor)


def is_running(process: int) -> bool:
    """Whether there is a process, or what is left of one that nobody waited for."""
    return Path(f"/proc/{process}").exists()


def pid_in(file: Path) -> int:
    return int(file.read_text())


def test_a_configuration_is_read_in_the_parameters_own_types(tmp_path: Path) -> None:
    line = '{"proposals":[{"configuration":{"rate":3,"layers":4.0,"dropout":0,"depth":null}}]}'

    (proposal,) = answer(tmp_path, line)

    assert proposal == Proposal(Configuration({"rate": 3.0, "layers": 4, "dropout": 0.0}))
    assert [type(value) for value in proposal.configuration.values()] == [float, int, float]


def test_a_unit_is_a_point_of_the_unit_cube(tmp_path: Path) -> None:
    (proposal,) = answer(tmp_path, '{"proposals":[{"unit":[0.25,0.3,0,1]}]}')

    assert proposal.configuration == SPACE.from_unit([0.25, 0.3, 0, 1])


def test_fidelity_and_resume_are_passed_on(tmp_path: Path) -> None:
    problem = replace(ON_A_LINE, fidelity=Fidelity("epochs", 1, 9))

    (proposal,) = answer(tmp_path, '{"proposals":[{"unit":[0.5],"fidelity":3,"resume":2.0}]}', problem)

    assert (proposal.fidelity, proposal.resume) == (3, 2)
    assert type(proposal.resume) is int


def test_no_proposals_are_nothing_more_for_now(tmp_path: Path) -> None:
    assert answer(tmp_path, '{"proposals":[]}') == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("hello", "the program's answer is not a line of JSON: 'hello'"),
        ("[1]", "the program's answer is not {\"proposals\":[…]}: '[1]'"),
        ('{"proposals":3}', 'is not {"proposals":[…]}: \'{"proposals":3}\''),
        ('{"proposals":[3]}', "a proposal holds a configuration or a unit, perhaps a fidelity and a resume: '3'"),
        ('{"proposals":[{}]}', "a proposal holds a configuration or a unit"),
        ('{"proposals":[{"unit":[0,0,0,0],"fidelty":1}]}', "a proposal holds a configuration or a unit"),
        ('{"proposals":[{"unit":[0.5]}]}', "a unit is a list of 4 numbers in [0, 1]: '[0.5]'"),
        ('{"proposals":[{"unit":[0,0,0,1.5]}]}', "a unit is a list of 4 numbers in [0, 1]: '[0, 0, 0, 1.5]'"),
        ('{"proposals":[{"unit":[0,0,0,NaN]}]}', "a unit is a list of 4 numbers in [0, 1]"),
        ('{"proposals":[{"configuration":[1]}]}', "a configuration is an object with a value for each active"),
    ],
)
def test_another_answer_is_refused_with_what_was_said(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(StrategyMisbehaved) as raised:
        answer(tmp_path, line)

    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", ['"3"', "true", "1e999", "1" + "0" * 400, "2.5"])
def test_a_value_that_does_not_fit_is_left_for_the_space_to_refuse(tmp_path: Path, value: str) -> None:
    line = f'{{"proposals":[{{"configuration":{{"rate":{value},"layers":{value},"dropout":{value}}}}}]}}'

    (proposal,) = answer(tmp_path, line)

    assert not SPACE.parameters["layers"].accepts(proposal.configuration["layers"])


def test_a_second_line_is_refused(tmp_path: Path) -> None:
    strategy = make(command(tmp_path, r"sys.stdout.write('{\"proposals\":[]}\nand more\n'); sys.stdout.flush()"))

    with pytest.raises(StrategyMisbehaved, match=r"answered more than one line: '.*and more'"):
        strategy.ask(1)


def test_a_program_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pid, child = tmp_path / "pid", tmp_path / "child"
    first = f"""
open({str(pid)!r}, "w").write(str(os.getpid()))
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
open({str(child)!r}, "w").write(str(child.pid))
"""
    strategy = make(command(tmp_path, "time.sleep(600)", first=first), seconds=2)

    with pytest.raises(StrategyMisbehaved, match=r"program\.py' did not answer within 2 seconds"):
        strategy.ask(1)

    assert not is_running(pid_in(pid))
    assert has_ended(pid_in(child))


def test_a_program_that_ends_is_told_with_its_exit_code_and_last_words(tmp_path: Path) -> None:
    strategy = make(command(tmp_path, "print('a\\nno \\x1b[1mmore\\x1b[0m ideas\\n', file=sys.stderr); sys.exit(3)"))

    with pytest.raises(
        StrategyMisbehaved, match=r"ended with exit code 3 before it answered; its last words: no more ideas$"
    ):
        strategy.ask(1)


def test_a_program_that_is_killed_is_told_with_the_signal(tmp_path: Path) -> None:
    strategy = make(command(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)"))

    with pytest.raises(StrategyMisbehaved, match="ended by signal 11 before it answered; it wrote nothing to standard"):
        strategy.ask(1)


def test_a_program_that_closes_its_output_is_ended(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    first = f"open({str(pid)!r}, 'w').write(str(os.getpid()))"
    strategy = make(command(tmp_path, "os.close(1); time.sleep(600)", first=first))

    with pytest.raises(StrategyMisbehaved, match="ended by signal 9"):
        strategy.ask(1)

    assert not is_running(pid_in(pid))


def test_many_results_and_a_full_standard_error_block_nothing(tmp_path: Path) -> None:
    strategy = make(command(tmp_path, ANSWER, told="print('x' * 1000, file=sys.stderr)"), trials=5000)

    for number in range(2000):
        strategy.tell(result(number))

    assert strategy.ask(1) == [Proposal(Configuration({"x": 0.5}))]


def test_a_program_hears_of_the_problem_and_of_each_trial_before_it_is_asked_again(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    note = f"open({str(heard)!r}, 'a').write(line)"
    strategy = make(command(tmp_path, f"{note}\n{ANSWER}", told=note, stopped=f"{note}\nbreak"), trials=2)

    strategy.ask(2)
    strategy.tell(result(0))
    strategy.ask(1)
    strategy.tell(result(1, None))

    messages = [json.loads(line) for line in heard.read_text().splitlines()]
    assert [message["type"] for message in messages] == ["ask", "tell", "ask", "tell", "stop"]
    assert [message.get("count") for message in messages] == [2, None, 1, None, None]
    assert messages[1]["losses"] == [0.25]
    assert messages[3]["failure"] == {"kind": "timeout", "message": "too long"}


def test_the_first_message_holds_the_problem() -> None:
    message = json.loads(start_message(PROBLEM, Budget(trials=7), 2**62 + 5))

    assert list(message) == ["type", "version", "dimensions", "seed", "space", "objectives", "fidelity", "budget"]
    assert (message["type"], message["version"], message["dimensions"], message["seed"]) == ("start", 1, 4, 5)
    assert SearchSpace.from_json(json.dumps(message["space"])) == SPACE
    assert message["objectives"] == [{"name": "loss", "goal": "minimize"}]
    assert message["budget"] == {"trials": 7, "work": None, "seconds": None}


def test_a_result_is_told_with_the_point_of_the_unit_cube() -> None:
    configuration = SPACE.from_unit([0.5, 0.3, 0.9, 0.5])

    message = json.loads(tell_message(result(3, 0.5, configuration), SPACE))

    assert message["configuration"] == dict(configuration)
    assert message["unit"] == SPACE.to_unit(configuration).tolist()
    assert list(message) == ["type", "trial", "configuration", "unit", "fidelity", "losses"]


def test_the_program_starts_when_it_is_first_asked(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    strategy = make(command(tmp_path, ANSWER, first=f"open({str(begun)!r}, 'w')"))
    strategy.tell(result(0))
    assert not begun.exists()

    strategy.ask(1)

    assert begun.exists()


def asked(folder: Path, *, trials: int = 10) -> tuple[ExternalProgram, int]:
    """A strategy with a running program that does not end by itself, and its process."""
    pid = folder / "pid"
    first = f"open({str(pid)!r}, 'w').write(str(os.getpid()))"
    strategy = make(command(folder, ANSWER, first=first, last="time.sleep(600)"), trials=trials)
    strategy.ask(1)
    assert is_running(pid_in(pid))
    return strategy, pid_in(pid)


def test_the_program_ends_with_its_strategy(tmp_path: Path) -> None:
    strategy, pid = asked(tmp_path)

    del strategy
    gc.collect()

    assert not is_running(pid)


def test_the_program_ends_when_the_budget_is_spent(tmp_path: Path) -> None:
    strategy, pid = asked(tmp_path, trials=1)

    strategy.tell(result(0))

    assert not is_running(pid)
    assert strategy.ask(1) == []


def test_the_program_ends_with_the_interpreter(tmp_path: Path) -> None:
    called = command(tmp_path, ANSWER, last="time.sleep(600)")
    code = OWNER.format(called) + "print(strategy._conversation._process._child.pid)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert has_ended(int(done.stdout))


def test_the_program_ends_with_all_that_it_started_where_its_owner_is_killed_while_it_thinks(tmp_path: Path) -> None:
    thinking = tmp_path / "thinking"
    os.mkfifo(thinking)
    think = f"""
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
open({str(thinking)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
time.sleep(600)
"""
    owner = subprocess.Popen([sys.executable, "-c", OWNER.format(command(tmp_path, think))], cwd=ROOT)
    processes = [int(word) for word in thinking.read_text().split()]
    assert all(map(is_running, processes))

    owner.kill()
    owner.wait()

    assert all(map(has_ended, processes))


def test_a_thread_that_asked_first_can_end_before_the_program(tmp_path: Path) -> None:
    strategy = make(command(tmp_path, ANSWER))
    thread = threading.Thread(target=strategy.ask, args=(1,))
    thread.start()
    thread.join()

    assert len(strategy.ask(1)) == 1


def test_a_forked_copy_of_the_strategy_leaves_the_program_alone(tmp_path: Path) -> None:
    strategy, pid = asked(tmp_path)

    copy = os.fork()
    if copy == 0:
        strategy._conversation.end()
        os._exit(0)
    os.waitpid(copy, 0)

    assert is_running(pid)
    assert len(strategy.ask(1)) == 1


def test_a_relative_path_starts_in_the_folder_where_the_strategy_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path, ANSWER)
    monkeypatch.chdir(tmp_path)
    strategy = make(f"{shlex.quote(sys.executable)} -S program.py")

    monkeypatch.chdir("/")

    assert len(strategy.ask(1)) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "command is a program with its arguments, as in 'awk -f search.awk', not ''"),
        ({"command": "awk 'unended"}, "cannot be split into words: No closing quotation"),
        ({"command": "no-such-program -x"}, "there is no program 'no-such-program' on the PATH that can be run"),
        ({"command": "./missing.awk"}, "there is no program './missing.awk' in /"),
        ({"command": "awk", "seconds": 0}, "seconds is a number above 0, at most 1e+08, not 0"),
        ({"command": "awk", "supports": "numbers"}, "supports names 'numbers'; known: categorical, conditional"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_before_anything_runs(options: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidOption, match=r".*") as raised:
        ExternalProgram(ON_A_LINE, seed=1, budget=Budget(trials=1), **options)  # type: ignore[arg-type]  # wrong ones too

    assert told in str(raised.value)


def test_a_problem_that_the_program_does_not_support_is_refused() -> None:
    with pytest.raises(UnsupportedProblem, match="'awk' does not support categorical, conditional problems"):
        ExternalProgram(PROBLEM, seed=1, budget=Budget(trials=1), command="awk", supports="continuous, integer")


def test_the_example_in_awk_runs_through_a_suite(tmp_path: Path) -> None:
    called = f"awk -f {shlex.quote(str(ROOT / 'examples' / 'random_search.awk'))}"
    described = suite(strategies=[{"name": NAME, "label": "awk", "options": {"command": called}}], parallelism=2)

    store = run_suite(described, out=tmp_path / "run", where=HERE)

    assert set(store.studies["status"]) == {"finished"}
    assert store.trials["configuration"].nunique() == len(store.trials) == 10


def test_a_crash_fails_the_study_with_the_programs_last_words(tmp_path: Path) -> None:
    called = command(tmp_path, "sys.exit('no idea')")
    described = suite(strategies=["random", {"name": NAME, "label": "crashing", "options": {"command": called}}])

    studies = run_suite(described, out=tmp_path / "run", where=HERE).studies

    failed = studies[studies["strategy"] == "crashing"]
    assert set(failed["status"]) == {"failed"}
    assert all("exit code 1 before it answered; its last words: no idea" in text for text in failed["message"])
    assert set(studies[studies["strategy"] == "random"]["status"]) == {"finished"}
