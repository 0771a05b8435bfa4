"""Where the runs are that a command is given."""

from __future__ import annotations

from pathlib import Path

RUNS = Path("runs")
"""Where runs lie unless told otherwise."""


def find_run(name: str, root: Path = RUNS) -> Path:
    """The folder that `name` is, or the run of that name under `root`; not checked to hold a run."""
    path = Path(name).expanduser()
    under_root = root / name
    return under_root if not path.exists() and under_root.is_dir() else path


def run_folders(root: Path = RUNS) -> list[Path]:
    """The folders under `root` that hold a run, oldest first."""
    if not root.is_dir():
        return []
    found = [path.parent for path in root.glob("*/run.json")]
    return sorted(found, key=lambda path: ((path / "suite.toml").stat().st_mtime, path.name))
