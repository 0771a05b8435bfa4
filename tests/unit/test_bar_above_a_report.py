"""A bar of links above a finished report."""

from __future__ import annotations

import pytest

from results.render.bar import with_bar
from results.render.page import render_html
from results.report import Report

PAGE = render_html(Report("it", (), (), ()))


def test_the_bar_comes_right_behind_the_skip_link() -> None:
    text = with_bar(PAGE, {"Runs": "/", "it": "/runs/it"})

    bar = '<nav class="bar" aria-label="Service"><a href="/">Runs</a><a href="/runs/it">it</a></nav>'
    assert f"Skip to the report</a>\n{bar}\n<header>" in text


def test_nothing_else_of_the_page_changes() -> None:
    text = with_bar(PAGE, {"Runs": "/"})

    assert text.replace('<nav class="bar" aria-label="Service"><a href="/">Runs</a></nav>\n', "") == PAGE


def test_names_and_addresses_stay_texts() -> None:
    text = with_bar(PAGE, {"<b>\x1b": '"><b>'})

    assert '<a href="&#34;&gt;&lt;b&gt;">&lt;b&gt;\ufffd</a>' in text


def test_another_page_is_refused() -> None:
    with pytest.raises(ValueError, match="not made by render_html"):
        with_bar("<html></html>", {})
