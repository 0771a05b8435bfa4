"""The files of a run that a service keeps, read and written over HTTP."""

from __future__ import annotations

import hashlib
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from ..client.connection import Connection, ServiceError
from ..server.jobs import QueueUnreachable
from ..server.run_files import JOURNAL, LARGEST_PIECE, RunFile, digest_of, is_known
from ..server.work_queue import NotDelivered
from .insistence import Insistence
from .service_queue import WORK, path_of, reason_of, understood

_BYTES: Final = {"Content-Type": "application/octet-stream"}


class ServiceFiles:
    """One run's files. Every method may raise `LeaseLost`, `NotDelivered` or `BrokenOff`."""

    def __init__(self, connection: Connection, run: str, owner: str, insistence: Insistence) -> None:
        self._connection = connection
        self._run = run
        self._owner = owner
        self._insistence = insistence

    def fetch(self, folder: Path) -> None:
        """Make the folder with all files that the service has; leave it out where there are none."""
        for told in self._insistence.until_answered(self._list):
            if not is_known(told.path):
                raise NotDelivered(f"the service has a file {told.path!r:.100} that no run has")
            place = folder / told.path
            place.parent.mkdir(parents=True, exist_ok=True)
            self._fetch(place, told)

    def append(self, name: str, place: int, content: bytes) -> None:
        """Let a journal grow; once this returns, the service has it on its disk."""
        self._ask("PUT", path_of(self._run, name), content, place=place)

    def replace(self, name: str, handle: int) -> None:
        """Put a file in place, as it is when it is opened: others replace it, and never change it."""
        size, digest, place = os.fstat(handle).st_size, digest_of(handle), 0
        while place < size or not size:
            content = os.pread(handle, LARGEST_PIECE, place)
            self._ask("PUT", path_of(self._run, name), content, place=place, size=size, sha256=digest)
            place += len(content)
            if not size:
                return

    def clear_journal(self) -> None:
        """Remove the journal of a run that is finished."""
        self._ask("DELETE", path_of(self._run, JOURNAL))

    def _list(self) -> list[RunFile]:
        answer = self._ask_once("GET", f"{WORK}/{self._run}/files")
        with understood(self._connection.url):
            return [RunFile(str(one["path"]), int(one["size"]), str(one["sha256"])) for one in answer.json()]

    def _fetch(self, path: Path, told: RunFile) -> None:
        digest, got = hashlib.sha256(), 0
        with path.open("wb") as file:
            while got < told.size:
                content = self._ask("GET", path_of(self._run, told.path), place=got, length=LARGEST_PIECE).content
                if not content:
                    break
                digest.update(content)
                file.write(content)
                got += len(content)
        if got != told.size or digest.hexdigest() != told.sha256:
            raise NotDelivered(f"{told.path} of {self._run} did not arrive as the service described it")

    def _ask(self, method: str, path: str, content: bytes | None = None, **parameters: Any) -> Any:
        return self._insistence.until_answered(lambda: self._ask_once(method, path, content, **parameters))

    def _ask_once(self, method: str, path: str, content: bytes | None = None, **parameters: Any) -> Any:
        headers = None if content is None else _BYTES
        parameters["owner"] = self._owner
        try:
            answer = self._connection.request(method, path, parameters=parameters, content=content, headers=headers)
        except ServiceError as error:
            reason = reason_of(error)
            raise NotDelivered(str(error)) if reason is error else reason from None
        if method != "GET" and answer.status_code != HTTPStatus.NO_CONTENT:
            raise QueueUnreachable(f"what answers at {self._connection.url} is no service: {answer.status_code}")
        return answer
