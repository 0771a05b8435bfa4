"""What the parser of arguments refuses, told in one line."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

_PLAINER = (
    (r"^Invalid value: ", ""),
    (r"^Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"too many arguments: \1"),
    (r"^No such option: (\S+)", r"no such option \1"),
    (r" ?\(Possible options?: (.*)\)", r"; did you mean \1?"),
    (r"\.? Did you mean ", "; did you mean "),
    (r"\.? Choose from:?", "; choose from"),
    (r"Value error, ", ""),
    (r"(Input should [^,]*), .*", r"\1"),
)


@runtime_checkable
class UsageMistake(Protocol):
    """An error of typer's own, of which every version has a class of its own."""

    def format_message(self) -> str:
        """The complaint in typer's words."""


def describe_mistake(mistake: UsageMistake, command: str) -> str:
    """The line to show for wrong arguments of a command, such as `tuner run`."""
    text = " ".join(mistake.format_message().split()).rstrip(".")
    for wordy, plain in _PLAINER:
        text = re.sub(wordy, plain, text)
    text = _with_value(text, mistake)
    end = "" if text.endswith("?") else ";"
    return f"error: {command}: {text[:1].lower()}{text[1:]}{end} see {command} --help"


def _with_value(text: str, mistake: UsageMistake) -> str:
    """Say which value it is about, where pydantic, which typer asks, does not."""
    from pydantic import ValidationError

    cause = getattr(mistake, "__cause__", None)
    if not isinstance(cause, ValidationError):
        return text
    value = repr(cause.errors()[0]["input"])
    return text.replace("Input should", f"{value} should") if value not in text else text
