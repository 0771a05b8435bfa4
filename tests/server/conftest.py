"""No test of the service waits for ever: one that waits in vain fails where it stands."""

from __future__ import annotations

import signal
from collections.abc import Generator

import pytest

SECONDS = 120.0
"""How long a test, and what it needs to be made and taken away, may take each."""
SLOW_SECONDS = 1200.0
"""The same of a test that is marked as slow."""
AGAIN_SECONDS = 10.0
"""After this time whatever cleans up is interrupted, too."""


class WaitedInVain(BaseException):
    """Raised wherever the main thread is. No exception of the tested code's, so that nothing takes it for its own."""


def _give_up(_number: int, _frame: object) -> None:
    raise WaitedInVain


def _within_time(item: pytest.Item) -> Generator[None, object, object]:
    before = signal.signal(signal.SIGALRM, _give_up)
    seconds = SLOW_SECONDS if item.get_closest_marker("slow") else SECONDS
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """What a test needs is made in time."""
    return (yield from _within_time(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test is over in time."""
    return (yield from _within_time(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """What a test needed is taken away in time."""
    return (yield from _within_time(item))
