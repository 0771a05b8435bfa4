"""The limits that operators read of are those that hold."""

from __future__ import annotations

import pytest
from docs.pages import ROOT

from tuner.server.api.event_stream import LONGEST_SECONDS
from tuner.server.settings import Limits
from tuner.server.workshop import MOST_PLANS, MOST_REPORTS, REPORT_SECONDS, SECONDS

PAGE = ROOT / "docs" / "how-to" / "deploy-the-service.md"
LIMITS = Limits()


@pytest.mark.parametrize(
    "row",
    [
        (
            f"a request: body, path with query, headers | {LIMITS.body_bytes >> 20} MiB, "
            f"{LIMITS.target_bytes >> 10} KiB, "
            f"{LIMITS.header_count} headers of {LIMITS.header_bytes >> 10} KiB together"
        ),
        (
            f"requests of one visitor | {LIMITS.requests_per_second:g} a second, {LIMITS.requests_at_once} at once; "
            f"{LIMITS.exchange_at_once} at once with a token for workers or for runners"
        ),
        f"requests of all at once | {LIMITS.requests_of_all}",
        f"event streams of one visitor | {LIMITS.event_streams}, each for an hour",
        f"connections of all | {LIMITS.connections}",
        f"failed log-ins, uses of links, of one address | {LIMITS.failures_per_minute:g} a minute each",
        (
            f"until a request's head, its body, has arrived | {LIMITS.header_seconds:g} seconds, "
            f"{LIMITS.body_seconds:g} seconds"
        ),
        f"a client that takes nothing of its answer | {LIMITS.write_seconds:g} seconds",
        f"time for a plan, a report | {SECONDS / 60:g} minutes, {REPORT_SECONDS / 60:g} minutes",
        f"plans, reports, that are made or wait to be | {MOST_PLANS}, {MOST_REPORTS}",
    ],
)
def test_the_page_about_deployment_has_the_number_that_holds(row: str) -> None:
    assert f"| {row} |" in PAGE.read_text().splitlines()


def test_links_are_used_as_often_as_log_ins_fail_and_a_stream_lasts_an_hour() -> None:
    assert LIMITS.entries_per_minute == LIMITS.failures_per_minute
    assert LONGEST_SECONDS == 3600


def test_waiting_requests_leave_connections_for_others() -> None:
    assert max(LIMITS.exchange_at_once, LIMITS.requests_at_once) < LIMITS.requests_of_all < LIMITS.connections
