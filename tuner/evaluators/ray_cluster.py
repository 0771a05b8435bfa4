"""Starting a private Ray on this machine, or joining an existing cluster."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import Popen
from typing import Any

import ray
from ray._private import ray_constants
from ray._private.authentication.authentication_utils import is_token_auth_enabled

from ..errors import ClusterUnavailable
from ..machine import usable_cores
from ..remote.exchange import service_variables
from .ray_environment import private_folder
from .threads import THREAD_VARIABLES

_LOOPBACK = "127.0.0.1"
_VITAL = (ray_constants.PROCESS_TYPE_GCS_SERVER, ray_constants.PROCESS_TYPE_RAYLET)
"""The processes of a Ray without which none of its workers answers."""


class RayCluster:
    """A connection to Ray. A private one listens on 127.0.0.1 only, asks for its token, and dies with this process."""

    def __init__(self, workers: int | None, address: str | None) -> None:
        self._is_ours = not ray.is_initialized()
        self._is_connected = not self._is_ours
        if not self._is_ours and address is not None:
            raise ClusterUnavailable(f"this process is connected to Ray already; it cannot join {address}")
        if address is not None:
            _connect(address=address, runtime_env={"env_vars": {**THREAD_VARIABLES, **service_variables()}})
            self._is_connected = True
        self.workers = workers or (_cluster_cores() if self._is_connected else usable_cores())

    def start(self) -> None:
        """Start the private Ray, unless there is a connection already; takes seconds."""
        if not self._is_connected:
            _start(self.workers)
            self._is_connected = True

    def close(self) -> None:
        """Disconnect; a private Ray ends."""
        if self._is_ours and self._is_connected:
            ray.shutdown()


def check_alive() -> None:
    """Raise `ClusterUnavailable` where a process that a private Ray needs has ended: some calls would wait for ever."""
    if not ray.is_initialized():
        raise ClusterUnavailable("Ray has been shut down")
    node = ray._private.worker._global_node  # noqa: SLF001  Ray tells it nowhere else
    dead: list[tuple[str, Popen[bytes]]] = [] if node is None else node.dead_processes()
    for kind, process in dead:  # none of a cluster that was joined
        if kind in _VITAL:
            raise ClusterUnavailable(f"Ray itself has died: its {kind} ended with exit code {process.returncode}")


def _cluster_cores() -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _start(cores: int) -> None:
    if not is_token_auth_enabled():
        warnings.warn(
            "Ray was imported before tuner could switch its tokens on: any user of this machine can reach its workers",
            stacklevel=2,
        )
    ray_constants.ENABLE_RAY_CLUSTER = False  # else Ray takes another address for 127.0.0.1, and listens on all
    _connect(
        address="local",
        num_cpus=cores,
        include_dashboard=False,
        dashboard_host=_LOOPBACK,
        _node_ip_address=_LOOPBACK,
        _temp_dir=str(private_folder() / "ray"),
    )


def _connect(**options: Any) -> None:
    try:
        with _keeping_handler():
            ray.init(logging_level=logging.ERROR, log_to_driver=False, configure_logging=False, **options)
    except Exception as error:
        with suppress(Exception):
            ray.shutdown()
        text = " ".join(str(error).split())
        raise ClusterUnavailable(f"Ray could not be started or reached: {type(error).__name__}: {text:.300}") from error


@contextmanager
def _keeping_handler() -> Iterator[None]:
    """Ray puts handlers of its own in the place of the one for SIGTERM, which would end a run before it is stored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, replace = signal.getsignal(signal.SIGTERM), ray._private.utils.set_sigterm_handler  # noqa: SLF001  no option for it
    ray._private.utils.set_sigterm_handler = lambda _handler: None  # noqa: SLF001  the same
    try:
        yield
    finally:
        ray._private.utils.set_sigterm_handler = replace  # noqa: SLF001  the same
        signal.signal(signal.SIGTERM, before)
