"""Who sent a request, and what this visitor may do."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection

from .browser_sessions import BrowserSession, BrowserSessions
from .guard_checks import Asked, Refusal
from .guard_limits import Buckets, network_of
from .settings import ServerSettings
from .tokens import Access, Tokens, digest_of

ENTRANCE: Final = "/enter"
"""The only path that is open without a token or a cookie."""
EXCHANGE: Final = "/api/v1/exchange"
"""Below it is all that an exchange token opens."""
WORK: Final = "/api/v1/work"
"""Below it, and below the exchange, is all that a runner's token opens."""
_OPENED_BY: Final = {EXCHANGE: (Access.EXCHANGE, Access.RUNNER), WORK: (Access.RUNNER,)}
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has shown a token or a cookie, or who stands at the entrance."""

    name: str
    """By which limits are counted, no secret: of a browser its session, of a program its kind of token and its address.

    Behind a proxy that does not say for whom it asks, all programs with one token are one visitor.
    """
    access: Access | None
    """None at the entrance."""
    session: BrowserSession | None = None
    """None for programs."""


class Door:
    """Recognises visitors. Right tokens and cookies are never made to wait for somebody else's wrong ones."""

    def __init__(
        self,
        settings: ServerSettings,
        tokens: Tokens,
        sessions: BrowserSessions,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        limits = settings.limits
        self._tokens = tokens
        self._sessions = sessions
        self._now = now
        self._cookie = settings.cookie_name
        self._failures = Buckets(limits.failures_per_minute, limits.failures_per_minute / 60, clock)
        self._entries = Buckets(limits.entries_per_minute, limits.entries_per_minute / 60, clock)
        self._requests = Buckets(limits.requests_per_second, limits.requests_per_second, clock)

    def recognise(self, asked: Asked) -> Visitor | Refusal:
        """Who it is, or why nobody can come in like this."""
        if asked.path == ENTRANCE and asked.method == "GET":
            return self._at_the_entrance(asked)
        visitor = self._by_token(asked) if asked.header("authorization") is not None else self._by_cookie(asked)
        if visitor is None:
            return self._stranger(asked)
        if (wait := self._requests.take(visitor.name)) > 0:
            return Refusal(429, "too many requests", retry_seconds=wait)
        return check_access(asked, visitor) or visitor

    def _at_the_entrance(self, asked: Asked) -> Visitor | Refusal:
        if (wait := self._entries.take(network_of(asked.peer))) > 0:
            return Refusal(429, "too many codes were tried from this address", retry_seconds=wait)
        return Visitor(f"entrance from {network_of(asked.peer)}", None)

    def _by_token(self, asked: Asked) -> Visitor | None:
        kind, _, token = (asked.header("authorization") or "").partition(" ")
        access = self._tokens.access_of(token.strip()) if kind.lower() == "bearer" else None
        return None if access is None else Visitor(f"{access} token from {network_of(asked.peer)}", access)

    def _by_cookie(self, asked: Asked) -> Visitor | None:
        cookies = (asked.header("cookie") or "").split(";")
        values = [
            value for name, _, value in (cookie.strip().partition("=") for cookie in cookies) if name == self._cookie
        ]
        session = self._sessions.find(values[0], self._now()) if len(values) == 1 else None
        return None if session is None else Visitor(digest_of(session.secret).hex(), session.access, session)

    def _stranger(self, asked: Asked) -> Refusal:
        is_a_try = asked.header("authorization") is not None or self._cookie in (asked.header("cookie") or "")
        if is_a_try and (wait := self._failures.take(network_of(asked.peer))) > 0:
            return Refusal(429, "too many failed authentications from this address", retry_seconds=wait)
        return Refusal(401, "a valid token is needed: Authorization: Bearer TOKEN")


def check_access(asked: Asked, visitor: Visitor) -> Refusal | None:
    """What a visitor's token allows; exchange and runners hand out work, so that reading there is more than reading."""
    places = [place for place in _OPENED_BY if asked.path == place or asked.path.startswith(f"{place}/")]
    if visitor.access is Access.FULL or any(visitor.access in _OPENED_BY[place] for place in places):
        return None
    if visitor.access is Access.READ and asked.is_safe and not places:
        return None
    if visitor.access is Access.READ and visitor.session is not None and asked.path == "/leave":
        return None
    return Refusal(403, f"this is not allowed with access of the kind {visitor.access!s}")


def check_page_proof(asked: Asked, visitor: Visitor, body: bytes) -> Refusal | None:
    """A browser that changes something proves that one of our own pages asked it to: by Origin and by token."""
    if visitor.session is None or asked.is_safe:
        return None
    if asked.header("origin") is None:
        return Refusal(403, "the browser did not say from which page this comes (Origin)")
    if not hmac.compare_digest(_shown_proof(asked, body).encode(), visitor.session.csrf.encode()):
        return Refusal(403, "the page is out of date: load it again and repeat what you did")
    return None


def visitor_of(request: HTTPConnection) -> Visitor:
    """Who sent this request."""
    visitor: Visitor = request.state.visitor
    return visitor


def csrf_of(request: HTTPConnection) -> str:
    """What forms and scripts of a page must send back (field `csrf`, or header X-CSRF-Token); empty for programs."""
    session = visitor_of(request).session
    return "" if session is None else session.csrf


def _shown_proof(asked: Asked, body: bytes) -> str:
    header = asked.header("x-csrf-token")
    if header is not None:
        return header
    if (asked.header("content-type") or "").partition(";")[0].strip().lower() != _FORM:
        return ""
    try:
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return ""
    return fields.get("csrf", [""])[0]
