"""Tokens: made once, strong, and for their owner's eyes only."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobs_under_test import folder

from tuner.server.service_folder import ServiceFolder
from tuner.server.tokens import Access, UnusableToken, open_tokens

__all__ = ["folder"]


def files_of(folder: ServiceFolder) -> list[Path]:
    return [folder.token, folder.read_token, folder.exchange_token, folder.runner_token]


def test_a_token_has_256_bits_and_a_file_for_its_owner_only(folder: ServiceFolder) -> None:
    open_tokens(folder)
    texts = [path.read_text().strip() for path in files_of(folder)]

    assert [path.stat().st_mode & 0o777 for path in files_of(folder)] == [0o600] * 4
    assert [len(bytes.fromhex(text)) for text in texts] == [32] * 4
    assert len(set(texts)) == 4


def test_tokens_stay_the_same_from_start_to_start(folder: ServiceFolder) -> None:
    assert open_tokens(folder) == open_tokens(folder)


def test_each_token_allows_what_it_is_for(folder: ServiceFolder) -> None:
    tokens = open_tokens(folder)
    accesses = [tokens.access_of(path.read_text().strip()) for path in files_of(folder)]

    assert accesses == [Access.FULL, Access.READ, Access.EXCHANGE, Access.RUNNER]


@pytest.mark.parametrize("wrong", ["", "0" * 64, "é", "\udcff", "a" * 100_000])
def test_a_wrong_token_allows_nothing(folder: ServiceFolder, wrong: str) -> None:
    assert open_tokens(folder).access_of(wrong) is None


def test_a_token_cut_short_or_in_other_letters_is_wrong(folder: ServiceFolder) -> None:
    tokens = open_tokens(folder)
    token = folder.token.read_text().strip()

    assert [tokens.access_of(text) for text in (token[:-1], token.upper() + "A", f"{token} ")] == [None] * 3


def test_the_tokens_themselves_are_not_kept_in_memory(folder: ServiceFolder) -> None:
    tokens = open_tokens(folder)

    assert folder.token.read_text().strip() not in repr(tokens)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_token_file_that_others_can_use_is_refused(folder: ServiceFolder, mode: int) -> None:
    open_tokens(folder)
    folder.token.chmod(mode)

    with pytest.raises(UnusableToken, match=f"has mode {mode:o}, so that others can use it"):
        open_tokens(folder)


@pytest.mark.parametrize("text", ["", "secret", "0" * 63, "G" * 64])
def test_a_file_without_a_token_is_refused(folder: ServiceFolder, text: str) -> None:
    folder.token.write_text(text)
    folder.token.chmod(0o600)

    with pytest.raises(UnusableToken, match="holds no token"):
        open_tokens(folder)
