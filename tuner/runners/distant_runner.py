"""A runner on another machine than the service: takes its jobs over HTTP, and keeps no result."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ..client.connection import ServiceError, find_token
from ..errors import InvalidOption
from ..remote.exchange import TOKEN_VARIABLE, URL_VARIABLE
from ..server.heartbeat import Dispossessed
from ..server.jobs import QueueUnreachable
from ..server.runner import Runner
from ..server.service_folder import ServiceFolder
from ..session import Where
from .scratch import Scratch
from .service_carrier import ServiceCarrier
from .service_queue import ServiceQueue, connect, file_connection, patient_connection

_POLL_SECONDS: Final = 2.0
"""Between two questions for a job."""
_CLOSED: Final = frozenset({401, 403})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DistantRunner:
    """A runner for the service at `url`.

    Raises `InvalidOption` for a URL over which no token may go, `ServiceError` for a file without a token.
    """

    url: str
    token_file: Path
    """Holds the service's runner-token."""
    scratch: Scratch
    where: Where

    def __post_init__(self) -> None:
        check_url(self.url)
        find_token(self.token_file)

    def work(self) -> None:
        """Take jobs until SIGINT or SIGTERM.

        Raises `ServiceError` where the service takes neither the token nor this version; `ScratchTaken` or
        `ScratchUnusable`; or `ClusterUnavailable` where another process should go on.
        """
        token = find_token(self.token_file)
        url = self.url.rstrip("/")
        os.environ.update({URL_VARIABLE: url, TOKEN_VARIABLE: token})  # so that workers can ask what is remote
        with (
            closing(connect(url, self.token_file)) as connection,
            closing(patient_connection(url, self.token_file)) as patient,
            closing(file_connection(url, self.token_file)) as files,
            self.scratch.taken() as owner,
        ):
            carrier = ServiceCarrier(files, self.scratch.runs)
            queue = ServiceQueue(connection, patient, self.scratch.runs, carrier.acknowledged, self.scratch.note)
            self._work(Runner(ServiceFolder(self.scratch.runs), queue, owner, self.where, carrier), queue)

    def _work(self, runner: Runner, queue: ServiceQueue) -> None:
        runner.poll_seconds = _POLL_SECONDS
        with _naming(self.token_file), _ending(runner):
            if (left := self.scratch.left()) is not None:
                with suppress(QueueUnreachable):
                    queue.release(left)
            while not runner.ending.is_set():
                with _going_on():
                    runner.work(lambda: True)


def check_url(url: str) -> None:
    """Raise `InvalidOption` unless a token may go there: over https, or to this machine."""
    try:
        parts = urlsplit(url)
        is_plain = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_plain = is_safe = is_whole = False
    if not (is_plain and is_safe and is_whole):
        raise InvalidOption(
            f"--service {url!r:.100} is no URL to which a token may go: https, or http to this machine, "
            "such as https://bench.example.org or http://127.0.0.1:8321"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _naming(token_file: Path) -> Iterator[None]:
    try:
        yield
    except ServiceError as error:
        if error.status in _CLOSED:
            raise ServiceError(f"the service does not take the token in {token_file}: {error}", error.status) from None
        raise


@contextmanager
def _ending(runner: Runner) -> Iterator[None]:
    """SIGINT and SIGTERM end the runner once what is in flight is stored and delivered."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda _number, _frame: runner.end()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _going_on() -> Iterator[None]:
    """Whoever has lost a run goes on with the next one."""
    try:
        yield
    except Dispossessed:
        _log.warning("another runner goes on with the run from what the service has of it")
