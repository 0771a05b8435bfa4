"""What `tuner doctor` looks at: whether this machine and installation can run what is asked of them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Literal

from .errors import TunerError
from .extras import lacks
from .layout import check_layout
from .machine import describe_machine, usable_cores
from .modifier import Modifier
from .registry import Kind, Reference, entry_points, find, load_any
from .task import Task

DISTRIBUTION = "tuner-bench"
_OLDEST_PYTHON = (3, 11)
_LITTLE_MEMORY_GB = 2.0
_LITTLE_DISK_GB = 1.0
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    status: Literal["ok", "warning", "problem"] = "ok"
    message: str = ""
    """What is wrong, and what to do about it; may say more where nothing is."""


def examine(runs: Path, *, starts_ray: bool = False) -> Iterator[Finding]:
    """Everything that is looked at, the foundations first; `runs` is where runs are to lie."""
    yield examine_python()
    yield examine_layout()
    yield from examine_packages()
    yield from examine_plugins("strategy")
    yield from examine_plugins("task")
    yield from examine_plugins("modifier")
    yield examine_memory()
    yield examine_threads(os.environ)
    yield examine_disk(runs)
    yield examine_writing(runs)
    if starts_ray:
        yield examine_ray()


def examine_python() -> Finding:
    """Whether Python is new enough."""
    subject = f"Python {platform.python_version()} at {sys.executable}"
    if sys.version_info < _OLDEST_PYTHON:
        return Finding(subject, "problem", "tuner-bench needs Python 3.11 or newer")
    return Finding(subject)


def examine_layout() -> Finding:
    """Whether another package hides one of ours."""
    subject = "the packages tuner, benchmarks and results stand side by side"
    try:
        check_layout()
    except TunerError as error:
        return Finding(subject, "problem", str(error))
    return Finding(subject)


def examine_packages() -> Iterator[Finding]:
    """Whether what tuner-bench requires is installed, and which of its extras are."""
    try:
        requirements = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        yield Finding(f"{DISTRIBUTION} is installed", "problem", "it is not: pip install tuner-bench")
        return
    yield _examine_required([text for text in requirements if "extra ==" not in text])
    for extra in metadata(DISTRIBUTION).get_all("Provides-Extra") or []:
        wanted = [text for text in requirements if re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", text)]
        missing = _missing(wanted)
        if missing:
            command = f"pip install '{DISTRIBUTION}[{extra}]'"
            yield Finding(f"extra {extra}", "warning", f"{', '.join(missing)} missing; install with: {command}")
        else:
            yield Finding(f"extra {extra}")


def examine_plugins(kind: Kind) -> Iterator[Finding]:
    """Which plug-ins of a kind are usable, in one line, and each that is not."""
    usable, others = [], []
    for name in entry_points(kind):
        reference = find(kind, name)
        trouble = _trouble(reference)
        if trouble is None:
            usable.append(name)
        else:
            others.append(Finding(f"{kind} {name}", *trouble))
    plural = {"strategy": "strategies", "task": "tasks", "modifier": "modifiers"}[kind]
    yield Finding(f"{len(usable)} usable {plural}: {', '.join(usable)}" if usable else f"no usable {plural}")
    yield from others


def examine_memory() -> Finding:
    """Cores and memory."""
    machine = describe_machine()
    available = _available_gb()
    subject = f"{machine['cores']} cores, {machine['memory_gb']} GB of memory, {available:.1f} GB of it free"
    if available < _LITTLE_MEMORY_GB:
        return Finding(subject, "warning", "little is free: run with --workers 1 or --in-process")
    return Finding(subject)


def examine_threads(environment: Mapping[str, str]) -> Finding:
    """Whether the thread variables of the numerical libraries make sense; workers set their own."""
    found = {name: environment[name] for name in _THREAD_VARIABLES if name in environment}
    subject = f"threads: {', '.join(f'{name}={value}' for name, value in found.items()) or 'no variable set'}"
    wrong = [name for name, value in found.items() if not (value.isdecimal() and 0 < int(value) <= usable_cores())]
    if wrong:
        return Finding(subject, "warning", f"{', '.join(wrong)}: a number from 1 to {usable_cores()} makes sense here")
    return Finding(subject)


def examine_disk(runs: Path) -> Finding:
    """Room where runs are to lie."""
    place = _existing(runs)
    free = shutil.disk_usage(place).free / 1e9
    subject = f"{free:,.1f} GB free on the disk of {runs}"
    return Finding(subject, "warning", "little room for runs") if free < _LITTLE_DISK_GB else Finding(subject)


def examine_writing(runs: Path) -> Finding:
    """Whether a run's folder can be made there; leaves nothing behind."""
    place = _existing(runs)
    subject = f"runs can be written to {runs}"
    if runs.exists() and not runs.is_dir():
        return Finding(subject, "problem", "it is no folder")
    try:
        with tempfile.NamedTemporaryFile(dir=place):
            return Finding(subject)
    except OSError as error:
        return Finding(subject, "problem", f"{place}: {error.strerror}; choose another folder with --out")


def examine_ray() -> Finding:
    """Whether a private Ray starts and stops; takes some seconds."""
    from .session import Where

    subject = "Ray starts a worker"
    try:
        evaluator = Where(workers=1).evaluator()
        evaluator.close()
    except Exception as error:  # noqa: BLE001  whatever keeps Ray from starting is the finding
        return Finding(subject, "problem", f"{type(error).__name__}: {' '.join(str(error).split())}")
    return Finding(subject)


def _examine_required(requirements: list[str]) -> Finding:
    missing = _missing(requirements)
    if missing:
        return Finding(f"required packages: {len(missing)} missing", "problem", f"pip install {' '.join(missing)}")
    return Finding(f"{DISTRIBUTION} {version(DISTRIBUTION)} and the {len(requirements)} packages that it requires")


def _missing(requirements: list[str]) -> list[str]:
    """The distributions among these requirements that are not installed."""
    named = (re.match(r"[\w.-]+", text) for text in requirements)
    return [found.group() for found in named if found and not _is_installed(found.group())]


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def _trouble(reference: Reference) -> tuple[Literal["warning", "problem"], str] | None:
    """What keeps a plug-in from being used; None where nothing does."""
    try:
        kind = load_any(reference)
    except TunerError as error:
        return "problem", str(error)
    if not issubclass(kind, Task) or issubclass(kind, Modifier):
        return None
    if reason := lacks(kind.card):
        return "warning", reason
    if kind.card.extra:
        wanted = [text for text in requires(DISTRIBUTION) or [] if f"extra == '{kind.card.extra}'" in text]
        if missing := _missing(wanted):
            command = f"pip install '{DISTRIBUTION}[{kind.card.extra}]'"
            return "warning", f"needs {', '.join(missing)}; install with: {command}"
    return None


def _available_gb() -> float:
    """Memory that programs could still take, caches given up."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    kilobytes = dict(line.split(":") for line in lines)["MemAvailable"].split()[0]
    return int(kilobytes) / 1e6


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest one above that exists."""
    full = path.absolute()
    return next(place for place in (full, *full.parents) if place.is_dir())
