"""Bad input on the command line: one line on stderr, exit code 2, never a traceback."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tuner.cli.border import describe_error
from tuner.cli.exit_codes import ExitCode
from tuner.cli.main import app
from tuner.run_folder import RunFolder

SUITE = 'name = "small"\nseeds = 1\nbudget = { trials = 2 }\nstrategies = ["random"]\ntasks = ["branin"]\n'

FULL = """
from pathlib import Path
from tuner import Proposal, SearchStrategy
class Mine(SearchStrategy):
    def ask(self, count): return []
class Other: pass
def propose(history, space, count, rng): return []
def _hidden(): pass
"""

FILES: dict[str, str | bytes] = {
    "small.toml": SUITE,
    "binary.toml": bytes(range(128, 256)),
    "broken.toml": "name = ",
    "unknown_key.toml": SUITE + "sedes = 3\n",
    "raises.py": "raise RuntimeError('boom')\n",
    "syntax.py": "x = {\n",
    "empty.py": "",
    "full.py": FULL,
    "lacking.py": "from tuner import SearchStrategy\nclass Lacking(SearchStrategy): pass\n",
}

BAD_RUNS = {
    "missing.toml": "cannot read missing.toml: No such file",
    "folder.toml": "cannot read folder.toml: Is a directory",
    "binary.toml": "binary.toml: it is not text",
    "broken.toml": "broken.toml is not TOML",
    "unknown_key.toml": "unknown key 'sedes'; did you mean 'seeds'?",
    "quikc": "no suite called 'quikc'; did you mean 'quick'?",
    "small.toml --strategy rondom": "no strategy called 'rondom'; did you mean 'random'?",
    "small.toml --strategy missing.py:X": "missing.py: No such file",
    "small.toml --strategy raises.py:X": "RuntimeError: boom",
    "small.toml --strategy syntax.py:X": "SyntaxError",
    "small.toml --strategy empty.py:X": "empty.py has no 'X'; known: none",
    "small.toml --strategy full.py:Mime": "full.py has no 'Mime'; did you mean 'Mine'? known: Mine, Other, propose",
    "small.toml --strategy lacking.py:Lacking": "lacks ask",
    "small.toml --out small.toml": "small.toml is there already",
    "small.toml --out small.toml/below": "cannot make small.toml/below",
}

OTHER_BAD_INPUT = {
    "run ~nobody-at-all/suite.toml": "cannot read ~nobody-at-all/suite.toml: No such file",
    "resume nowhere": "nowhere is no run",
    "resume folder.toml": "folder.toml is no run",
    "report nowhere": "no run in 'nowhere'",
    "verify nowhere": "nowhere is no run",
    "show brannin": "no strategy, task, modifier, suite or run called 'brannin'; did you mean 'branin'?",
    "show raises.py": "names a file but no class in it",
    "show raises.py:X": "'raises.py:X' cannot be imported: RuntimeError: boom (raises.py, line 1)",
    "show full.py:missing": "full.py has no 'missing'",
    "show empty": "no run in 'empty'",
    "explain empty": "empty is no run",
    "explain ~nobody-at-all/run": "no task called",
    "report ~nobody-at-all/run": "no run in '~nobody-at-all/run'",
    "check ~nobody-at-all/mine.py:Mine": "cannot read ~nobody-at-all/mine.py: No such file",
    "check rondom": "no strategy, task or modifier called 'rondom'; did you mean 'random'?",
    "check raises.py": "names a file but no class in it",
    "check raises.py:X": "RuntimeError: boom",
    "check empty.py:X": "empty.py has no 'X'; known: none",
    "check full.py:Other": "names no SearchStrategy, Task or Modifier; known: Mine",
    "check full.py:": "'full.py:' says no class",
    "check os:path": "names no SearchStrategy, Task or Modifier",
    "check lacking.py:Other": "known: Lacking",
    "check lacking.py:Lacking": "lacks ask",
    "check random --options step": "an option is key=value or a JSON object, not 'step'",
    "check random --options step=1": "RandomSearch has no option 'step'",
    "check branin --options nose=1": "no option 'nose'; did you mean 'noise'?",
    "check branin --options {x": "are not a JSON object",
    'check branin --options {"noise":[1]}': "option 'noise' is a string, number or bool",
}

USAGE_ERRORS = {
    "--foo": "tuner: no such option --foo",
    "--foo list": "tuner: no such option --foo",
    "--debug": "tuner: missing command",
    "runn": "tuner: no such command 'runn'; did you mean 'run', 'runner'?",
    "run": "tuner run: missing argument 'SUITE'",
    "run small.toml small.toml": "tuner run: too many arguments: small.toml",
    "run small.toml --trails 3": "tuner run: no such option --trails; did you mean --trials?",
    "run small.toml --seeds": "tuner run: option '--seeds' requires an argument",
    "run small.toml --quiet=3": "tuner run: option '--quiet' does not take a value",
    "run small.toml --seeds 0": "'0' should be greater than or equal to 1",
    "run small.toml --trials -1": "'-1' should be greater than or equal to 1",
    "run small.toml --workers many": "tuner run: invalid value for '--workers': 'many' should be a valid integer",
    "run small.toml --in-process --workers 2": "tuner run: --in-process does without Ray: leave it out, or --workers",
    "resume small --in-process --ray-address auto": "tuner resume: --in-process does without Ray",
    "list": "missing argument 'WHAT'; choose from strategies, tasks, modifiers, suites, runs",
    "list hats": "'hats' is not one of 'strategies', 'tasks', 'modifiers', 'suites', 'runs'",
    "new hat hat.py": "invalid value for 'KIND': 'hat' is not one of 'strategy', 'task', 'modifier'",
    "report small --format docx": "'docx' is not one of 'html', 'md', 'terminal', 'csv', 'latex'",
    "export small --out x.db": "tuner export: missing option '--to'; choose from optuna, mlflow, iohprofiler",
    "export small --to foo --out x": "value for '--to': 'foo' is not one of 'optuna', 'mlflow', 'iohprofiler'",
    "explain branin --seed -1": "'-1' should be greater than or equal to 0",
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_bad_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "empty").mkdir()
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def tuner(line: str) -> Result:
    return CliRunner().invoke(app, line.split())


def assert_one_line(done: Result, text: str) -> None:
    assert done.exit_code == 2, done.output
    assert text in done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(("arguments", "text"), BAD_RUNS.items())
def test_a_run_of_bad_input_is_refused_in_one_line_and_leaves_no_run(arguments: str, text: str) -> None:
    assert_one_line(tuner(f"run {arguments} --in-process"), text)
    assert not Path("runs").exists()


@pytest.mark.parametrize(("line", "text"), OTHER_BAD_INPUT.items())
def test_bad_input_is_refused_in_one_line(line: str, text: str) -> None:
    assert_one_line(tuner(line), text)


@pytest.mark.parametrize(("line", "text"), USAGE_ERRORS.items())
def test_wrong_arguments_are_told_in_one_line_that_names_the_help(line: str, text: str) -> None:
    done = tuner(line)

    assert_one_line(done, text)
    assert re.search(r"[?;] see tuner( \w+)? --help$", done.stderr)


def test_no_arguments_at_all_show_the_help() -> None:
    done = tuner("")

    assert done.exit_code == 2
    assert done.stderr.startswith("Usage: tuner [OPTIONS] COMMAND")


@pytest.mark.parametrize("line", ["report old", "show old", "explain old", "verify old", "record old", "resume old"])
def test_a_run_of_a_newer_schema_is_refused_by_every_command(line: str) -> None:
    tuner("run small.toml --in-process --no-report --quiet --out runs/old")
    info = Path("runs/old/run.json")
    info.write_text(re.sub(r'"schema": "[^"]*"', '"schema": "9.0"', info.read_text()))

    assert_one_line(tuner(line), "runs/old/run.json has schema 9.0; this version reads up to")


def test_a_run_that_another_process_writes_is_not_resumed() -> None:
    assert tuner("run small.toml --in-process --no-report --quiet").exit_code == 0
    info = Path("runs/small/run.json")
    info.write_text(info.read_text().replace('"finished",', '"running",'))

    with RunFolder(Path("runs/small")).locked():
        assert_one_line(tuner("resume small --in-process"), "is being written by another process")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told() -> None:
    Path("closed").mkdir(mode=0o500)

    assert_one_line(tuner("run small.toml --in-process --out closed/run"), "cannot make closed/run")


def test_a_report_to_a_folder_that_does_not_exist_is_told_by_its_path() -> None:
    tuner("run small.toml --in-process --no-report --quiet")

    assert_one_line(tuner("report small --format csv --out nowhere/report.csv"), "error: nowhere: no such folder")


def test_an_unforeseen_error_is_one_line_that_names_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    _break_the_session(monkeypatch)
    done = tuner("run small.toml --in-process")

    assert done.exit_code == 70
    assert done.stderr == "error: unexpected ZeroDivisionError: by zero (run with --debug for the traceback)\n"


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    _break_the_session(monkeypatch)
    done = tuner("--debug run small.toml --in-process")

    assert done.exit_code == 70
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("error: unexpected ZeroDivisionError: by zero\n")


def test_ctrl_c_in_any_command_gives_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(source: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tuner.suite.load_suite", interrupt)
    done = tuner("show quick")

    assert done.exit_code == 130
    assert done.stderr == "interrupted\n"


def test_output_that_the_disk_has_no_room_for_is_bad_input() -> None:
    told = "error: cannot write: No space left on device"
    assert describe_error(OSError(errno.ENOSPC, "No space left on device")) == (told, ExitCode.BAD_INPUT)


def test_what_the_output_cannot_encode_is_escaped() -> None:
    Path("mine.py").write_text(
        FULL.replace("class Mine(SearchStrategy):", 'class Mine(SearchStrategy):\n    """Caf\u00e9."""')
    )
    command = [sys.executable, "-m", "tuner", "show", "mine.py:Mine"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )

    assert done.returncode == 0, done.stderr
    assert "Caf\\xe9." in done.stdout


def test_a_file_that_the_system_refuses_is_bad_input() -> None:
    assert describe_error(PermissionError(13, "Permission denied", "x.html")) == (
        "error: x.html: Permission denied",
        ExitCode.BAD_INPUT,
    )


def _break_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def divide(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr("tuner.session.run_suite", divide)
