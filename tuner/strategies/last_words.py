"""What a program that has ended said last: one line of its standard error that a reader can use."""

from __future__ import annotations

import re

from ..errors import one_line

_CONTROL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, movements of the cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"  # strings for the terminal, such as its title
    r"|\x1b[ -/]*[0-~]?"  # all other sequences
    r"|[\x00-\x08\x0e-\x1f\x7f-\x9f]",
    re.MULTILINE,
)


def last_words(written: str) -> str:
    """The last line that has a letter or a digit and is not indented; failing that, the last one there is, or "".

    Stack frames and the rest of a message are indented, what happened is not. Sequences that control a terminal are
    left out.
    """
    lines = [line for line in _CONTROL.sub("", written).splitlines() if line.strip()]
    telling = [line for line in lines if any(map(str.isalnum, line))]
    outer = [line for line in telling if not line[0].isspace()]
    return one_line((outer or telling or lines or [""])[-1])
