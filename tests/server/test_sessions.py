"""Browser sessions: one code, one browser; and the way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guarded_app import NOON, ORIGIN, Guarded, Reply, guarded

from tuner.server.browser_sessions import CODE_SECONDS, IDLE_SECONDS, BrowserSessions
from tuner.server.settings import Limits
from tuner.server.tokens import Access


@pytest.fixture
def sessions(tmp_path: Path) -> BrowserSessions:
    return BrowserSessions(tmp_path / "service.sqlite")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    monkeypatch.setattr("tuner.server.entering.time.time", lambda: NOON)
    return guarded(tmp_path)


def entered(service: Guarded, code: str) -> Reply:
    return service.client.ask(f"/enter?code={code}")


def test_a_code_has_128_bits_and_lets_one_browser_in(sessions: BrowserSessions) -> None:
    code = sessions.new_code(NOON)

    assert len(bytes.fromhex(code)) == 16
    assert sessions.enter(code, NOON) is not None
    assert sessions.enter(code, NOON) is None


def test_a_code_is_good_for_ten_minutes(sessions: BrowserSessions) -> None:
    codes = [sessions.new_code(NOON) for _ in range(2)]

    assert sessions.enter(codes[0], NOON + CODE_SECONDS) is not None
    assert sessions.enter(codes[1], NOON + CODE_SECONDS + 1) is None


def test_a_code_made_by_another_process_is_good_too(tmp_path: Path) -> None:
    database = tmp_path / "service.sqlite"
    server = BrowserSessions(database)

    assert server.enter(BrowserSessions(database).new_code(NOON), NOON) is not None


@pytest.mark.parametrize("code", ["", "0" * 32, "é", "%", "' OR 1=1 --"])
def test_a_wrong_code_lets_nobody_in(sessions: BrowserSessions, code: str) -> None:
    sessions.new_code(NOON)

    assert sessions.enter(code, NOON) is None


def test_a_session_says_what_its_code_allowed(sessions: BrowserSessions) -> None:
    session = sessions.enter(sessions.new_code(NOON, access=Access.READ), NOON)

    assert session is not None
    assert sessions.find(session.secret, NOON) == session
    assert session.access is Access.READ


def test_a_session_lasts_while_it_is_used(sessions: BrowserSessions) -> None:
    session = sessions.enter(sessions.new_code(NOON), NOON)
    assert session is not None
    almost = IDLE_SECONDS - 1

    assert sessions.find(session.secret, NOON + almost) == session
    assert sessions.find(session.secret, NOON + 2 * almost) == session
    assert sessions.find(session.secret, NOON + 2 * almost + IDLE_SECONDS + 1) is None


def test_the_database_holds_no_secret(tmp_path: Path) -> None:
    sessions = BrowserSessions(tmp_path / "service.sqlite")
    codes = [sessions.new_code(NOON) for _ in range(2)]
    session = sessions.enter(codes[0], NOON)
    assert session is not None
    sessions.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    for secret in (*codes, session.secret):
        assert secret.encode() not in stored
        assert bytes.fromhex(secret) not in stored


def test_the_proof_of_a_page_does_not_give_the_cookie_away(sessions: BrowserSessions) -> None:
    session = sessions.enter(sessions.new_code(NOON), NOON)
    assert session is not None

    assert session.secret not in session.csrf
    assert len(session.csrf) == 64


def test_a_one_time_link_is_exchanged_for_a_cookie_that_scripts_cannot_read(service: Guarded) -> None:
    reply = entered(service, service.sessions.new_code(NOON))

    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert re.fullmatch(
        r"tuner=[0-9a-f]{64}; HttpOnly; Max-Age=2592000; Path=/; SameSite=strict", reply.headers["set-cookie"]
    )
    assert service.client.ask("/", cookie=reply.headers["set-cookie"].partition(";")[0]).status == 200


def test_where_browsers_come_over_https_the_cookie_is_for_that_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.server.entering.time.time", lambda: NOON)
    service = guarded(tmp_path, proxy_url="https://bench.example.org")
    reply = service.client.ask(f"/enter?code={service.sessions.new_code(NOON)}", host="bench.example.org")

    assert reply.headers["set-cookie"].startswith("__Host-tuner=")
    assert "; Secure" in reply.headers["set-cookie"]
    assert "; Path=/;" in reply.headers["set-cookie"]


def test_a_link_that_was_used_says_so(service: Guarded) -> None:
    code = service.sessions.new_code(NOON)
    entered(service, code)
    reply = entered(service, code)

    assert reply.status == 403
    assert "set-cookie" not in reply.headers
    assert "used already, or is older than ten minutes" in reply.text


def test_codes_cannot_be_tried_without_end(tmp_path: Path) -> None:
    service = guarded(tmp_path, Limits(entries_per_minute=3))

    assert [entered(service, "0" * 32).status for _ in range(5)] == [403] * 3 + [429] * 2


def test_only_asking_for_the_entrance_is_open_to_strangers(service: Guarded) -> None:
    code = service.sessions.new_code(NOON)
    closed = [service.client.ask(f"/enter?code={code}", method).status for method in ("HEAD", "POST", "DELETE")]
    beside = [
        service.client.ask(f"{path}?code={code}").status for path in ("/enter/", "/enter/x", "/Enter", "/entering")
    ]

    assert closed == [401] * 3
    assert beside == [401] * 4
    assert entered(service, code).status == 303


def test_a_page_of_another_place_cannot_make_a_browser_enter(service: Guarded) -> None:
    code = service.sessions.new_code(NOON)

    assert service.client.ask(f"/enter?code={code}", headers=[("sec-fetch-site", "cross-site")]).status == 403
    assert entered(service, code).status == 303


@pytest.mark.parametrize("access", [Access.FULL, Access.READ])
def test_whoever_leaves_needs_a_new_code(service: Guarded, access: Access) -> None:
    session = service.session(access)
    cookie = f"tuner={session.secret}"
    headers = [("origin", ORIGIN), ("x-csrf-token", session.csrf)]
    reply = service.client.ask("/leave", "POST", cookie=cookie, headers=headers)

    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert 'tuner=""; ' in reply.headers["set-cookie"]
    assert service.client.ask("/", cookie=cookie).status == 401


def test_leaving_needs_the_proof_of_a_page(service: Guarded) -> None:
    session = service.session()
    cookie = f"tuner={session.secret}"

    assert service.client.ask("/leave", "POST", cookie=cookie, headers=[("origin", ORIGIN)]).status == 403
    assert service.client.ask("/", cookie=cookie).status == 200


def test_a_program_has_nothing_to_leave(service: Guarded) -> None:
    assert service.client.ask("/leave", "POST", token=service.token).status == 409
