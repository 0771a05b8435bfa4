"""The life of the service: its parts are made and started, and stopped in the opposite order."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from ..remote.exchange import URL_VARIABLE
from .app import create_app
from .jobs import JobQueue
from .listening import make_server
from .settings import ServerSettings

if TYPE_CHECKING:
    from .service import Service


class Part(Protocol):
    """What works beside the server."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End softly, and return when it is over."""


def run_service(settings: ServerSettings, opened: socket.socket, say: Callable[[str], None]) -> None:
    """Serve on an opened socket until SIGINT or SIGTERM; `say` is given the one-time code of the first browser."""
    from .service import Service
    from .supervisor import Supervisor
    from .workshop import Workshop

    os.environ[URL_VARIABLE] = settings.url  # so that the workshop knows that what is remote can be asked here
    folder = settings.folder
    with closing(JobQueue(folder.database)) as queue, closing(Service(folder, queue, Workshop())) as service:
        answer(settings, opened, service, Supervisor(folder, settings), say)


def answer(
    settings: ServerSettings,
    opened: socket.socket,
    service: Service,
    supervisor: Part,
    say: Callable[[str], None],
) -> None:
    """The same with given parts; the service is left open."""
    guard = create_app(settings, service)
    with closing(guard.sessions), _ending_on_signals():
        try:
            service.start()
            supervisor.start()
            say(guard.sessions.new_code(time.time()))
            gc.freeze()  # what is there by now stays: later collections need not look at it
            make_server(guard, settings).run(sockets=[opened])
        finally:
            supervisor.stop()


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """SIGINT and SIGTERM are how a service ends: no error, and what was started is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
