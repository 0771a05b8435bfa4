"""What the form of a new run says: read field by field, with a word beside each field that is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ...errors import InvalidOption
from ..cards import Option
from ..suite_requests import SuiteRequest

WAYS: Final = ("suite", "own", "file")
"""A suite that is installed, one put together here, or one as a file's text."""
_MOST: Final = 10**9
_TRUE: Final = {"yes": True, "no": False}


@dataclass(slots=True)
class Form:
    """Fields as they came, and what is wrong with them."""

    values: Mapping[str, Sequence[str]]
    errors: dict[str, str] = field(default_factory=dict)
    """By field."""

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Form:
        """The fields of a form or of an address."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in fields:
            found[name].append(value)
        return cls(dict(found))

    @property
    def way(self) -> str:
        """One of `WAYS`."""
        given = self.one("way")
        return given if given in WAYS else WAYS[0]

    def one(self, name: str, otherwise: str = "") -> str:
        """The value of a field."""
        return next(iter(self.values.get(name, ())), otherwise).strip()

    def many(self, name: str) -> Sequence[str]:
        """All values of a field."""
        return self.values.get(name, ())

    def has_any(self, prefix: str) -> bool:
        """Whether some option of a plug-in was given, or is wrong."""
        return any(name.startswith(f"{prefix}:") and self.one(name) for name in self.values)

    def whole(self, name: str, *, is_needed: bool = False) -> int | None:
        """A whole number from 1 on; None for nothing, or for what is none, with an error."""
        text = self.one(name)
        if not text and not is_needed:
            return None
        if text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= _MOST:
            return int(text)
        self.errors[name] = f"a whole number from 1 on{f', not {text[:20]!r}' if text else ''}"
        return None

    def options(self, prefix: str, known: Iterable[Option]) -> dict[str, str | int | float | bool]:
        """The options of a plug-in that were given; those left empty keep their defaults."""
        found = {}
        for option in known:
            name = f"{prefix}:{option.name}"
            text = self.one(name)
            if text:
                try:
                    found[option.name] = option_value(option, text)
                except InvalidOption as error:
                    self.errors[name] = str(error)
        return found


def option_value(option: Option, text: str) -> str | int | float | bool:
    """The text of a field as the option's value; raises `InvalidOption`."""
    match option.type:
        case "choice":
            found = next((choice for choice in option.choices if str(choice) == text), None)
            if found is None:
                raise InvalidOption(f"one of {', '.join(map(str, option.choices))}, not {text[:40]!r}")
            return found
        case "boolean":
            if text not in _TRUE:
                raise InvalidOption(f"yes or no, not {text[:40]!r}")
            return _TRUE[text]
        case "integer" | "number":
            return _number(option, text)
        case _:
            return text


def _number(option: Option, text: str) -> int | float:
    try:
        return int(text) if option.type == "integer" else float(text)
    except ValueError:
        kind = "a whole number" if option.type == "integer" else "a number"
        raise InvalidOption(f"{kind}, not {text[:40]!r}") from None


def shipped_request(form: Form) -> SuiteRequest:
    """An installed suite, with changes."""
    if not form.one("suite"):
        form.errors["suite"] = "choose a suite"
    return SuiteRequest(
        form.one("suite"),
        seeds=form.whole("seeds"),
        trials=form.whole("trials"),
        strategies=tuple(form.many("strategy")) or None,
    )


def own_request(
    form: Form, tasks: Mapping[str, Sequence[Option]], strategies: Mapping[str, Sequence[Option]]
) -> SuiteRequest:
    """A suite of chosen tasks and strategies; the options of each by its name."""
    table = {
        "name": form.one("name", "my-suite") or "my-suite",
        "seeds": form.whole("seeds", is_needed=True),
        "budget": {"trials": form.whole("trials", is_needed=True)},
        "tasks": _entries(form, "task", tasks),
        "strategies": _entries(form, "strategy", strategies),
    }
    for kind, many in (("task", "tasks"), ("strategy", "strategies")):
        if not table[many]:
            form.errors[kind] = f"choose at least one {kind}"
    return SuiteRequest(table)


def _entries(form: Form, kind: str, known: Mapping[str, Sequence[Option]]) -> list[dict[str, Any]]:
    entries = []
    for name in form.many(kind):
        options = form.options(f"{kind}:{name}", known.get(name, ()))
        entries.append({"name": name, "options": options} if options else {"name": name})
    return entries
