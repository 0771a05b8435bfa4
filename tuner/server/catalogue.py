"""The catalogue: what is installed, kept as a file that a server can read without loading any of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from results.errors import ResultsError
from results.sealing import write_text

from ..errors import TunerError
from .cards import CatalogueContent
from .workshop import Workshop

_FORM: Final = "2"
"""Changes with what a catalogue holds, so that one from an older version is made anew."""
_SECONDS: Final = 60.0
"""Between two looks at what is installed."""


class CatalogueMissing(TunerError):
    """The catalogue is being made for the first time, or could not be made; the text says which."""


class Catalogue:
    """catalogue.json, made by the workshop whenever other distributions are installed than when it was made."""

    def __init__(self, file: Path, workshop: Workshop, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._workshop = workshop
        self._clock = clock
        self._looked: float | None = None
        self._content: CatalogueContent | None = None
        self._reading = threading.Lock()
        self._problem = ""
        self._thread: threading.Thread | None = None

    @property
    def is_there(self) -> bool:
        """Whether it can be read."""
        return self._read() is not None

    def content(self) -> CatalogueContent:
        """All of it; raises `CatalogueMissing`. Once started, now and then looks whether it is still right."""
        if self._looked is not None and self._clock() - self._looked > _SECONDS:
            self.start()
        found = self._read()
        if found is None:
            raise CatalogueMissing(
                f"the catalogue could not be made: {self._problem}"
                if self._problem
                else "the catalogue of strategies and tasks is being made: try again in a few seconds"
            )
        return found

    def start(self) -> None:
        """Look in a thread of its own whether it is that of what is installed, and make it if not."""
        self._looked = self._clock()
        self._thread = threading.Thread(target=self.update, name="catalogue", daemon=True)
        self._thread.start()

    def update(self) -> None:
        """Make it, unless it is that of what is installed."""
        installed = installed_digest()
        found = self._read()
        if found is not None and found.installed == installed:
            return
        try:
            self._workshop.renew()
            made = {**self._workshop.catalogue(), "installed": installed}
            text = json.dumps(made, indent=1)
            write_text(text, self._file)
            self._take(text)
        except (TunerError, ResultsError, OSError, ValidationError) as error:
            self._problem = str(error).partition("\n")[0]

    def _read(self) -> CatalogueContent | None:
        with self._reading:
            if self._content is None and self._file.is_file():
                try:
                    self._content = _CONTENT.validate_json(self._file.read_bytes())
                except (OSError, ValidationError):
                    return None
            return self._content

    def _take(self, text: str) -> None:
        content = _CONTENT.validate_json(text)
        with self._reading:
            self._content, self._problem = content, ""


def write_catalogue(content: CatalogueContent, file: Path) -> None:
    """Put a catalogue in its place, whole."""
    write_text(json.dumps(asdict(content), indent=1), file)


def installed_digest() -> str:
    """A digest of the names, versions and entry points of all installed distributions."""
    found = sorted(
        f"{one.name} {one.version} {sorted((e.group, e.name, e.value) for e in one.entry_points if _is_ours(e.group))}"
        for one in importlib.metadata.distributions()
    )
    return hashlib.sha256("\n".join([_FORM, *found]).encode()).hexdigest()


def _is_ours(group: str) -> bool:
    return group.startswith("tuner.")


_CONTENT = TypeAdapter(CatalogueContent)
