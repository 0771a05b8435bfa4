"""Starting a private Ray on this machine, or joining an existing cluster."""

from __future__ import annotations

import logging
import warnings
from contextlib import suppress
from typing import Any

import ray
from ray._private import ray_constants
from ray._private.authentication.authentication_utils import is_token_auth_enabled

from ..errors import ClusterUnavailable
from ..machine import usable_cores
from .ray_environment import private_folder
from .threads import THREAD_VARIABLES

_LOOPBACK = "127.0.0.1"


class RayCluster:
    """A connection to Ray. A private one listens on 127.0.0.1 only, asks for its token, and dies with this process."""

    def __init__(self, workers: int | None, address: str | None) -> None:
        self._is_ours = not ray.is_initialized()
        self._is_connected = not self._is_ours
        if not self._is_ours and address is not None:
            raise ClusterUnavailable(f"this process is connected to Ray already; it cannot join {address}")
        if address is not None:
            _connect(address=address, runtime_env={"env_vars": THREAD_VARIABLES})
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
        ray.init(logging_level=logging.ERROR, log_to_driver=False, configure_logging=False, **options)
    except Exception as error:
        with suppress(Exception):
            ray.shutdown()
        text = " ".join(str(error).split())
        raise ClusterUnavailable(f"Ray could not be started or reached: {type(error).__name__}: {text:.300}") from error
