"""The queue of a service on another machine, asked over HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..client.connection import Connection, ServiceError
from ..errors import TunerError, describe
from ..server.jobs import LEASE_SECONDS, Job, JobState, LeaseLost, QueueUnreachable, Wish
from ..server.service_folder import RUN_ID

WORK: Final = "/api/v1/work"
_READ_SECONDS: Final = 15.0
"""How long the service may say nothing, well within a lease."""
_FILE_SECONDS: Final = LEASE_SECONDS
"""The same of requests about files, since the service reads the whole of a file to know its digest."""
_LATER: Final = frozenset({408, 429})
_BROKEN: Final = 500
_TAKEN: Final = 409


def connect(
    url: str, token_file: Path, *, patience_seconds: float = 0.0, read_seconds: float = _READ_SECONDS
) -> Connection:
    """The way to a service. Raises `ServiceError` for a file without a token."""
    return Connection(url, token_file, patience_seconds=patience_seconds, read_seconds=read_seconds)


def reason_of(error: ServiceError) -> TunerError:
    """What a refusal means: a lost lease, a service that is out of reach, or itself."""
    if error.status == _TAKEN:
        return LeaseLost(str(error))
    if error.status is None or error.status in _LATER or error.status >= _BROKEN:
        return QueueUnreachable(str(error))
    return error


@contextmanager
def understood(url: str) -> Iterator[None]:
    """Who answers what no service answers, such as a proxy in between, is no service: `QueueUnreachable`."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise QueueUnreachable(f"what answers at {url} is no service: {describe(error)}") from None


class ServiceQueue:
    """Speaks for a runner. `acknowledged` says how many of the trials at hand the service has.

    `patient` is for what is said once, at the end of a job; the rest is said again anyway. `note` is told the name of
    each lease before it is asked for.
    """

    def __init__(
        self,
        connection: Connection,
        patient: Connection,
        runs: Path,
        acknowledged: Callable[[], int],
        note: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._patient = patient
        self._runs = runs
        self._acknowledged = acknowledged
        self._note = note
        self._unused: str | None = None

    def claim(self, owner: str, _now: float) -> Job | None:
        """Take a job; raises `ServiceError` where the service takes neither the token nor the version.

        Each job has an owner of a name of its own, so that what is late of its former life is nobody's any more.
        """
        lease, self._unused = self._unused or self._new(owner), None
        told = self._say(self._connection, "claim", lease, version=version("tuner-bench"))
        if told is None:
            self._unused = lease
            return None
        with understood(self._connection.url):
            return _job(told, lease)

    def _new(self, owner: str) -> str:
        lease = f"{owner}.{secrets.token_hex(4)}"
        self._note(lease)
        return lease

    def renew(self, run: str, owner: str, _now: float, trials: int) -> Wish | None:
        """Say that the runner is alive; what the service refuses counts as a service that cannot be reached."""
        told = self._tell(self._connection, f"{run}/renew", owner, trials=min(trials, self._acknowledged()))
        with understood(self._connection.url):
            return _wish(told["wish"])

    def end(self, run: str, owner: str, state: JobState, message: str = "") -> None:
        """Say how a job ended; of paths on this machine only the run's name is told."""
        self._tell(self._patient, f"{run}/end", owner, state=state.value, message=self._plain(message))

    def put_back(self, run: str, owner: str, failure: str = "") -> JobState:
        """Let go of a job that is not over."""
        told = self._tell(self._patient, f"{run}/put-back", owner, failure=self._plain(failure))
        with understood(self._connection.url):
            return JobState(told["state"])

    def release(self, owner: str) -> None:
        """Let others have what was held by this name."""
        self._say(self._connection, "release", owner)

    def _plain(self, message: str) -> str:
        return message.replace(f"{self._runs}/", "")

    def _tell(self, connection: Connection, what: str, owner: str, **fields: object) -> Any:
        try:
            return self._say(connection, what, owner, **fields)
        except ServiceError as error:
            raise QueueUnreachable(str(error)) from None

    @staticmethod
    def _say(connection: Connection, what: str, owner: str, **fields: object) -> Any:
        """The answer's JSON; None for one that is empty."""
        try:
            answer = connection.request("POST", f"{WORK}/{what}", json={"owner": owner, **fields})
        except ServiceError as error:
            raise reason_of(error) from None
        with understood(connection.url):
            return answer.json() if answer.content else None


def patient_connection(url: str, token_file: Path) -> Connection:
    """One that tries again for as long as a lease may last."""
    return connect(url, token_file, patience_seconds=LEASE_SECONDS)


def file_connection(url: str, token_file: Path) -> Connection:
    """One for the files of runs."""
    return connect(url, token_file, read_seconds=_FILE_SECONDS)


def path_of(run: str, name: str) -> str:
    """Where a file of a run is."""
    return f"{WORK}/{run}/files/{quote(name)}"


def _job(told: Mapping[str, Any], owner: str) -> Job:
    if not RUN_ID.fullmatch(told["run"]):
        raise ValueError(f"{told['run']!r:.100} is no name of a run")
    return Job(
        number=0,
        run=told["run"],
        suite_name="",
        state=JobState.RUNNING,
        wish=_wish(told["wish"]),
        message=told["message"],
        created=0.0,
        workers=told["workers"],
        attempts=told["attempts"],
        owner=owner,
        lease_until=None,
        suite=told["suite"],
    )


def _wish(told: str | None) -> Wish | None:
    return None if told is None else Wish(told)
