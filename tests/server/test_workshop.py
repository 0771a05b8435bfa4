"""The workshop: what it answers, and what becomes of a process that dies, hangs or prints."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from example_store import write_example_run
from service_under_test import SUITE

from results.errors import NothingToCompare, UnknownLabel
from tuner.errors import BrokenPlugin, UnknownPlugin
from tuner.server.workshop import Workshop, WorkshopFailed, raise_if_error
from tuner.server.workshop_process import Died, TookTooLong, WorkshopProcess

ECHO = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
READS_NOTHING_LOADED = """
import sys
from pathlib import Path
from tuner.server.service import Service
from tuner.server.service_folder import ServiceFolder
from tuner.server.jobs import JobQueue
from tuner.server.trial_query import TrialQuery
from tuner.server.workshop import Workshop

folder = ServiceFolder(Path(sys.argv[1]))
folder.create()
service = Service(folder, JobQueue(folder.database), Workshop())
service.runs(), service.run("example"), service.progress("example"), service.curves("example")
service.trials("example", TrialQuery(sort="value", text="x")), service.trial("example", 0, 0)
for form in ("csv", "parquet", "arrow"): list(service.export("example", form))
service.events("example"), service.health()
service.delete("example"), service.bin(), service.restore("example")
service.close()
print(*[name for name in sys.modules if name.partition(".")[0] in
        {"ray", "torch", "optuna", "skopt", "sklearn", "benchmarks"} or name.startswith("tuner.strategies")])
"""


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


def test_the_server_loads_no_plug_in_and_no_machinery(tmp_path: Path) -> None:
    write_example_run(tmp_path / "example")

    command = [sys.executable, "-c", READS_NOTHING_LOADED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr


def test_the_whole_app_loads_no_machinery() -> None:
    code = (
        "import sys, tuner.server.app, tuner.server.api\n"
        "print(*{'ray', 'torch', 'optuna', 'skopt', 'sklearn', 'benchmarks'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout.strip() == ""


def test_a_plan_is_made_in_another_process(workshop: Workshop, tmp_path: Path) -> None:
    told = workshop.plan(SUITE, tmp_path)

    assert told["studies"] == 4
    assert told["tasks"] == [{"task": "branin", "studies": 4, "trials": 3, "cost": told["tasks"][0]["cost"]}]


def test_errors_come_back_by_their_class_in_one_line(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(UnknownPlugin, match="no strategy called 'randon'; did you mean 'random'"):
        workshop.plan(SUITE.replace("random", "randon"), tmp_path)
    write_example_run(tmp_path / "example")
    with pytest.raises(UnknownLabel, match="nobody"):
        workshop.comparison([tmp_path / "example"], "nobody", "tpe", tmp_path / "out.json", planned=False)


def test_a_process_that_died_is_replaced(workshop: Workshop, tmp_path: Path) -> None:
    workshop.plan(SUITE, tmp_path)
    process = workshop._planning._process
    assert process is not None
    os.kill(process._process.pid, signal.SIGKILL)
    process._process.wait(20)

    assert workshop.plan(SUITE, tmp_path)["studies"] == 4


def test_what_takes_too_long_is_given_up_and_said() -> None:
    hasty = Workshop(seconds=0.0)

    with pytest.raises(WorkshopFailed, match="the catalogue took longer than 0 s"):
        hasty.catalogue()
    hasty.close()
    with pytest.raises(WorkshopFailed, match="being stopped"):
        hasty.catalogue()


def test_a_process_is_ended_when_its_time_is_up() -> None:
    process = WorkshopProcess([sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()

    with pytest.raises(TookTooLong):
        process.ask({}, 0.05)

    assert not process.is_alive
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("code", ["", "print('no json', flush=True)", "import os; os._exit(3)"])
def test_a_process_that_does_not_answer_has_died(code: str) -> None:
    process = WorkshopProcess([sys.executable, "-c", code])

    with pytest.raises(Died):
        process.ask({}, 20)
    assert not process.is_alive


def test_a_process_that_does_not_read_is_ended_when_its_time_is_up() -> None:
    process = WorkshopProcess([sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()

    with pytest.raises(TookTooLong):
        process.ask({"text": "a" * 1_000_000}, 0.05)
    assert not process.is_alive
    assert time.monotonic() - began < 10


def has_closed_its_pipes(process: WorkshopProcess) -> bool:
    pipes = (process._process.stdin, process._process.stdout)
    return all(pipe is not None and pipe.closed for pipe in pipes)


def test_a_process_that_is_ended_leaves_no_pipe_open_and_answers_no_more() -> None:
    process = WorkshopProcess([sys.executable, "-c", ECHO])
    process.ask({"a": 1}, 20)
    process.end()
    process.end()

    assert has_closed_its_pipes(process)
    with pytest.raises(Died):
        process.ask({"a": 1}, 20)


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import time; time.sleep(60)"])
def test_a_process_that_did_not_answer_leaves_no_pipe_open(code: str) -> None:
    process = WorkshopProcess([sys.executable, "-c", code])

    with pytest.raises((Died, TookTooLong)):
        process.ask({"text": "a" * 1_000_000}, 1)
    assert has_closed_its_pipes(process)


def test_a_process_may_be_ended_while_it_is_asked() -> None:
    process = WorkshopProcess([sys.executable, "-c", "print('{', end='', flush=True)\nimport time; time.sleep(60)"])
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(process.ask, {}, 60)
        while not process._asking.locked():
            pass
        process.end()
        with pytest.raises(Died):
            asked.result(20)

    assert has_closed_its_pipes(process)


@pytest.fixture
def many_open_files() -> Iterator[None]:
    """More than 1024, so that the next one has a number beyond that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip(f"a process here may open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    with ExitStack() as opened:
        for _ in range(1024):
            opened.enter_context(Path(os.devnull).open())
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_open_files")
def test_a_process_answers_whatever_else_is_open() -> None:
    process = WorkshopProcess([sys.executable, "-c", ECHO])

    assert process.ask({"a": 1}, 20) == {"a": 1}
    process.end()


def test_a_long_answer_arrives_whole() -> None:
    process = WorkshopProcess([sys.executable, "-c", ECHO])
    question = {"text": "é\n\0" * 100_000}

    assert process.ask(question, 20) == question
    process.end()


def test_what_a_plug_in_prints_does_not_disturb_the_answers(tmp_path: Path) -> None:
    code = (
        "import os, tuner.server.workshop_answers as w\n"
        "def plan(**_): print('chatter'); os.write(1, b'chatter'); os.system('echo chatter'); return {}\n"
        "w._ANSWERS = {'plan': plan}\nw.answer_all()"
    )
    process = WorkshopProcess([sys.executable, "-c", code])

    assert process.ask({"question": "plan", "arguments": {}}, 20) == {"answer": {}}
    process.end()


def test_an_error_of_somebody_elses_becomes_its_text() -> None:
    with pytest.raises(WorkshopFailed, match="ValueError: odd"):
        raise_if_error({"error": "Exception", "message": "ValueError: odd"})
    with pytest.raises(BrokenPlugin):
        raise_if_error({"error": "BrokenPlugin", "message": "x"})
    with pytest.raises(NothingToCompare):
        raise_if_error({"error": "NothingToCompare", "message": "x"})
    for name in ("describe", "annotations", "SystemExit", "difflib", ""):
        with pytest.raises(WorkshopFailed):
            raise_if_error({"error": name, "message": "x"})
