"""The way from a worker to the service that runs it: a question goes there, and its answer comes back."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from ..errors import TunerError, UnsupportedProblem, one_line
from .question import Question

URL_VARIABLE: Final = "TUNER_SERVICE_URL"
"""Holds where workers find the service, without a slash at the end."""
TOKEN_VARIABLE: Final = "TUNER_SERVICE_TOKEN"  # noqa: S105  the name of a variable
"""Holds the token that opens the exchange and nothing else."""
CERTIFICATES_VARIABLE: Final = "SSL_CERT_FILE"
"""OpenSSL's: names a file of the certificates that are trusted."""

_LONGEST_WAIT = 20.0
"""Seconds that one request waits for an answer; a question is as many requests as it takes."""
_PATIENCE = 15.0
"""Seconds beyond that, until a connection counts as lost."""
_PAUSE = 0.25
_LONGEST_PAUSE = 2.0
_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOST_BYTES = 1 << 24


class NotInService(UnsupportedProblem):
    """Something remote, outside a service that could ask for it."""


class NoAnswer(TunerError):
    """A question that nobody has answered in time."""


class QuestionRefused(TunerError):
    """A question that the service does not take: its session has ended, or was asked something else before."""


class Exchange:
    """Asks questions, and waits for their answers through whatever happens to the service meanwhile.

    Of a service that speaks https the certificate is checked: the system's authorities are trusted, or those in the
    file that `SSL_CERT_FILE` names.
    """

    def __init__(self, url: str, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._token = token
        self._clock = clock
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirects()]
        if url.startswith("https:"):
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
        self._opener = urllib.request.build_opener(*handlers)

    def ask(self, question: Question, seconds: float) -> Any:
        """The answer, as JSON has it.

        The time limit begins anew whenever the session has answered something else: who is busy with other questions
        has not gone. Raises `NoAnswer` where it is over, `QuestionRefused` likewise.
        """
        deadline = self._clock() + seconds
        answered, pause, trouble = -1, _PAUSE, ""
        while True:
            left = deadline - self._clock()
            told = self._try(question, max(0.0, min(_LONGEST_WAIT, left)))
            if "answer" in told:
                return told["answer"]
            if "answered" in told:
                trouble, pause = "", _PAUSE
                if told["answered"] != answered:
                    deadline = deadline if answered < 0 else self._clock() + seconds
                    answered = told["answered"]
            else:
                trouble = told["trouble"]
            if self._clock() >= deadline:
                raise NoAnswer(f"no answer within {seconds:g} seconds{trouble and f' ({trouble})'}")
            if trouble:
                time.sleep(max(0.0, min(pause, deadline - self._clock())))
                pause = min(2 * pause, _LONGEST_PAUSE)

    def put(self, question: Question) -> None:
        """Let the question wait for its answer, if the service can be reached; `ask` fetches it."""
        with suppress(QuestionRefused):
            self._try(question, 0.0)

    def _try(self, question: Question, wait: float) -> Mapping[str, Any]:
        """The answer, or how many the session has given; or what kept the question from arriving."""
        body = json.dumps({"text": question.text, "wait": wait}).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + question.path, body, headers, method="POST")  # noqa: S310  the service's own URL, checked
        try:
            with self._opener.open(request, timeout=wait + _PATIENCE) as response:
                told = json.loads(response.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            if error.code in _AGAIN:
                return {"trouble": f"the service answers {error.code}"}
            _refuse(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return {"trouble": _trouble(error)}
        return told if isinstance(told, dict) and told else {"trouble": "the service answers something else"}


def url_from_environment() -> str:
    """Where the service is; raises `NotInService`."""
    url = os.environ.get(URL_VARIABLE, "")
    if not url:
        raise NotInService(
            "what is remote is asked for by a service: start one with `tuner serve`, and submit the suite there"
        )
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise NotInService(f"{URL_VARIABLE} holds no URL of a service, such as http://127.0.0.1:8321")
    return url.rstrip("/")


def exchange_from_environment() -> Exchange:
    """The way to the service that runs this process; raises `NotInService`."""
    url, token = url_from_environment(), os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise NotInService(f"{TOKEN_VARIABLE} holds no token: only the workers of a service can ask what is remote")
    return Exchange(url, token)


def service_variables() -> dict[str, str]:
    """What workers on other machines need of this process's environment to reach its service; empty outside one."""
    return {name: os.environ[name] for name in (URL_VARIABLE, TOKEN_VARIABLE) if os.environ.get(name)}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the service and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


def _trouble(error: Exception) -> str:
    """What kept a request from arriving, in a few words."""
    if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
        return f"the certificate of the service is not trusted: {CERTIFICATES_VARIABLE} names a file of those that are"
    return "the service cannot be reached"


def _refuse(error: urllib.error.HTTPError) -> NoReturn:
    try:
        detail = json.loads(error.read(_MOST_BYTES))["detail"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        detail = error.reason
    raise QuestionRefused(one_line(f"{detail}")) from None
