"""What each kind of token and cookie opens, and how a page proves that it is ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from guarded_app import ORIGIN, Guarded, guarded

from tuner.server.tokens import Access

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def service(tmp_path: Path) -> Guarded:
    return guarded(tmp_path)


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 405), ("POST", 403), ("DELETE", 403)])
def test_the_read_only_token_reads(service: Guarded, method: str, status: int) -> None:
    assert service.client.ask("/api/v1/runs", method, token=service.read_token).status == status


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_read_only_token_takes_no_work_from_the_exchange(service: Guarded, method: str) -> None:
    assert service.client.ask("/api/v1/exchange/work", method, token=service.read_token).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/runs", "/api/v1/exchanges", "/static/guarded_app.py", "/api/v1/EXCHANGE"]
)
def test_the_exchange_token_opens_nothing_else(service: Guarded, path: str) -> None:
    assert service.client.ask(path, token=service.exchange_token).status == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_exchange_token_opens_the_exchange(service: Guarded, method: str) -> None:
    assert service.client.ask("/api/v1/exchange/work", method, token=service.exchange_token).status == 200


def test_a_browser_that_may_only_look_changes_nothing(service: Guarded) -> None:
    session = service.session(Access.READ)
    cookie = f"{service.settings.cookie_name}={session.secret}"
    headers = [("origin", ORIGIN), ("x-csrf-token", session.csrf)]

    assert service.client.ask("/", cookie=cookie).status == 200
    assert service.client.ask("/api/v1/runs", "POST", cookie=cookie, headers=headers).status == 403


def test_a_page_finds_the_proof_that_its_forms_must_carry(service: Guarded) -> None:
    session = service.session()

    assert session.csrf in service.client.ask("/", cookie=f"{service.settings.cookie_name}={session.secret}").text


@pytest.mark.parametrize("form", ["csrf={}", "a=1&csrf={}&b=2"])
def test_a_form_with_the_proof_of_its_page_comes_through(service: Guarded, form: str) -> None:
    session = service.session()
    body = form.format(session.csrf).encode()

    assert posted(service, session.secret, [("origin", ORIGIN), ("content-type", FORM)], body) == 200


def test_a_script_with_the_proof_of_its_page_comes_through(service: Guarded) -> None:
    session = service.session()

    assert posted(service, session.secret, [("origin", ORIGIN), ("x-csrf-token", session.csrf)], b"{}") == 415


@pytest.mark.parametrize("proof", ["", "csrf=", "csrf=wrong", "csrf=é", "csrf=" + "0" * 64, "&" * 3000, "csrf[]={}"])
def test_a_form_without_the_proof_of_its_page_is_refused(service: Guarded, proof: str) -> None:
    assert (
        posted(service, service.session().secret, [("origin", ORIGIN), ("content-type", FORM)], proof.encode()) == 403
    )


def test_a_person_whose_page_is_out_of_date_is_told_so_in_words(service: Guarded) -> None:
    headers = [("origin", ORIGIN), ("content-type", FORM), ("accept", "text/html")]
    reply = service.client.ask("/form", "POST", cookie=service.cookie(), headers=headers, body=b"csrf=old")

    assert reply.status == 403
    assert "the page is out of date: load it again and repeat what you did</p>" in reply.text


def test_the_proof_of_another_session_is_none(service: Guarded) -> None:
    headers = [("origin", ORIGIN), ("x-csrf-token", service.session().csrf)]

    assert posted(service, service.session().secret, headers, b"") == 403


def test_a_form_that_does_not_say_where_it_comes_from_is_refused(service: Guarded) -> None:
    session = service.session()

    assert posted(service, session.secret, [("x-csrf-token", session.csrf)], b"") == 403


def test_a_proof_in_a_body_of_another_type_is_none(service: Guarded) -> None:
    session = service.session()
    headers = [("origin", ORIGIN), ("content-type", "text/plain")]

    assert posted(service, session.secret, headers, f"csrf={session.csrf}".encode()) == 403


def posted(service: Guarded, secret: str, headers: list[tuple[str, str]], body: bytes) -> int:
    cookie = f"{service.settings.cookie_name}={secret}"
    return service.client.ask("/form", "POST", cookie=cookie, headers=headers, body=body).status
