"""How pages write numbers, times and addresses: as reports do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from markupsafe import Markup

from results.items import Column
from results.render.cells import ABSENT, plain, write_cell
from results.wording import counted as counted_words
from results.wording import decimal

_NUMBER: Final = Column("", "number", 4)
_INTEGER: Final = Column("", "integer")
_SECONDS: Final = Column("", "seconds")
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


def number(given: float | None) -> str:
    """A measured value."""
    return write_cell(given, _NUMBER)


def integer(given: int | None) -> str:
    """A whole number, its thousands apart."""
    return write_cell(given, _INTEGER)


def seconds(given: float | None) -> str:
    """A duration."""
    return write_cell(given, _SECONDS)


def percent(part: float, whole: float | None) -> int | None:
    """A share in whole percent, rounded down; None where the whole is unknown or nothing."""
    return min(100, int(100 * part / whole)) if whole else None


def size(given: int) -> str:
    """A number of bytes in the unit that fits it."""
    amount, unit = float(given), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{given} bytes" if not unit else f"{decimal(amount, 1)}\u202f{_UNITS[unit]}"


def when(given: datetime | None) -> str:
    """An instant, in UTC to the minute."""
    if given is None:
        return ABSENT
    moment = given.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), f"{moment:%Y-%m-%d %H:%M} UTC"
    )


def value(given: object) -> str:
    """A value of a configuration or an option."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, float):
        return f"{given:.6g}".replace("-", "\u2212")
    if given is None:
        return ABSENT
    return plain(given) if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def counted(amount: int, noun: str) -> str:
    """As in "1 task" and "3 tasks"; a plural of its own after a stroke, as in "study/studies"."""
    one, _, many = noun.partition("/")
    if many:
        return f"{integer(amount)} {one if amount == 1 else many}"
    return counted_words(amount, one) if amount < 1000 else f"{integer(amount)} {one}s"


def marked(text: str) -> str:
    """A text of a docstring, in which words between backticks are code."""
    parts = plain(text).split("`")
    if not len(parts) % 2:
        return plain(text)
    forms = (Markup("{}"), Markup("<code>{}</code>"))
    return Markup("").join(forms[place % 2].format(part) for place, part in enumerate(parts))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a description."""
    return [part for part in (one.strip() for one in text.split("\n\n")) if part]


def link(*parts: str | int, **query: object) -> str:
    """A path of this service, each part escaped; what is None or empty is left out of the query."""
    path = "/" + "/".join(quote(str(part), safe="") for part in parts)
    return with_query(path, query)


def with_query(path: str, query: Mapping[str, object]) -> str:
    """The path with a query; lists give a name several times."""
    given = {name: part for name, part in query.items() if part not in (None, "", [], (), False)}
    shown = urlencode({name: part if part is not True else "yes" for name, part in given.items()}, doseq=True)
    return f"{path}?{shown}" if shown else path
