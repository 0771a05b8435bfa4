"""The limits that operators read of are those that hold."""

from __future__ import annotations

import re

import pytest
from docs.pages import ROOT

from tuner.server import jobs, mailbox, remote_waiting, reports, submissions
from tuner.server.api.event_stream import LONGEST_SECONDS
from tuner.server.run_files import LARGEST_PIECE
from tuner.server.settings import Limits
from tuner.server.work_desk import MOST_RUN_BYTES
from tuner.server.workshop import MOST_PLANS, MOST_REPORTS, REPORT_SECONDS, SECONDS

PAGE = ROOT / "docs" / "how-to" / "deploy-the-service.md"
LIMITS = Limits()
DAY = 86_400
ROWS = (
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
    (f"a run of a runner on another machine | {MOST_RUN_BYTES >> 30} GiB, in pieces of {LARGEST_PIECE >> 20} MiB"),
    f"event streams of one visitor | {LIMITS.event_streams}, each for an hour",
    f"connections of all | {LIMITS.connections}",
    f"failed log-ins, uses of links, of one address | {LIMITS.failures_per_minute:g} a minute each",
    (
        f"until a request's head, its body, has arrived | {LIMITS.header_seconds:g} seconds, "
        f"{LIMITS.body_seconds:g} seconds"
    ),
    f"a client that takes nothing of its answer | {LIMITS.write_seconds:g} seconds",
    (
        f"a suite over HTTP | {submissions.MOST_BYTES / 1e6:g} MB, {submissions.MOST_ENTRIES} tasks, "
        f"{submissions.MOST_ENTRIES} strategies, {submissions.MOST_STUDIES:,} studies, "
        f"{submissions.MOST_TRIALS:,} trials"
    ),
    f"open sessions of remote strategies and tasks | {mailbox.MOST_SESSIONS:,}",
    (
        f"of one session: questions that wait, questions and answers | {mailbox.MOST_WAITING:,}, "
        f"{mailbox.MOST_BYTES >> 30} GiB"
    ),
    (
        "requests that wait for the questions, for the answers of one session, for news of all | "
        f"{remote_waiting.MOST_POLLS}, {remote_waiting.MOST_ASKING}, {remote_waiting.MOST_OF_ALL}"
    ),
    f"time for a plan, a report | {SECONDS / 60:g} minutes, {REPORT_SECONDS / 60:g} minutes",
    f"plans, reports, that are made or wait to be | {MOST_PLANS}, {MOST_REPORTS}",
    f"requests that wait for one report while it is made | {reports._MOST_WAITING}",
    f"runs that wait in the queue | {jobs.MOST_WAITING:,}",
    f"how long an idempotency key is remembered | {jobs.KEY_SECONDS / DAY:g} days, or until its run is deleted",
    (
        f"reports that are kept | {reports._MOST_KEPT}, {reports._MOST_BYTES >> 20} MiB together, "
        f"each for {reports._KEPT_SECONDS / DAY:g} days after it was last asked for"
    ),
)


@pytest.mark.parametrize("row", ROWS)
def test_the_page_about_deployment_has_the_number_that_holds(row: str) -> None:
    assert f"| {row} |" in PAGE.read_text().splitlines()


def test_every_limit_on_the_page_is_one_that_holds() -> None:
    (table,) = re.findall(r"^## Limits\n\n\|[^\n]*\n\|[-|]*\n((?:\|[^\n]*\n)+)", PAGE.read_text(), re.MULTILINE)

    assert table.splitlines() == [f"| {row} |" for row in ROWS]


def test_links_are_used_as_often_as_log_ins_fail_and_a_stream_lasts_an_hour() -> None:
    assert LIMITS.entries_per_minute == LIMITS.failures_per_minute
    assert LONGEST_SECONDS == 3600


def test_waiting_requests_leave_connections_for_others() -> None:
    assert max(LIMITS.exchange_at_once, LIMITS.requests_at_once) < LIMITS.requests_of_all < LIMITS.connections
