"""Workers and clients of a service with a certificate of its own find it where SSL_CERT_FILE says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from served_under_test import Served

from tuner.client import ServiceError
from tuner.remote.exchange import TOKEN_VARIABLE, URL_VARIABLE, Exchange, NoAnswer
from tuner.remote.question import Question
from tuner.strategies.random_search import RandomSearch

TALK = "c" * 32
SUITE = {"name": "mine", "seeds": 1, "budget": {"trials": 3}, "tasks": ["branin"]}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that nobody has signed but itself, and its key."""
    if (openssl := which("openssl")) is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bench"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory, pair: tuple[Path, Path]) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("encrypted") / "runs", pair=pair)
    made.start()
    yield made
    for client in made.clients:
        client.close()
    made.crash()


@pytest.fixture(autouse=True)
def workers(encrypted: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's environment is that of the service's workers, but for the certificate."""
    monkeypatch.setenv(URL_VARIABLE, encrypted.url)
    monkeypatch.setenv(TOKEN_VARIABLE, encrypted.token("exchange-token"))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


def test_a_strategy_is_asked_over_tls_where_the_certificate_is_named(
    encrypted: Served, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    thread = encrypted.run_next()

    run = encrypted.client().serve_strategy("mine", RandomSearch, suite=SUITE)
    thread.join(20)

    assert encrypted.url.startswith("https://127.0.0.1:")
    assert encrypted.errors == []
    assert (run.state, run.summary.trials, run.summary.failures) == ("finished", 3, 0)


def test_a_worker_says_which_variable_is_missing(encrypted: Served) -> None:
    exchange = Exchange(encrypted.url, encrypted.token("exchange-token"))

    with pytest.raises(NoAnswer, match="certificate of the service is not trusted: SSL_CERT_FILE names a file"):
        exchange.ask(Question("0" * 32, TALK, 0, '{"type":"ask"}'), 0.2)


def test_a_certificate_for_another_name_is_not_trusted(
    encrypted: Served, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    exchange = Exchange(encrypted.url.replace("127.0.0.1", "localhost"), encrypted.token("exchange-token"))

    with pytest.raises(NoAnswer, match="not trusted"):
        exchange.ask(Question("0" * 32, TALK, 0, '{"type":"ask"}'), 0.2)


def test_a_client_trusts_nobody_whom_it_was_not_told_of(encrypted: Served) -> None:
    with pytest.raises(ServiceError, match="certificate"):
        encrypted.client(patience_seconds=0.0).strategies()
