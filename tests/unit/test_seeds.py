from __future__ import annotations

import itertools

import numpy as np
import pytest

from tuner.seeds import SeedStream, derive_seed


@pytest.mark.parametrize(
    ("root", "key", "seed"),
    [
        (0, (), 5970667615949607468),
        (0, ("trial", 3), 5294015504497157950),
        (42, ("data", "digits", 0), 6279926576110260899),
        (2**40, ("a", "bc"), 973559169767498589),
    ],
)
def test_seeds_are_the_same_in_every_version_and_on_every_machine(
    root: int, key: tuple[str | int, ...], seed: int
) -> None:
    assert derive_seed(root, *key) == seed


def test_keys_whose_parts_join_to_the_same_text_have_different_seeds() -> None:
    keys: list[tuple[str | int, ...]] = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("", "abc"),
        ("ab", "c", ""),
        (1,),
        ("1",),
        (11,),
        (1, 1),
        ("1", 1),
        (-1,),
        ("1:a",),
        ("1", "a"),
        (),
    ]
    assert len({derive_seed(0, *key) for key in keys}) == len(keys)


def test_another_root_gives_another_seed() -> None:
    assert len({derive_seed(root, "trial") for root in range(100)}) == 100


def test_a_seed_does_not_depend_on_what_was_asked_before() -> None:
    purposes = ["noise", "split", "strategy"]
    for order in itertools.permutations(purposes):
        seeds = {purpose: derive_seed(7, purpose) for purpose in order}
        assert [seeds[purpose] for purpose in purposes] == [derive_seed(7, purpose) for purpose in purposes]


def test_parts_of_a_stream_do_not_depend_on_the_order_of_asking() -> None:
    forwards, backwards = SeedStream(1, "trial"), SeedStream(1, "trial")
    assert [forwards[n] for n in range(50)] == [backwards[n] for n in reversed(range(50))][::-1]


@pytest.mark.parametrize("number", [0, 1, 9, 10, 123456789])
def test_a_part_of_a_stream_is_the_seed_of_the_longer_key(number: int) -> None:
    stream = SeedStream(3, "task", "trial")
    assert stream[number] == derive_seed(3, "task", "trial", number)
    assert stream.seed == derive_seed(3, "task", "trial")


def test_seeds_fit_a_signed_64_bit_column_and_seed_a_generator() -> None:
    seeds = [derive_seed(0, number) for number in range(2000)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62
    assert np.random.default_rng(seeds[0]).random() != np.random.default_rng(seeds[1]).random()
