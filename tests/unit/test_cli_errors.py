"""Bad input on the command line: one line on stderr, exit code 2, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tuner.cli.border import describe_error
from tuner.cli.exit_codes import ExitCode
from tuner.cli.main import app
from tuner.run_folder import RunFolder

SUITE = 'name = "small"\nseeds = 1\nbudget = { trials = 2 }\nstrategies = ["random"]\ntasks = ["branin"]\n'

FILES: dict[str, str | bytes] = {
    "small.toml": SUITE,
    "binary.toml": bytes(range(128, 256)),
    "broken.toml": "name = ",
    "unknown_key.toml": SUITE + "sedes = 3\n",
    "raises.py": "raise RuntimeError('boom')\n",
    "syntax.py": "x = {\n",
    "empty.py": "",
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
    "small.toml --strategy empty.py:X": "names no SearchStrategy class",
    "small.toml --strategy lacking.py:Lacking": "lacks ask",
    "small.toml --out small.toml": "small.toml is there already",
    "small.toml --out small.toml/below": "cannot make small.toml/below",
}

OTHER_BAD_INPUT = {
    "resume nowhere": "nowhere is no run",
    "resume folder.toml": "folder.toml is no run",
    "report nowhere": "no run in 'nowhere'",
    "verify nowhere": "nowhere is no run",
    "show brannin": "no strategy, task, modifier, suite or run called 'brannin'; did you mean 'branin'?",
    "show raises.py": "names a file but no class in it",
    "check rondom": "no strategy, task or modifier called 'rondom'; did you mean 'random'?",
    "check raises.py": "names a file but no class in it",
    "check raises.py:X": "RuntimeError: boom",
    "check empty.py:X": "names no SearchStrategy, Task or Modifier",
    "check os:path": "names no SearchStrategy, Task or Modifier",
    "check lacking.py:Other": "known: Lacking",
    "check lacking.py:Lacking": "lacks ask",
    "check random --options step": "an option is key=value or a JSON object, not 'step'",
    "check random --options step=1": "RandomSearch has no option 'step'",
    "check branin --options nose=1": "no option 'nose'; did you mean 'noise'?",
    "check branin --options {x": "are not a JSON object",
    'check branin --options {"noise":[1]}': "option 'noise' is a string, number or bool",
}

USAGE_ERRORS = [
    *("run small.toml --seeds 0", "run small.toml --trials -1", "run small.toml --workers 0", "list hats"),
    *("run small.toml --in-process --workers 2", "resume small --in-process --ray-address auto"),
]


@pytest.fixture(autouse=True)
def _in_a_folder_of_bad_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.toml").mkdir()
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


@pytest.mark.parametrize("line", USAGE_ERRORS)
def test_a_value_that_an_option_does_not_take_is_a_usage_error(line: str) -> None:
    done = tuner(line)

    assert done.exit_code == 2
    assert "Invalid value" in done.stderr


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


def test_a_file_that_the_system_refuses_is_bad_input() -> None:
    assert describe_error(PermissionError(13, "Permission denied", "x.html")) == (
        "error: x.html: Permission denied",
        ExitCode.BAD_INPUT,
    )


def _break_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def divide(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr("tuner.session.run_suite", divide)
