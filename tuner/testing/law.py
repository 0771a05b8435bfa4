"""What a law of a plug-in is, and how a check says that it is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .verdict import Verdict

Subject = TypeVar("Subject")


class LawBroken(Exception):
    """The plug-in breaks the law; the text says how."""


class LawSkipped(Exception):
    """The law does not concern this plug-in; the text says why."""


@dataclass(frozen=True, slots=True)
class Law(Generic[Subject]):
    """A sentence, and the check of it."""

    text: str
    check: Callable[[Subject], None]
    """Returns if the law is kept; raises `LawBroken`, `LawSkipped` or whatever the plug-in raises."""
    needs: tuple[str, ...] = ()
    """Texts of the laws without which this check would only say again that one of those is broken."""

    def judge(self, subject: Subject, broken: set[str]) -> Verdict:
        """Check the law, unless it needs one that is among the broken."""
        if unmet := [text for text in self.needs if text in broken]:
            return Verdict(self.text, "skipped", f"says nothing while this is broken: {unmet[0]}")
        try:
            self.check(subject)
        except LawSkipped as reason:
            return Verdict(self.text, "skipped", one_line(reason))
        except LawBroken as flaw:
            return Verdict(self.text, "broken", one_line(flaw))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a plug-in that raises or exits breaks the law
            return Verdict(self.text, "broken", f"raised {type(error).__name__}: {one_line(error)}")
        return Verdict(self.text, "kept")


def one_line(error: BaseException) -> str:
    """The error's text without line breaks."""
    return " ".join(str(error).split())
