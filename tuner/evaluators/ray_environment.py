"""What Ray reads from the environment when it is first imported; so this comes before `import ray`."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from .threads import THREAD_VARIABLES

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ENABLE_AUTO_CONNECT": "0",  # a call that comes after the end would start another Ray
}


def prepare(*, is_private: bool) -> None:
    """Set Ray's variables; for a private Ray with a token of its own, in a file that only this user can read.

    Where Ray is imported already, it goes on without a token: it would not present the one that its processes ask for.
    """
    os.environ.update(_QUIET)
    if is_private:
        os.environ.update(THREAD_VARIABLES)
        if "ray" not in sys.modules:
            os.environ.update({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(_token())})


@cache
def private_folder() -> Path:
    """This process's folder for a private Ray, mode 0700, removed at exit; its path is short, as sockets need."""
    owner = os.getpid()
    folder = Path(tempfile.mkdtemp(prefix=f"tuner-{owner}-"))
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == owner else None)
    return folder


@cache
def _token() -> Path:
    path = private_folder() / "token"
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32), encoding="ascii")
    return path
