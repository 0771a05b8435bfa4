"""A service: what is installed there, its runs, and what of one's own it shall ask."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx2
from pydantic import TypeAdapter

from ..errors import InvalidSuite
from ..server.cards import ModifierCard, StrategyCard, SuiteCard, TaskCard
from ..server.run_views import PlanPreview
from ..strategy import SearchStrategy
from ..suite import Suite
from ..task import Task
from .answering import Strategies, StrategyLike, Tasks, strategy_class
from .connection import Connection
from .remote_run import API, RemoteRun, summary_of
from .remote_session import RemoteSession

SuiteLike = str | Path | Suite | Mapping[str, Any]
"""The name of an installed suite, a TOML file, a suite, or one as a table."""
_PAGE: Final = 500
_Item = TypeVar("_Item")
_PREVIEW = TypeAdapter(PlanPreview)


class Service:
    """A service at a URL. `token` is a token or the file that holds one; None: what TUNER_TOKEN holds.

    Every method may raise `ServiceError` with the service's own words. A request that can be repeated is tried again
    for `patience_seconds` while the service cannot be reached.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8321",
        token: str | Path | None = None,
        *,
        patience_seconds: float = 30.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, token, patience_seconds=patience_seconds, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return self._connection.url

    def close(self) -> None:
        """Close what is open."""
        self._connection.close()

    def strategies(self) -> list[StrategyCard]:
        """What strategies are installed."""
        return self._list("strategies", StrategyCard)

    def tasks(self) -> list[TaskCard]:
        """What tasks are installed."""
        return self._list("tasks", TaskCard)

    def modifiers(self) -> list[ModifierCard]:
        """What modifiers are installed."""
        return self._list("modifiers", ModifierCard)

    def suites(self) -> list[SuiteCard]:
        """What suites are installed."""
        return self._list("suites", SuiteCard)

    def plan(self, suite: SuiteLike, **changes: Any) -> PlanPreview:
        """What a suite comes to; nothing is stored. Changes are those of `submit`."""
        body = {"suite": _sent(suite), **changes}
        return _PREVIEW.validate_python(self._connection.request("POST", f"{API}/plans", json=body).json())

    def submit(
        self,
        suite: SuiteLike,
        *,
        seeds: int | None = None,
        trials: int | None = None,
        strategies: Sequence[str] | None = None,
        workers: int | None = None,
        key: str | None = None,
    ) -> RemoteRun:
        """Queue a suite, with changes. The same `key` with the same request makes one run; None makes a new one."""
        chosen = None if strategies is None else list(strategies)
        body = {"suite": _sent(suite), "seeds": seeds, "trials": trials, "strategies": chosen, "workers": workers}
        headers = {"Idempotency-Key": secrets.token_hex(16) if key is None else key}
        given = {name: value for name, value in body.items() if value is not None}
        answer = self._connection.request("POST", f"{API}/runs", json=given, headers=headers)
        return RemoteRun(self._connection, summary_of(answer.json()))

    def runs(self, *, state: str | None = None, suite: str | None = None, text: str | None = None) -> list[RemoteRun]:
        """The runs there, newest first."""
        told = self._pages("runs", state=state, suite=suite, text=text)
        return [RemoteRun(self._connection, summary_of(one)) for one in told]

    def run(self, name: str) -> RemoteRun:
        """The run of this name."""
        return RemoteRun(self._connection, summary_of(self._connection.get(f"{API}/runs/{name}")["summary"]))

    def open_strategy(
        self,
        name: str,
        *,
        supports: str | None = None,
        needs_fidelity: bool = False,
        seconds: float = 60.0,
    ) -> RemoteSession:
        """A session in which a strategy is answered for; its `entry` goes into a suite's `strategies`."""
        body = {"name": name, "needs_fidelity": needs_fidelity, "seconds": seconds}
        return self._opened("remote-strategies", body if supports is None else {**body, "supports": supports})

    def open_task(self, name: str, task: Task, *, seconds: float = 60.0) -> RemoteSession:
        """A session in which a task is measured; its `entry` goes into a suite's `tasks`."""
        from ..remote.definition import described

        return self._opened("remote-tasks", {"name": name, "seconds": seconds, **described(task.problem)})

    def serve_strategy(
        self,
        name: str,
        strategy: StrategyLike,
        *,
        suite: SuiteLike,
        seconds: float = 60.0,
        options: Mapping[str, Any] | None = None,
        progress: Callable[[RemoteRun], object] | None = None,
    ) -> RemoteRun:
        """Run a suite with one strategy more, which is a class or function here; returns once the run is over.

        Each study has its own strategy object in this process. `progress` is told of the run every few seconds.
        """
        kind: type[SearchStrategy] = strategy_class(strategy)
        supports = ", ".join(kind.supports.names())
        session = self.open_strategy(name, supports=supports, needs_fidelity=kind.needs_fidelity, seconds=seconds)
        run = self.submit(self._with(suite, "strategies", session.entry))
        session.serve(Strategies(kind, options or {}, session.conversation), run, progress)
        return run

    def serve_task(
        self,
        name: str,
        task: Task,
        *,
        suite: SuiteLike,
        seconds: float = 60.0,
        progress: Callable[[RemoteRun], object] | None = None,
    ) -> RemoteRun:
        """Run a suite with one task more, which is measured in this process; returns once the run is over."""
        task.prepare()
        session = self.open_task(name, task, seconds=seconds)
        run = self.submit(self._with(suite, "tasks", session.entry))
        session.serve(Tasks(task), run, progress)
        return run

    def _opened(self, collection: str, body: Mapping[str, Any]) -> RemoteSession:
        answer = self._connection.request("POST", f"{API}/{collection}", json=dict(body), is_repeatable=False)
        return RemoteSession(self._connection, collection, answer.json())

    def _with(self, suite: SuiteLike, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The suite as a table, with one strategy or task more."""
        sent = _sent(suite)
        if isinstance(sent, str):
            sent = tomllib.loads(self._connection.get(f"{API}/suites/{sent}")["toml"])
        return {**sent, key: [*sent.get(key, []), dict(entry)]}

    def _list(self, collection: str, kind: type[_Item]) -> list[_Item]:
        return TypeAdapter(list[kind]).validate_python(self._pages(collection))  # type: ignore[valid-type]  # a class that is a value

    def _pages(self, collection: str, **parameters: Any) -> list[Any]:
        """The items of all pages of a list."""
        items: list[Any] = []
        while True:
            told = self._connection.get(f"{API}/{collection}", offset=len(items), limit=_PAGE, **parameters)
            items += told["items"]
            if told["next"] is None or not told["items"]:
                return items


def _sent(suite: SuiteLike) -> str | dict[str, Any]:
    """The suite as it goes into a request."""
    if isinstance(suite, Mapping):
        return dict(suite)
    if isinstance(suite, Suite):
        return tomllib.loads(suite.to_toml())
    if isinstance(suite, str) and not suite.endswith(".toml"):
        return suite
    try:
        return tomllib.loads(Path(suite).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidSuite(f"{suite} cannot be read: {error}") from None
