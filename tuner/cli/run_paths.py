"""Where the runs are that a command is given."""

from __future__ import annotations

from pathlib import Path

from ..home import expand_home

RUNS = Path("runs")
"""Where runs lie unless told otherwise."""


def place(path: Path | None) -> Path | None:
    """Where an option says to write; a shell leaves the `~` of `--out=~/page.html` as it is."""
    return None if path is None else expand_home(path)


def find_run(name: str, root: Path = RUNS) -> Path:
    """The folder that `name` is, or the run of that name under `root`; not checked to hold a run."""
    path = expand_home(name)
    under_root = root / name
    return under_root if not path.exists() and under_root.is_dir() else path


def run_folders(root: Path = RUNS) -> list[Path]:
    """The folders under `root` that hold a run, oldest first."""
    if not root.is_dir():
        return []
    return sorted((path.parent for path in root.glob("*/run.json")), key=lambda path: (_made(path), path.name))


def _made(run: Path) -> float:
    """When the run was made, in seconds of the epoch; 0 where that cannot be told."""
    try:
        return (run / "suite.toml").stat().st_mtime
    except OSError:
        return 0.0
