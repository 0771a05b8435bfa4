"""The journal of a run: an append-only file of checksummed waves, the truth until a study is sealed."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

import pyarrow as pa

from .errors import CorruptStore
from .records import ADDED, OUTCOMES

_MAGIC = b"TUNR"
_START = struct.Struct("<4sII")
_CHECK = struct.Struct("<I")
_HEAD_SIZE = _START.size + _CHECK.size
_LENGTH = struct.Struct("<I")

StudyStatus = Literal["finished", "failed", "skipped", "stopped"]


@dataclass(frozen=True, slots=True)
class StudyEnd:
    """That a study has ended, and how."""

    study: int
    status: StudyStatus
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Wave:
    """What one wave of a shard brought: its trials, in order, and the studies that ended with it."""

    shard: int
    number: int
    """Position in the shard, from 0."""
    rows: pa.RecordBatch
    """One row a trial, in the schema `results.records.OUTCOMES`."""
    ended: tuple[StudyEnd, ...] = ()

    def encode(self) -> bytes:
        """The wave as one block of bytes."""
        head = {"shard": self.shard, "number": self.number, "ended": [asdict(end) for end in self.ended]}
        text = json.dumps(head).encode()
        return b"".join((_LENGTH.pack(len(text)), text, self.rows.serialize()))

    @classmethod
    def decode(cls, block: bytes) -> Self:
        """The wave whose `encode` is this block."""
        (size,) = _LENGTH.unpack_from(block)
        start = _LENGTH.size
        head = json.loads(block[start : start + size])
        rows = _read_rows(pa.py_buffer(block)[start + size :])
        return cls(head["shard"], head["number"], rows, tuple(StudyEnd(**end) for end in head["ended"]))


def _read_rows(buffer: pa.Buffer) -> pa.RecordBatch:
    """The rows, with the columns that a run of an older minor version lacks: those are the last ones of the schema."""
    added = [name for name in OUTCOMES.names if name in ADDED]
    for missing in range(len(added) + 1):
        fields = list(OUTCOMES)[: len(OUTCOMES) - missing]
        with suppress(pa.ArrowInvalid):
            found = pa.ipc.read_record_batch(buffer, pa.schema(fields))
            lacking = [
                pa.array([ADDED[name]] * found.num_rows, OUTCOMES.field(name).type)
                for name in OUTCOMES.names[len(fields) :]
            ]
            return pa.RecordBatch.from_arrays([*found.columns, *lacking], schema=OUTCOMES)
    raise CorruptStore("the rows of a wave in the journal cannot be read: another version of the schema wrote them")


class Journal:
    """Appends blocks to a new file; a block that `append` has returned from survives a crash of the machine."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        taken = [int(path.stem) for path in folder.glob("*.journal")]
        self.path = folder / f"{max(taken, default=0) + 1:06d}.journal"
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        sync_folder(folder)

    def append(self, blocks: Iterable[bytes]) -> None:
        """Write the blocks and flush them to disk: each whole or, after a crash in between, not at all."""
        frames = b"".join(part for block in blocks for part in (_head(block), block))
        view = memoryview(frames)
        with naming(self.path):
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file; nothing can be appended any more."""
        os.close(self._file)


def read_blocks(folder: Path) -> Iterator[bytes]:
    """Every whole block of a folder's journals, oldest first.

    What a crash tore off at the end of a file, or left as zeros there, was never acknowledged and is passed over.
    Damage before the end raises `CorruptStore`.
    """
    for path in sorted(folder.glob("*.journal")):
        yield from _blocks(path)


def read_blocks_after(path: Path, place: int) -> tuple[list[bytes], int]:
    """The whole blocks of one journal file from byte `place` on, and where the next one will begin.

    For those who follow a run while it is written: call again with the place returned.
    """
    with path.open("rb") as file:
        file.seek(place)
        data = file.read()
    found = list(_frames(path, data))
    return [block for block, _ in found], place + (found[-1][1] if found else 0)


def _head(block: bytes) -> bytes:
    start = _START.pack(_MAGIC, len(block), zlib.crc32(block))
    return start + _CHECK.pack(zlib.crc32(start))


def _blocks(path: Path) -> Iterator[bytes]:
    return (block for block, _ in _frames(path, path.read_bytes()))


def _frames(path: Path, data: bytes) -> Iterator[tuple[bytes, int]]:
    """The blocks in these bytes of a journal file, each with the place of its end."""
    place = 0
    while len(data) - place >= _HEAD_SIZE:
        start = data[place : place + _START.size]
        magic, size, checksum = _START.unpack(start)
        end = place + _HEAD_SIZE + size
        if magic != _MAGIC or _CHECK.unpack_from(data, place + _START.size)[0] != zlib.crc32(start):
            if len(data[place:].rstrip(b"\0")) >= _HEAD_SIZE:
                raise _damage(path, place, data)
            return
        block = data[place + _HEAD_SIZE : end]
        if zlib.crc32(block) != checksum:
            if data[end:].strip(b"\0"):
                raise _damage(path, place, data)
            return
        place = end
        yield block, place


def _damage(path: Path, place: int, data: bytes) -> CorruptStore:
    return CorruptStore(f"{path} is damaged at byte {place} of {len(data)}")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system's that names no file, such as a full disk, name this one."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to disk, so that a file made or renamed in it is found after a crash."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
