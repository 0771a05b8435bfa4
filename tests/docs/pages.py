"""The pages of the documentation, and the blocks of code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_BLOCK = re.compile(
    r"(?:^<!-- not executed: (?P<reason>[^\n]+?) -->\n+)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# (?P<name>[\w./-]+\.(?:py|toml))\n")
_FILE_BEFORE = re.compile(r"in a file `(?P<name>[\w./-]+\.(?:py|toml))`[^`]*:\n\n$")
_ANY_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int
    reason: str | None
    """Why it is not executed; None where it is."""
    file: str | None = None
    """The file that the reader is to write it to, where its first line or the sentence before it names one."""

    @property
    def commands(self) -> list[str]:
        """The lines that a reader types."""
        lines = self.text.splitlines()
        if self.language == "bash":
            return [line for line in lines if line.startswith("tuner ")]
        return [line[2:] for line in lines if line.startswith("$ ")]


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [_block(text, found) for found in _BLOCK.finditer(text)]


def _block(page: str, found: re.Match[str]) -> Block:
    named = _FILE.match(found["text"]) or _FILE_BEFORE.search(page[: found.start()])
    line = page[: found.start("text")].count("\n") + 1
    return Block(found["language"], found["text"], line, found["reason"], named["name"] if named else None)


def headings_of(page: Path) -> list[str]:
    """The headings, as written, those inside blocks of code left out."""
    return _HEADING.findall(
        re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    )


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))
