"""What is shown of a crashed program's standard error is the line that says what happened."""

from __future__ import annotations

import pytest

from tuner.strategies.last_words import last_words

PYTHON = """Traceback (most recent call last):
  File "search.py", line 3, in <module>
    propose(1, 2 / 0)
               ~~^~~
ZeroDivisionError: division by zero
"""
SYNTAX = """  File "search.py", line 1
    x = (
        ^
SyntaxError: '(' was never closed
"""
JAVA = """Exception in thread "main" java.lang.IllegalStateException: no ideas
\tat Search.propose(Search.java:7)
\tat Search.main(Search.java:3)
"""


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (PYTHON, "ZeroDivisionError: division by zero"),
        (SYNTAX, "SyntaxError: '(' was never closed"),
        (JAVA, 'Exception in thread "main" java.lang.IllegalStateException: no ideas'),
        ("no ideas\n    ^^^^\n\n-----\n", "no ideas"),
        ("  only\n  indented\n", "indented"),
        (" 10 %\r 20 %\rlost\r\n", "lost"),
        ("keine Einfälle\n", "keine Einfälle"),
    ],
)
def test_the_last_line_that_says_something_is_told(written: str, line: str) -> None:
    assert last_words(written) == line


@pytest.mark.parametrize(
    "written",
    [
        "\x1b[1;31mno\x1b[0m ideas\x1b[K\n",
        "\x1b[38:2:255:0:0mno\x9b0m ideas\n",
        "\x1b]0;a title\x07no ideas\n",
        "\x1b]8;;https://example.org\x1b\\no ideas\x1b]8;;\x1b\\\n",
        "\x1b(Bno ideas\x1b7\n\x1b[?25h\n",
        "no\x00 ide\x08\x07as\x1b",
        "no ideas\n\x1b]0;a title that nothing ends\n",
    ],
)
def test_sequences_for_a_terminal_are_left_out(written: str) -> None:
    assert last_words(written) == "no ideas"


@pytest.mark.parametrize(("written", "line"), [("", ""), ("\n \x1b[0m\n", ""), ("!!\n???\n", "???")])
def test_where_no_line_has_a_letter_the_last_one_is_told(written: str, line: str) -> None:
    assert last_words(written) == line
