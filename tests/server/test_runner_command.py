"""`tuner runner` says in one line what is wrong with what it was told."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from distant_under_test import ended, submit
from served_under_test import Served, served
from typer.testing import CliRunner

from tuner.cli.main import app
from tuner.remote.exchange import TOKEN_VARIABLE, URL_VARIABLE
from tuner.runners.scratch import Scratch
from tuner.server.jobs import LEASE_SECONDS, JobState

__all__ = ["served"]
NO_URL = (
    "is no URL to which a token may go: https, or http to this machine, "
    "such as https://bench.example.org or http://127.0.0.1:8321"
)


def told(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["runner", *arguments])
    return done.exit_code, done.stderr


@pytest.fixture
def token(tmp_path: Path) -> str:
    file = tmp_path / "runner-token"
    file.write_text("0" * 64)
    return str(file)


@pytest.mark.parametrize(
    "url",
    [
        "http://bench.example.org",
        "ftp://bench.example.org",
        "bench.example.org",
        "https://",
        "https://me@bench.example.org",
        "https://bench.example.org/tuner",
        "https://bench.example.org?x=1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1.example.org",
        "http://[::1",
    ],
)
def test_a_url_to_which_no_token_may_go_is_refused(url: str, token: str) -> None:
    assert told("--service", url, "--token-file", token) == (2, f"error: --service {url!r} {NO_URL}\n")


def test_a_token_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    code, line = told("--service", "https://bench.example.org", "--token-file", str(tmp_path / "nowhere"))

    assert code == 2
    assert line == (
        f"error: {tmp_path}/nowhere is neither a token nor a file that can be read: No such file or directory\n"
    )


def test_a_file_that_holds_no_token_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("secret")

    code, line = told("--service", "https://bench.example.org", "--token-file", str(tmp_path / "file"))
    assert (code, line) == (2, f"error: {tmp_path}/file holds no token (64 hexadecimal digits)\n")


@pytest.mark.parametrize("kind", ["read-only-token", "exchange-token", "wrong"])
def test_a_token_that_opens_no_work_is_told(served: Served, tmp_path: Path, token: str, kind: str) -> None:
    file = token if kind == "wrong" else str(served.settings.folder.own / kind)

    code, line = told("--service", served.url, "--token-file", file, "--runs", str(tmp_path))
    assert code == 2
    assert line.splitlines()[-1].startswith(f"error: the service does not take the token in {file}: ")


def test_a_runner_of_another_version_is_told_so(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.runners.service_queue.version", lambda _name: "0.0")
    token = str(served.settings.folder.runner_token)

    code, line = told("--service", served.url, "--token-file", token, "--runs", str(tmp_path))
    assert code == 2
    assert line.endswith("and this runner '0.0': install the same version on both\n")


def test_it_makes_runs_until_it_is_told_to_stop(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, "")
    monkeypatch.setenv(TOKEN_VARIABLE, "")
    submit(served)
    (tmp_path / "mine").mkdir()

    def stop_once_it_is_finished() -> None:
        while ended(served)[0] is not JobState.FINISHED:
            threading.Event().wait(0.05)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=stop_once_it_is_finished, daemon=True).start()
    token = str(served.settings.folder.runner_token)
    code, line = told("--service", f"{served.url}/", "--token-file", token, "--runs", str(tmp_path), "--in-process")

    assert (code, line.splitlines()[0]) == (
        0,
        f"making runs for {served.url}; Ctrl-C stops once what is in flight is stored",
    )
    assert line.splitlines()[-1] == "stopped"
    assert (tmp_path / "mine").is_dir()  # nothing but what is the runner's own is ever removed


def test_a_runner_that_is_started_anew_lets_go_of_the_lease_that_its_folder_names_and_of_no_other(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.server.runner.Runner.work", lambda self, _is_wanted: self.end())
    for run, owner in (("left", "distant/host.1"), ("others", "distant/host.2")):
        submit(served, run)
        assert served.queue.claim(owner, 1e10) is not None
    with Scratch(tmp_path).taken():
        Scratch(tmp_path).note("host.1")
    told("--service", served.url, "--token-file", str(served.settings.folder.runner_token), "--runs", str(tmp_path))

    leases = {job.run: job.lease_until for job in served.queue.all()}
    assert (leases["left"], leases["others"]) == (0.0, 1e10 + LEASE_SECONDS)
