"""Requests to a service, repeated where nothing is done twice by it."""

from __future__ import annotations

import ipaddress
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from ..errors import TunerError, one_line

TOKEN_VARIABLE: Final = "TUNER_TOKEN"  # noqa: S105  the name of a variable
_TOKEN = re.compile(r"[0-9a-f]{64}")
_AGAIN: Final = frozenset({429, 502, 503, 504})
_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


class ServiceError(TunerError):
    """What a service refuses, or a service that cannot be reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """Of HTTP; None where there was no answer."""


class Connection:
    """Speaks with one service. Safe to use from several threads.

    `read_seconds` is how long the service may say nothing in the middle of an answer.
    """

    def __init__(
        self,
        url: str,
        token: str | Path | None = None,
        *,
        patience_seconds: float = 30.0,
        read_seconds: float = 660.0,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = _checked_url(url)
        self.patience_seconds = patience_seconds
        self._clock = clock
        self._client = httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {find_token(token)}"},
            timeout=httpx2.Timeout(min(60.0, read_seconds), read=read_seconds),
            follow_redirects=False,
            verify=httpx2.create_ssl_context(),  # SSL_CERT_FILE counts for this machine, too, where proxies do not
            trust_env=not _is_here(self.url),
            transport=transport,
        )

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of an answer."""
        return self.request("GET", path, parameters=parameters).json()

    def request(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> httpx2.Response:
        """The answer; raises `ServiceError` with the service's own words.

        Where the service cannot be reached, or is busy, it is tried again for as long as the patience lasts, unless
        the request could then be carried out twice.
        """
        given = None if parameters is None else {name: one for name, one in parameters.items() if one is not None}
        deadline, pause = self._clock() + self.patience_seconds, _PAUSE
        while True:
            wait, trouble = pause, ""
            try:
                answer = self._client.request(method, path, params=given, json=json, content=content, headers=headers)
            except httpx2.TransportError as error:
                trouble = f"{self.url} cannot be reached: {_words(error)}"
                failure = ServiceError(one_line(trouble))
                may_try = is_repeatable or isinstance(error, httpx2.ConnectError)
            else:
                if answer.is_success:
                    return answer
                failure = _error_of(answer)
                may_try = answer.status_code in _AGAIN or (is_repeatable and _is_going_away(answer))
                wait = max(pause, _seconds_of(answer.headers.get("retry-after")))
            if not may_try or self._clock() + wait > deadline:
                raise failure
            time.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)


def find_token(token: str | Path | None) -> str:
    """The token that is given, that the file holds, or that the environment has; raises `ServiceError`."""
    given = os.environ.get(TOKEN_VARIABLE) if token is None else token
    if not given:
        raise ServiceError(f"no token: give the service's token file, or set {TOKEN_VARIABLE} to the token")
    if isinstance(given, str) and _TOKEN.fullmatch(given.strip()):
        return given.strip()
    path = Path(given).expanduser()
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        shown = path if token is not None and len(str(path)) < 200 else f"what {TOKEN_VARIABLE} holds"
        raise ServiceError(f"{shown} is neither a token nor a file that can be read: {error.strerror}") from None
    if not _TOKEN.fullmatch(text):
        raise ServiceError(f"{path} holds no token (64 hexadecimal digits)")
    return text


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or parts.query:
        raise ServiceError(f"{url!r:.80} is no URL of a service, such as http://127.0.0.1:8321")
    return url.rstrip("/")


def _is_here(url: str) -> bool:
    """Whether it is this machine, to which no proxy leads."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_going_away(answer: httpx2.Response) -> bool:
    """Whether the server broke off in the middle of the request, and not the service."""
    return answer.status_code == 500 and not answer.headers.get("content-type", "").startswith("application/")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _error_of(answer: httpx2.Response) -> ServiceError:
    try:
        detail = answer.json()["detail"]
    except (ValueError, LookupError, TypeError):
        detail = f"{answer.status_code} {answer.reason_phrase}, and no word of why"
    return ServiceError(one_line(str(detail)), answer.status_code)


def _seconds_of(retry_after: str | None) -> float:
    try:
        return min(60.0, max(0.0, float(retry_after or 0)))
    except ValueError:
        return 0.0
