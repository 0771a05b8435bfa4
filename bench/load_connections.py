"""Connections that stay open, read with as little work as can be: the sender shares its cores with what it measures."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSES: Final = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Connections:
    """At most so many to one server; who asks when all are in use waits for one."""

    host: str
    port: int
    headers: Mapping[str, str]
    most: int
    seconds: float
    """How long an answer may take."""
    _idle: list[_End] = field(default_factory=list)
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.most)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, _e: object, _trace: TracebackType | None) -> None:
        for _, writer in self._idle:
            writer.close()

    async def get(self, target: str) -> tuple[int, int]:
        """Status and size of the body; raises `OSError` or `TimeoutError`.

        A connection that was used before may have been closed by the server meanwhile: then another one is taken.
        """
        async with self._places:
            while self._idle:
                reader, writer = self._idle.pop()
                if reader.at_eof() or writer.is_closing():
                    writer.close()
                    continue
                with suppress(ConnectionResetError):
                    return await self._asked(reader, writer, target)
            return await self._asked(*await asyncio.open_connection(self.host, self.port), target)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str) -> tuple[int, int]:
        try:
            async with asyncio.timeout(self.seconds):
                status, size, is_over = await self._exchange(reader, writer, target)
        except EOFError:
            writer.close()
            raise ConnectionError("the connection ended early") from None
        except OSError:
            writer.close()
            raise
        if is_over:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return status, size

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str
    ) -> tuple[int, int, bool]:
        lines = [f"GET {target} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        head = await _read_head(reader)
        length = _LENGTH.search(head)
        if length:
            size = len(await reader.readexactly(int(length[1])))
        elif _CHUNKED.search(head):
            size = await _read_chunks(reader)
        else:
            size = len(await reader.read())
        is_over = bool(_CLOSES.search(head)) or not (length or _CHUNKED.search(head))
        return int(head.split(b" ", 2)[1]), size, is_over


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    """Raises `ConnectionResetError` where the connection ended before the first byte."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if ended.partial:
            raise
        raise ConnectionResetError("the connection ended before the answer") from None


async def _read_chunks(reader: asyncio.StreamReader) -> int:
    size = 0
    while length := int((await reader.readline()).partition(b";")[0], 16):
        size += len(await reader.readexactly(length))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return size
