"""Text without the characters that steer a terminal or are not allowed in a page."""

from __future__ import annotations

import sys
import unicodedata

from results.render.cells import plain


def test_every_character_but_those_that_steer_is_let_through() -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    wrong = {"Cc", "Cs", "Co", "Cn"}
    expected = [one if one in "\n\t" or unicodedata.category(one) not in wrong else "\ufffd" for one in characters]

    assert [plain(one) for one in characters] == expected


def test_what_steers_is_taken_out_of_a_text_with_line_ends_and_thin_spaces() -> None:
    assert plain("5\u202fs\n\x1b[31m\t\u2028é") == "5\u202fs\n\ufffd[31m\t\u2028é"
