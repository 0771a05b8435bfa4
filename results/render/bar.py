"""A bar of links above a finished page, for whoever serves it beside other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from .cells import plain

_PLACE: Final = '<a class="skip" href="#content">Skip to the report</a>\n'
"""Comes first for the keyboard; the bar goes right behind it."""


def with_bar(page: str, links: Mapping[str, str]) -> str:
    """The page that `render_html` made, with links, addresses by their text; raises ValueError for another page."""
    before, place, after = page.partition(_PLACE)
    if not place:
        raise ValueError("this page was not made by render_html")
    written = Markup("").join(
        Markup('<a href="{}">{}</a>').format(address, plain(text)) for text, address in links.items()
    )
    return f'{before}{place}<nav class="bar" aria-label="Service">{written}</nav>\n{after}'
