"""One thread a worker: what a trial computes must not depend on how many cores a machine has."""

from __future__ import annotations

import os

import threadpoolctl

_NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS")
THREAD_VARIABLES = dict.fromkeys(_NAMES, "1")
"""Environment variables that libraries read when they are first imported."""


def pin_threads() -> None:
    """Let BLAS, OpenMP and torch use one thread in this process, whether they are loaded already or later."""
    os.environ.update(THREAD_VARIABLES)
    threadpoolctl.threadpool_limits(limits=1)
