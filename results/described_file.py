"""TOML files that say what lies in other files: read strictly, with one line for what is wrong."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import ResultsError

_CHUNK = 1 << 20


class Described(BaseModel):
    """A table of such a file; a key that it has no field for is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Description = TypeVar("Description", bound=Described)


def read_description(path: Path, kind: type[Description], error: type[ResultsError]) -> tuple[Description, bytes]:
    """What a TOML file says, and its bytes; raises `error`, on one line, for what is wrong with it."""
    try:
        text = path.read_bytes()
        return kind.model_validate(tomllib.loads(text.decode())), text
    except OSError as wrong:
        raise error(f"cannot read {path}: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise error(f"{path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as wrong:
        raise error(f"{path} is not TOML: {wrong}") from None
    except ValidationError as wrong:
        raise error(f"{path}: {_explain(wrong)}") from None


def sha256_of(path: Path, error: type[ResultsError]) -> str:
    """The SHA-256 of a file, in hexadecimal; raises `error` where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as wrong:
        raise error(f"cannot read {path}: {wrong.strerror}") from None
    return digest.hexdigest()


def _explain(error: ValidationError) -> str:
    told = error.errors(include_url=False)
    first = next((one for one in told if one["type"] == "extra_forbidden"), told[0])
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key {place!r}"
    if first["type"] == "missing":
        return f"{place} is missing"
    given = first["input"]
    shown = f", not {given!r:.80}" if isinstance(given, str | int | float | list) else ""
    return f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}{shown}"
