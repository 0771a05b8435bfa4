"""Tables of other packages: converted once, each in a process of its own, and kept in the user's cache."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pyarrow as pa

from results.table_file import TableDescription, write_table_file
from tuner.errors import BrokenPlugin, MissingExtra

_CONVERT: Final = "import pathlib, sys; from {} import convert; convert(sys.argv[1], pathlib.Path(sys.argv[2]))"


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package that holds evaluations, and the module of ours that makes tables of them."""

    name: str
    """Of the distribution: what stands before the colon in a table's name."""
    module: str
    """That the distribution installs; found, but never imported here."""
    extra: str
    """Of tuner-bench, which installs it."""
    converter: str
    """Module whose `convert` writes the two files of a table, by its name, to a folder."""
    format: int
    """Of what is in the cache; another number is another folder."""

    def converted(self, name: str) -> Path:
        """The TOML file of a table, in the user's cache; converted where it is not there yet.

        Raises `MissingExtra` without the package, and `BrokenPlugin` where the package holds something else.
        """
        if find_spec(self.module) is None:
            raise MissingExtra(f"{self.name}:{name} needs {self.name}: pip install 'tuner-bench[{self.extra}]'")
        folder = cache_folder() / f"{self.name}-{importlib.metadata.version(self.name)}-{self.format}"
        path = folder / f"{file_name(name)}.toml"
        if not path.exists():
            command = [sys.executable, "-P", "-c", _CONVERT.format(self.converter), name, str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our module, on a name that the caller has checked
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise BrokenPlugin(f"{self.name}:{name} cannot be converted: {reason}")
        return path

    @property
    def place(self) -> Path:
        """The folder in which the package is installed; raises `MissingExtra` where it is not."""
        found = find_spec(self.module)
        if found is None or found.origin is None:
            raise MissingExtra(f"{self.name} is not installed: pip install 'tuner-bench[{self.extra}]'")
        return Path(found.origin).parent


def cache_folder() -> Path:
    """Where converted tables are kept: `$XDG_CACHE_HOME/tuner-bench`, else `~/.cache/tuner-bench`."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "tuner-bench"


def file_name(name: str) -> str:
    """What the files of a table are called."""
    return name.replace("/", "-")


def write_converted(description: TableDescription, rows: pa.Table, folder: Path) -> Path:
    """Both files, moved into place one after the other, the TOML file last: where it is, all is."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        path = write_table_file(description, rows, Path(beside))
        (Path(beside) / description.parquet).replace(folder / description.parquet)
        return path.replace(folder / path.name)
