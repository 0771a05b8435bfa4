"""The errors that a reader of results can meet, named after the situation."""

from __future__ import annotations


class ResultsError(Exception):
    """Every error that results raises on purpose; its text is one line for the user."""


class NoSuchRun(ResultsError):
    """A path that holds no run."""


class CorruptStore(ResultsError):
    """A stored file that is damaged, or not what it should be."""


class UnreadableVersion(ResultsError):
    """A run written by a newer major version of the schema."""


class NothingToCompare(ResultsError):
    """A store with too little in it for the question asked."""


class UnknownLabel(ResultsError):
    """A strategy or task that the store does not hold."""


class InvalidImport(ResultsError):
    """A table of somebody else's results that cannot be taken over; the text names the row."""


class PlaceTaken(ResultsError):
    """A path where something is already, and nothing is to be replaced."""


class ImportedRun(ResultsError):
    """A run that was imported, where one is needed of which everything is known."""
