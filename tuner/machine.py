"""What a run was made with: machine, Python, and the packages that decide its results."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("tuner-bench", "numpy", "scipy", "scikit-learn", "torch", "optuna", "cmaes", "scikit-optimize"),
    *("ray", "pandas", "pyarrow"),
)
DECIDING_PACKAGES = _PACKAGES[:8]
"""Those that a trial's values or a strategy's proposals can depend on."""


def package_versions() -> dict[str, str]:
    """Version of each package of interest that is installed, by distribution name."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def python_version() -> str:
    """As in "3.11.7"."""
    return platform.python_version()


def describe_machine() -> dict[str, str | int | float]:
    """System, processor, cores that this process may use, and memory in GB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "system": f"{platform.system()} {platform.release()}",
        "cpu": _processor(),
        "cores": usable_cores(),
        "memory_gb": round(memory, 1),
    }


def usable_cores() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
