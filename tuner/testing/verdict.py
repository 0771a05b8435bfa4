"""What a check of a plug-in found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Verdict:
    """One law, and whether the plug-in keeps it."""

    law: str
    """The law as a sentence: "the same seed gives the same proposals"."""
    status: Literal["kept", "broken", "skipped"]
    message: str = ""
    """What went wrong, with values, on one line; or why the law does not apply."""
