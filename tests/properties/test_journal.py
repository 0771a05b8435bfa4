"""Any blocks, cut anywhere: the journal gives back those that were whole."""

from __future__ import annotations

import tempfile
from itertools import accumulate
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from results.journal import Journal, read_blocks

BATCHES = st.lists(st.lists(st.binary(max_size=40), max_size=4), max_size=4)


@given(batches=BATCHES, data=st.data())
def test_a_file_cut_anywhere_holds_the_blocks_before_the_cut(batches: list[list[bytes]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        for batch in batches:
            journal.append(batch)
        journal.close()
        blocks = [block for batch in batches for block in batch]
        ends = list(accumulate(16 + len(block) for block in blocks))
        whole = journal.path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        journal.path.write_bytes(whole[:cut])
        assert list(read_blocks(Path(folder))) == blocks[: sum(end <= cut for end in ends)]
