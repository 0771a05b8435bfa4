"""Trials, reports and comparisons in the reader."""

from __future__ import annotations

import re

import pytest
from pages_under_test import Browser, reader

from tuner.server.reports import Reports
from tuner.server.workshop import WorkshopBusy

__all__ = ["reader"]
REPORT = "/runs/example/report?strategy=random&strategy=tpe"


def rows(text: str) -> list[str]:
    """The statuses in a table of trials."""
    return re.findall(r"<td>(ok|error|timeout|invalid)</td>", text)


def test_trials_are_filtered_by_the_service(reader: Browser) -> None:
    found = rows(reader.get("/runs/example/trials?status=failed&strategy=tpe").text)

    assert found
    assert "ok" not in found


def test_a_heading_sorts_and_turns_the_order(reader: Browser) -> None:
    text = reader.get("/runs/example/trials?sort=value").text

    assert 'aria-sort="ascending"><a href="/runs/example/trials?sort=value&amp;descending=yes">Value</a>' in text
    assert 'aria-sort="descending"' in reader.get("/runs/example/trials?sort=value&descending=yes").text


@pytest.mark.parametrize("query", ["seed=x", "study=-1", "sort=nonsense", "status=nonsense", "offset=-1"])
def test_a_question_that_makes_no_sense_is_refused_in_one_line(reader: Browser, query: str) -> None:
    assert reader.get(f"/runs/example/trials?{query}").status_code == 422


def test_no_trial_found_offers_all_of_them(reader: Browser) -> None:
    assert "No trial is like that. Show all trials" in reader.text("/runs/example/trials?text=nonsense")


def test_a_trial_says_how_to_show_it_again(reader: Browser) -> None:
    assert "tuner explain example --study 0 --trial 1" in reader.text("/runs/example/trials/0/1")


def test_an_unknown_trial_is_a_page_with_one_line(reader: Browser) -> None:
    assert reader.get("/runs/example/trials/0/99999").status_code == 404


def test_files_of_all_trials_can_be_had(reader: Browser) -> None:
    links = re.findall(r'href="([^"]+)" download', reader.get("/runs/example/trials").text)

    assert [link.rpartition(".")[2] for link in links] == ["csv", "parquet", "arrow"]
    assert reader.get(links[0]).status_code == 200


def test_a_report_is_served_with_its_own_policy_and_a_way_back(reader: Browser) -> None:
    answer = reader.get(REPORT)
    policy = answer.headers["content-security-policy"]

    assert answer.status_code == 200
    assert (
        '<nav class="bar" aria-label="Service"><a href="/">Runs</a><a href="/runs/example">example</a>' in answer.text
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; frame-ancestors 'none'")
    assert "unsafe" not in policy


def test_a_report_can_be_of_some_strategies_alone(reader: Browser) -> None:
    text = reader.get(REPORT).text

    assert 'value="tpe"' in text
    assert 'value="gp"' not in text


def test_two_strategies_are_compared(reader: Browser) -> None:
    text = reader.text("/compare?run=example&a=random&b=gp")

    assert "random against gp" in text
    assert "task by task" in text


def test_a_comparison_that_cannot_be_made_says_why_in_one_line(reader: Browser) -> None:
    answer = reader.get("/compare?run=example&a=random&b=nobody")

    assert answer.status_code == 404
    assert re.search(r'role="alert">[^<\n]*nobody', answer.text)


@pytest.mark.parametrize("query", ["run=nowhere", "run=example&run=nowhere&a=random&b=gp"])
def test_a_comparison_over_an_unknown_run_is_not_found_and_others_can_be_chosen(reader: Browser, query: str) -> None:
    answer = reader.get(f"/compare?{query}")

    assert answer.status_code == 404
    assert re.search(r'role="alert">no run called &#39;nowhere&#39;<', answer.text)
    assert 'name="run" value="example"' in answer.text


def test_a_comparison_that_is_asked_for_while_too_many_wait_is_made_later(
    reader: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise WorkshopBusy("4 others wait already")

    monkeypatch.setattr(Reports, "comparison", refuse)
    answer = reader.get("/compare?run=example&a=random&b=gp")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "4 others wait already" in answer.text
