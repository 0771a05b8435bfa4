"""Starting and steering runs from pages, as a browser without script does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pages_under_test import ORIGIN, Browser, browsing, words
from service_under_test import SUITE, service

from tuner.errors import InvalidOption
from tuner.server.cards import Option
from tuner.server.pages.new_run_form import Form, option_value, own_request
from tuner.server.service import Service

__all__ = ["service"]
OWN = {"way": "own", "name": "mine", "seeds": "2", "trials": "3", "task": "branin", "strategy": "random"}


@pytest.fixture
def browser(service: Service) -> Iterator[Browser]:
    with browsing(service) as made:
        yield made


def names(service: Service) -> list[str]:
    return [run.name for run in service.runs().items if run.state == "queued"]


def test_a_look_shows_the_plan_and_starts_nothing(browser: Browser, service: Service) -> None:
    answer = browser.post("/new", way="suite", suite="quick", do="look")

    assert answer.status_code == 200
    assert "4 studies , 12 trials at most" in words(answer.text)
    assert "About 6 s of evaluation, one trial after the other" in words(answer.text)
    assert names(service) == []


def test_the_first_button_of_the_form_looks_so_that_enter_never_starts(browser: Browser) -> None:
    text = browser.post("/new", way="suite", suite="quick", do="look").text

    assert re.findall(r'name="do" value="(\w+)"', text[text.index('class="new"') :])[0] == "look"


def test_starting_leads_to_the_run_that_is_watched(browser: Browser, service: Service) -> None:
    answer = browser.post("/new", way="suite", suite="quick", seeds="1", workers="2", do="start")

    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/quick")
    assert names(service) == ["quick"]
    assert service.queue.all()[0].workers == 2


def test_a_form_starts_one_run_however_often_it_is_sent_and_each_change_of_it_another(
    browser: Browser, service: Service
) -> None:
    for changed in ({"seeds": "1"}, {"seeds": "2"}, {"seeds": "2", "workers": "1"}):
        for _ in range(2):
            browser.post("/new", way="suite", suite="quick", **changed, key="a" * 32, do="start")

    assert sorted(names(service)) == ["quick", "quick-2", "quick-3"]


def test_a_suite_is_put_together_from_tasks_and_strategies(browser: Browser, service: Service) -> None:
    answer = browser.post("/new", **OWN, do="start")

    assert answer.headers["location"] == "/runs/mine"
    assert 'name = "branin"' in service.run(service.queue.all()[0].run).suite_toml


def test_a_wrong_field_is_told_beside_it_and_what_was_typed_stays(browser: Browser, service: Service) -> None:
    answer = browser.post("/new", **{**OWN, "seeds": "none", "strategy": "tpe"}, do="start")

    assert answer.status_code == 422
    assert 'value="none" required aria-invalid="true" aria-describedby="wrong-seeds"' in answer.text
    assert re.search(r'id="wrong-seeds">a whole number from 1 on, not &#39;none&#39;', answer.text)
    assert re.search(r'name="strategy" value="tpe" checked', answer.text)
    assert names(service) == []


def test_no_task_chosen_is_told(browser: Browser) -> None:
    answer = browser.post("/new", **{name: text for name, text in OWN.items() if name != "task"}, do="look")

    assert "choose at least one task" in answer.text


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("nonsense", "the suite is not TOML"),
        (SUITE.replace('"grid"', '"./mine.py:Mine"'), "over HTTP no file and no module can be named"),
        (SUITE.replace('"grid"', '"program"'), "strategy &#39;program&#39; is refused"),
    ],
)
def test_a_suite_that_is_refused_is_told_in_one_line(browser: Browser, toml: str, told: str) -> None:
    answer = browser.post("/new", way="file", toml=toml, do="start")

    (line,) = re.findall(r'role="alert"[^>]*>([^<]*)<', answer.text)
    assert answer.status_code == 422
    assert told in line
    assert "\n" not in line


def test_a_form_without_its_proof_is_refused(browser: Browser, service: Service) -> None:
    sent = {"way": "suite", "suite": "quick", "do": "start"}
    answer = browser.client.post("/new", data=sent, headers={"origin": ORIGIN})

    assert answer.status_code == 403
    assert names(service) == []


def test_a_run_is_cancelled_deleted_and_taken_back_by_buttons(browser: Browser, service: Service) -> None:
    assert browser.post("/runs/example/delete").headers["location"] == "/bin?moved=example"
    assert "example is in the bin." in browser.text("/bin?moved=example")
    assert browser.post("/bin/example/restore").headers["location"] == "/runs/example"
    assert service.summary("example").state == "finished"


def test_only_steps_that_the_state_allows_are_offered(browser: Browser) -> None:
    browser.post("/new", way="suite", suite="quick", do="start")

    assert set(re.findall(r'action="/runs/quick/(\w+)"', browser.get("/runs/quick").text)) == {"pause", "cancel"}
    assert set(re.findall(r'action="/runs/example/(\w+)"', browser.get("/runs/example").text)) == {"delete"}


def test_a_step_that_came_too_late_is_a_page_with_one_line(browser: Browser) -> None:
    answer = browser.post("/runs/example/pause")

    assert answer.status_code == 409
    assert "example was not started by this service" in words(answer.text)


def test_pages_let_their_browser_say_where_a_form_comes_from(browser: Browser) -> None:
    assert '<meta name="referrer" content="same-origin">' in browser.get("/").text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("integer", "3", 3), ("number", "1e-3", 1e-3), ("boolean", "no", False), ("text", "ucb", "ucb")],
)
def test_an_option_is_read_as_its_kind(kind: str, text: str, value: object) -> None:
    assert option_value(Option("it", kind, None), text) == value  # type: ignore[arg-type]  # one of the kinds


@pytest.mark.parametrize(("kind", "text"), [("integer", "3.5"), ("number", "many"), ("boolean", "maybe")])
def test_an_option_of_another_kind_is_refused(kind: str, text: str) -> None:
    with pytest.raises(InvalidOption, match=f"not '{re.escape(text)}'"):
        option_value(Option("it", kind, None), text)  # type: ignore[arg-type]  # one of the kinds


def test_an_option_left_empty_keeps_its_default() -> None:
    form = Form.of([*OWN.items(), ("strategy:random:a", ""), ("strategy:random:b", "2")])
    known = {"random": [Option("a", "integer", 1), Option("b", "integer", 1)]}
    table = own_request(form, {"branin": []}, known).suite

    assert isinstance(table, dict)
    assert table["strategies"] == [{"name": "random", "options": {"b": 2}}]
    assert form.errors == {}
