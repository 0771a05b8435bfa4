"""What a run was made with: machine, Python, and the packages that decide its results."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .extras import distributions_of

DECIDING_PACKAGES = (
    *("tuner-bench", "numpy", "scipy", "scikit-learn", "torch", "optuna", "cmaes", "scikit-optimize"),
    *("scikit-image", "coco-experiment", "gensim", "onnxruntime", "tokenizers"),
)
"""Those that a trial's values or a strategy's proposals can depend on."""
_MACHINERY = ("ray", "pandas", "pyarrow")


def package_versions(modules: Iterable[str] = (), distributions: Iterable[str] = ()) -> dict[str, str]:
    """Version of each package of interest that is installed, by distribution.

    Those that provide `modules` are among them, and these `distributions`.
    """
    return _versions(dict.fromkeys([*DECIDING_PACKAGES, *_MACHINERY, *distributions_of(modules), *distributions]))


def changed_versions(before: Mapping[str, str]) -> list[str]:
    """What has another version than before, of all that can decide a result: as in "numpy 2.0 -> 2.1"."""
    names = dict.fromkeys([*DECIDING_PACKAGES, *[name for name in before if name not in _MACHINERY]])
    now = _versions(names)
    return [
        f"{name} {before.get(name, 'absent')} -> {now.get(name, 'absent')}"
        for name in names
        if before.get(name) != now.get(name)
    ]


def _versions(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
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
