"""What is asked of every request before anybody looks at who sent it: each check refuses it, or has nothing to say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from .settings import Limits, ServerSettings

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
API_PAGE: Final = "/api/v1/docs"
"""The one page among the answers for programs."""
_TARGET = re.compile(rb"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_QUERY = re.compile(rb"[\x21-\x7e]*")
_HIDDEN = re.compile(rb"%2f|%5c", re.IGNORECASE)
_SINGLE = frozenset(
    {"authorization", "content-length", "content-type", "cookie", "host", "last-event-id", "origin", "sec-fetch-site"}
    | {"transfer-encoding", "x-csrf-token", "idempotency-key"}
)
_MOST_READ: Final = 128
_MOST_KEPT: Final = 64
_MOST_KEPT_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    detail: str
    retry_seconds: float | None = None
    """When it is worth another try; None for never."""


@dataclass(frozen=True, slots=True)
class Headers:
    """Those of one request; a client sends the same ones over and over."""

    values: Mapping[str, str]
    """By names in small letters; of one that stands there twice the first."""
    count: int
    size: int
    """Letters of all of them."""
    twice: str
    """The first of those that may stand there once only; empty for none."""

    @classmethod
    def of(cls, sent: tuple[tuple[bytes, bytes], ...]) -> Headers:
        """Read those of an ASGI scope; few and short ones are kept for the next time, whoever they are of."""
        is_small = len(sent) <= _MOST_KEPT and sum(len(name) + len(value) for name, value in sent) <= _MOST_KEPT_BYTES
        return cls._kept(sent) if is_small else cls._read(sent)

    @classmethod
    @lru_cache(_MOST_READ)
    def _kept(cls, sent: tuple[tuple[bytes, bytes], ...]) -> Headers:
        return cls._read(sent)

    @classmethod
    def _read(cls, sent: tuple[tuple[bytes, bytes], ...]) -> Headers:
        read = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in sent]
        counts = Counter(name for name, _ in read)
        return cls(
            values=dict(reversed(read)),
            count=len(read),
            size=sum(len(name) + len(value) for name, value in read),
            twice=min((name for name in _SINGLE if counts[name] > 1), default=""),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request without its body."""

    method: str
    path: str
    """Decoded."""
    raw_path: bytes
    """As it was sent."""
    query: bytes
    headers: Headers
    peer: str
    """The address it came from."""

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        """Read an ASGI scope of type http."""
        path = scope["path"]
        return cls(
            method=scope["method"],
            path=path,
            raw_path=scope.get("raw_path") or path.encode(),
            query=scope["query_string"],
            headers=Headers.of(tuple(map(tuple, scope["headers"]))),
            peer=(scope.get("client") or ("unknown", 0))[0],
        )

    def header(self, name: str) -> str | None:
        """The value of a header, of which there is at most one."""
        return self.headers.values.get(name)

    @property
    def has_body(self) -> bool:
        """Whether it says that a body comes with it."""
        return "content-length" in self.headers.values or "transfer-encoding" in self.headers.values

    @property
    def is_safe(self) -> bool:
        """Whether it only reads."""
        return self.method in SAFE_METHODS

    @property
    def is_for_a_page(self) -> bool:
        """Whether a person in front of a browser reads the answer."""
        is_page = self.path == API_PAGE or not self.path.startswith("/api/")
        return is_page and "text/html" in (self.header("accept") or "")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the checks need to know of the service."""

    origins: Mapping[str, str]
    """For each Host that is ours, the Origin that goes with it."""
    limits: Limits

    @classmethod
    def of(cls, settings: ServerSettings) -> Rules:
        """The rules of a service that is set up like this."""
        return cls(settings.origins, settings.limits)


Check = Callable[[Asked, Rules], Refusal | None]


def check_method(asked: Asked, _rules: Rules) -> Refusal | None:
    """Only methods that something here answers: no OPTIONS, TRACE or CONNECT."""
    if asked.method in METHODS:
        return None
    return Refusal(405, f"the method is none of {', '.join(sorted(METHODS))}")


def check_target(asked: Asked, rules: Rules) -> Refusal | None:
    """A short plain path: nothing hidden, nothing that points upwards, nothing that is no text."""
    if len(asked.raw_path) + len(asked.query) > rules.limits.target_bytes:
        return Refusal(414, f"the URL is longer than {rules.limits.target_bytes} bytes")
    if not _TARGET.fullmatch(asked.raw_path) or not _QUERY.fullmatch(asked.query) or _HIDDEN.search(asked.raw_path):
        return Refusal(400, "the URL has characters that no URL of this service has")
    decoded = unquote_to_bytes(asked.raw_path)
    if not _is_text(decoded) or any(part in {b".", b".."} for part in decoded.split(b"/")) or b"//" in decoded:
        return Refusal(400, "the URL's path is no path of this service")
    return None


def check_header_size(asked: Asked, rules: Rules) -> Refusal | None:
    """Few and short headers."""
    if asked.headers.count > rules.limits.header_count:
        return Refusal(431, f"there are more than {rules.limits.header_count} headers")
    if asked.headers.size > rules.limits.header_bytes:
        return Refusal(431, f"the headers are longer than {rules.limits.header_bytes} bytes together")
    return None


def check_header_twice(asked: Asked, _rules: Rules) -> Refusal | None:
    """No header twice that two readers could read differently, nor two lengths of one body."""
    if asked.headers.twice:
        return Refusal(400, f"the header {asked.headers.twice} stands there twice")
    if {"content-length", "transfer-encoding"} <= asked.headers.values.keys():
        return Refusal(400, "Content-Length and Transfer-Encoding contradict each other")
    return None


def check_host(asked: Asked, rules: Rules) -> Refusal | None:
    """Only our own names: a stranger's name that was pointed at our address is no way in."""
    if (asked.header("host") or "").lower() in rules.origins:
        return None
    return Refusal(403, f"this service is not called that; its names are {', '.join(rules.origins)}")


def check_origin(asked: Asked, rules: Rules) -> Refusal | None:
    """Only from our own pages, where a page sends it."""
    origin = asked.header("origin")
    if origin is None or origin == rules.origins.get((asked.header("host") or "").lower()):
        return None
    return Refusal(403, "pages of other places cannot use this service")


def check_site(asked: Asked, _rules: Rules) -> Refusal | None:
    """The same, as browsers say it of requests without an Origin; following a link from a neighbour is harmless."""
    site = asked.header("sec-fetch-site")
    if site in {None, "same-origin", "none"}:
        return None
    if site == "same-site" and asked.is_safe and asked.header("sec-fetch-mode") == "navigate":
        return None
    return Refusal(403, "pages of other places cannot use this service: type its address, or open it from a bookmark")


def check_announced_body(asked: Asked, rules: Rules) -> Refusal | None:
    """No body that says itself that it is too large."""
    length = asked.header("content-length")
    if length is None:
        return None
    if not (length.isascii() and length.isdigit()):
        return Refusal(400, "Content-Length is no number")
    return too_large(rules.limits) if len(length) > 15 or int(length) > rules.limits.body_bytes else None


CHECKS: Final[tuple[Check, ...]] = (
    check_method,
    check_target,
    check_header_size,
    check_header_twice,
    check_host,
    check_origin,
    check_site,
    check_announced_body,
)
"""In the order in which they are made."""


def first_refusal(asked: Asked, rules: Rules) -> Refusal | None:
    """What the first check says that has something to say."""
    return next((refusal for check in CHECKS if (refusal := check(asked, rules)) is not None), None)


def too_large(limits: Limits) -> Refusal:
    """What is said of a body over the limit, whether it was announced or not."""
    return Refusal(413, f"the body is larger than {limits.body_bytes} bytes")


def _is_text(decoded: bytes) -> bool:
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        return False
    return text.isprintable() and "\\" not in text
