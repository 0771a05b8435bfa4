"""What the mailbox refuses, and what HTTP calls it."""

from __future__ import annotations

from typing import ClassVar

from ..errors import TunerError


class MailboxError(TunerError):
    """Something that the mailbox refuses."""

    status: ClassVar[int] = 409
    retry_seconds: ClassVar[int | None] = None
    """When to come again; None where that changes nothing."""


class UnknownSession(MailboxError):
    """A session that was never opened, or is forgotten by now."""

    status = 404


class UnknownQuestion(MailboxError):
    """An answer to what nobody has asked."""

    status = 404


class SessionEnded(MailboxError):
    """Something new in a session that its client has ended."""

    status = 410


class SessionFull(MailboxError):
    """More than one session may store."""

    status = 507


class TooManySessions(MailboxError):
    """One session more than there may be."""


class TooManyQuestions(MailboxError):
    """One question more than may wait."""

    status = 429
    retry_seconds = 1


class TooManyWait(MailboxError):
    """One request more than may wait for news."""

    status = 429
    retry_seconds = 1


class AskedOtherwise(MailboxError):
    """A question that was asked before, in other words."""


class AnsweredOtherwise(MailboxError):
    """A second answer that differs from the first."""


class MailboxUnreachable(MailboxError):
    """A file that cannot be read or written just now."""

    status = 503
    retry_seconds = 2
