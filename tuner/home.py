"""Paths that begin with a home."""

from __future__ import annotations

import os
from pathlib import Path


def expand_home(path: str | Path) -> Path:
    """The path, `~` or `~user` replaced by the home that it stands for; as it is where it stands for none."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  Path.expanduser raises where there is no such home
