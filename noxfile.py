# /// script
# dependencies = ["nox"]
# ///
"""What a developer runs: `nox -l` lists the sessions, `nox -s tests -- -k space` passes arguments on."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "tests", "service", "docs"]
nox.options.default_venv_backend = "virtualenv"

CONSTRAINTS = Path("constraints.txt")
PYPROJECT = Path("pyproject.toml")
PACKAGES = ("tuner", "benchmarks", "results")
SYNE_TUNE = "syne-tune==0.16.0"
SYNE_TUNE_IMPORTS = ("dill", "huggingface-hub", "numpy", "pandas", "psutil", "scikit-learn", "sortedcontainers", "tqdm")
NO_TESTS_SELECTED = 5  # an exit code of pytest


@nox.session(reuse_venv=True, default=False)
def project(session: nox.Session) -> None:
    """Install the project with everything its developers need; the sessions below share this environment."""
    stamp = _shared(session) / "installed.sha256"
    digest = hashlib.sha256(PYPROJECT.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        session.log("up to date with pyproject.toml and constraints.txt")
        return
    stamp.unlink(missing_ok=True)
    developer_tools = nox.project.dependency_groups(nox.project.load_toml(PYPROJECT), "dev")
    session.install("-c", str(CONSTRAINTS), "-e", ".[all]", *developer_tools)
    stamp.write_text(digest)


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check style, formatting and which package may import which."""
    session.install("-c", str(CONSTRAINTS), "ruff", "import-linter")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session(python=False, requires=["project"])
def types(session: nox.Session) -> None:
    """Check all types, those of the tests and examples included."""
    _run(session, "mypy", *PACKAGES, "tests", "examples", "bench", "noxfile.py")


@nox.session(python=False, requires=["project"])
def tests(session: nox.Session) -> None:
    """Run the tests that need no Ray and finish in seconds, but for those of the documentation and the service."""
    elsewhere = ("--ignore", "tests/docs", "--ignore", "tests/server")
    _run(session, "pytest", "-n", "2", "--dist", "loadscope", *elsewhere, *session.posargs)


@nox.session(python=False, requires=["project"])
def service(session: nox.Session) -> None:
    """Run the tests of the service, its interface and its pages."""
    _run(session, "pytest", "tests/server", "-n", "2", "--dist", "loadscope", *session.posargs)


@nox.session(python=False, requires=["project"], default=False)
def ray(session: nox.Session) -> None:
    """Run the tests that start real Ray workers, among them those that kill some."""
    _run(session, "pytest", "-m", "ray and not slow", *session.posargs, success_codes=[0, NO_TESTS_SELECTED])


@nox.session(python=False, requires=["project"], default=False)
def slow(session: nox.Session) -> None:
    """Run the tests that take more than ten seconds each."""
    _run(session, "pytest", "-m", "slow", *session.posargs, success_codes=[0, NO_TESTS_SELECTED])


@nox.session(python=False, requires=["project"])
def docs(session: nox.Session) -> None:
    """Run the code blocks of the README and the documentation, and the examples."""
    _run(session, "pytest", "tests/docs", "-m", "", *session.posargs)


@nox.session(python=False, requires=["project"], default=False)
def demo(session: nox.Session) -> None:
    """Run the quick suite, as the README does."""
    _run(session, "tuner", "run", "quick", *session.posargs)


@nox.session(reuse_venv=True, requires=["project"], default=False)
def bench(session: nox.Session) -> None:
    """Measure the speed of tuner itself, beside other libraries in the same run.

    Syne Tune has an environment of its own, with no more than its simulator imports: all that it asks for would bring
    xgboost and CUDA's libraries.
    """
    if session.posargs and "simulation" not in session.posargs:
        _run(session, "python", "-m", "bench", *session.posargs)
        return
    session.install("-c", str(CONSTRAINTS), *SYNE_TUNE_IMPORTS)
    session.install("--no-deps", SYNE_TUNE)
    opponent = {"SYNE_TUNE_PYTHON": str(Path(session.bin, "python"))}
    _run(session, "python", "-m", "bench", *session.posargs, env=opponent)


@nox.session(python=False, requires=["project"], default=False)
def load(session: nox.Session) -> None:
    """Measure the service under load, and its pages beside optuna-dashboard; `-- --seconds 10` for a first look."""
    _run(session, "python", "-m", "bench.load", *session.posargs)


@nox.session(requires=["project"], default=False)
def wheel(session: nox.Session) -> None:
    """Build the source distribution and the wheel, and install the wheel in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        _run(session, "python", "-m", "build", "--no-isolation", "--outdir", folder)
        (built,) = Path(folder).glob("*.whl")
        _check_top_level(session, built)
        session.install("-c", str(CONSTRAINTS), str(built))
        with session.chdir(folder):  # away from the checkout, so that only the wheel is there to import
            session.run("python", "-c", f"import {', '.join(PACKAGES)}")
            session.run("tuner", "--help")


def _shared(session: nox.Session) -> Path:
    """The environment of the session `project`."""
    return session.cache_dir.resolve().parent / "project"


def _run(
    session: nox.Session,
    tool: str,
    *arguments: str,
    success_codes: Sequence[int] = (0,),
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a tool of the shared environment, with that environment's programs first on the path."""
    folder = _shared(session) / "bin"
    path = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    variables = {"PATH": path, **(env or {})}
    session.run(str(folder / tool), *arguments, env=variables, external=True, success_codes=success_codes)


def _check_top_level(session: nox.Session, built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        folders = {name.split("/")[0] for name in archive.namelist()}
    packages = {name for name in folders if not name.endswith(".dist-info")}
    if packages != set(PACKAGES):
        session.error(f"the wheel holds {sorted(packages)}, and should hold {sorted(PACKAGES)}")


if __name__ == "__main__":
    nox.main()
