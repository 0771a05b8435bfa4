"""The tokens with which programs reach the service: made once, readable by their owner only."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from ..errors import TunerError
from .service_folder import ServiceFolder

_FORM = re.compile(r"[0-9a-f]{64}")


class UnusableToken(TunerError):
    """A token file that others can read, or that holds no token."""


class Access(StrEnum):
    """What a visitor may do."""

    FULL = "full"
    """Everything."""
    READ = "read"
    """GET and HEAD, all but the exchange and the work of runners."""
    EXCHANGE = "exchange"
    """Only what remote strategies and tasks need."""
    RUNNER = "runner"
    """The same, and what runners on other machines need."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Digests of the tokens of a service; the tokens themselves stay in their files."""

    digests: tuple[tuple[Access, bytes], ...]

    def access_of(self, token: str) -> Access | None:
        """What the token allows; None for a wrong one. Takes equally long for every wrong token."""
        given = digest_of(token)
        found = None
        for access, digest in self.digests:
            if hmac.compare_digest(given, digest):
                found = access
        return found


def digest_of(secret: str) -> bytes:
    """What is compared and stored in place of a secret of 128 random bits or more."""
    return sha256(secret.encode(errors="backslashreplace")).digest()


def open_tokens(folder: ServiceFolder) -> Tokens:
    """The tokens of the service, made where they are missing. Raises `UnusableToken`."""
    files = {
        Access.FULL: folder.token,
        Access.READ: folder.read_token,
        Access.EXCHANGE: folder.exchange_token,
        Access.RUNNER: folder.runner_token,
    }
    return Tokens(tuple((access, digest_of(_read_or_make(path))) for access, path in files.items()))


def _read_or_make(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    token = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
    return token


def _read(path: Path) -> str:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise UnusableToken(f"{path} has mode {mode:o}, so that others can use it: remove it, and a new one is made")
    token = path.read_text(encoding="ascii", errors="replace").strip()
    if not _FORM.fullmatch(token):
        raise UnusableToken(f"{path} holds no token (64 hexadecimal digits): remove it, and a new one is made")
    return token
