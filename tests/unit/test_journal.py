"""What the journal promises: a block that was acknowledged is read back, whatever happens to the rest."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from results.errors import CorruptStore
from results.journal import Journal, StudyEnd, Wave, read_blocks
from results.records import OUTCOMES

BLOCKS = [b"the first", b"", b"the second, with \0 in it", b"the last one"]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal file with all blocks."""
    return write(tmp_path / "journal", BLOCKS)


def write(folder: Path, blocks: list[bytes]) -> Path:
    opened = Journal(folder)
    opened.append(blocks)
    opened.close()
    return opened.path


def read(path: Path) -> list[bytes]:
    return list(read_blocks(path.parent))


def last_frame(path: Path) -> range:
    """Every place within the last frame at which it is not yet whole."""
    size = path.stat().st_size
    return range(size - len(BLOCKS[-1]) - 16, size)


def test_what_was_appended_is_read_back(journal: Path) -> None:
    assert read(journal) == BLOCKS


def test_appending_nothing_writes_nothing(tmp_path: Path) -> None:
    assert write(tmp_path, []).stat().st_size == 0


def test_a_frame_torn_at_any_byte_leaves_exactly_the_earlier_blocks(journal: Path) -> None:
    whole = journal.read_bytes()
    for place in last_frame(journal):
        journal.write_bytes(whole[:place])
        assert read(journal) == BLOCKS[:-1], place


def test_a_frame_that_is_zeros_from_any_byte_on_leaves_exactly_the_earlier_blocks(journal: Path) -> None:
    whole = journal.read_bytes()
    for place in last_frame(journal):
        journal.write_bytes(whole[:place] + bytes(len(whole) - place + 100))
        assert read(journal) == BLOCKS[:-1], place


def test_zeros_after_the_last_frame_are_passed_over(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes() + bytes(1000))
    assert read(journal) == BLOCKS


def test_any_bit_that_flips_in_an_earlier_frame_is_found_and_placed(journal: Path) -> None:
    whole = journal.read_bytes()
    starts = frame_starts()
    for place in range(last_frame(journal).start):
        start = max(s for s in starts if s <= place)
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            journal.write_bytes(damaged)
            with pytest.raises(CorruptStore) as caught:
                read(journal)
            assert str(caught.value) == f"{journal} is damaged at byte {start} of {len(whole)}"


def frame_starts() -> list[int]:
    starts = [0]
    for block in BLOCKS[:-1]:
        starts.append(starts[-1] + 16 + len(block))
    return starts


def test_a_new_journal_never_appends_to_an_old_file(tmp_path: Path) -> None:
    first = write(tmp_path, [b"one"])
    before = first.read_bytes()
    second = write(tmp_path, [b"two"])
    assert second != first
    assert first.read_bytes() == before


def test_blocks_of_several_files_come_oldest_first(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path, [b"%d" % number])
    assert list(read_blocks(tmp_path)) == [b"%d" % number for number in range(12)]


def test_a_torn_file_does_not_hide_the_files_after_it(tmp_path: Path) -> None:
    first = write(tmp_path, [b"one", b"torn"])
    first.write_bytes(first.read_bytes()[:-2])
    write(tmp_path, [b"two"])
    assert list(read_blocks(tmp_path)) == [b"one", b"two"]


def test_a_wave_without_rows_reads_back() -> None:
    ends = (
        StudyEnd(3, "failed", "asked for “π” and got \udc80\n"),
        StudyEnd(4, "finished"),
        StudyEnd(5, "stopped", ""),
    )
    wave = Wave(7, 2, pa.RecordBatch.from_pylist([], schema=OUTCOMES), ends)
    again = Wave.decode(wave.encode())
    assert (again.shard, again.number, again.ended) == (7, 2, ends)
    assert again.rows.num_rows == 0
    assert again.rows.schema == OUTCOMES


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_rows_of_a_version_without_the_latest_columns_are_read_with_their_defaults(missing: int) -> None:
    row = {field.name: _some(field.type) for field in OUTCOMES}
    kept = pa.schema(list(OUTCOMES)[: len(OUTCOMES) - missing])
    older = pa.RecordBatch.from_pylist([row, row], schema=kept)

    found = Wave.decode(Wave(3, 1, older).encode()).rows

    assert found.schema == OUTCOMES
    assert found.select(kept.names).equals(older)
    assert found.to_pylist()[0] == {**row, **dict.fromkeys(OUTCOMES.names[len(kept) :])}


def test_rows_that_no_version_has_written_are_told_as_such() -> None:
    foreign = pa.RecordBatch.from_pylist([{"a": 1}], schema=pa.schema([("a", pa.int64())]))

    with pytest.raises(CorruptStore, match="another version of the schema"):
        Wave.decode(Wave(0, 0, foreign).encode())


def _some(kind: pa.DataType) -> object:
    """A value of a type."""
    if pa.types.is_map(kind):
        return [("a", 0.5)]
    if pa.types.is_list(kind):
        return [0.5, 1.5]
    if pa.types.is_timestamp(kind):
        return datetime(2026, 1, 2, tzinfo=UTC)
    return True if pa.types.is_boolean(kind) else "text" if pa.types.is_string(kind) else 7


def test_a_full_disk_is_told_with_the_file_and_what_was_whole_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_there = os.write
    room = [20, 3]  # one whole frame, then a part of the next

    def write_a_little(file: int, data: memoryview) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_there(file, data[: room.pop(0)])

    journal = Journal(tmp_path)
    monkeypatch.setattr(os, "write", write_a_little)
    with pytest.raises(OSError, match="No space left on device") as caught:
        journal.append([b"four", b"more"])
    monkeypatch.undo()
    journal.close()
    assert caught.value.filename == str(journal.path)
    assert list(read_blocks(tmp_path)) == [b"four"]


def test_a_new_journal_is_found_after_a_crash_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("results.journal.sync_folder", synced.append)
    Journal(tmp_path / "journal").close()
    assert synced == [tmp_path, tmp_path / "journal"]


def test_append_returns_only_after_all_of_it_is_flushed_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Journal(tmp_path / "journal")
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda handle: flushed.append(os.fstat(handle).st_size))
    opened.append(BLOCKS)
    opened.close()

    assert flushed == [opened.path.stat().st_size]
    assert flushed[0] > 0
