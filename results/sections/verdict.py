"""The verdict, in words: it leads the page."""

from __future__ import annotations

from ..analysis.verdict import verdict
from ..items import Note, Points
from ..report import Section
from ..store import Store

TITLE = "Verdict"


def section(store: Store) -> Section:
    """Who leads, by how much, and how sure that is."""
    unfinished = [run.name for run in store.runs if run.state != "finished"]
    notes = [Note(f"Not finished, so all of this may change: {', '.join(unfinished)}.")] if unfinished else []
    return Section("verdict", TITLE, (Points(verdict(store)), *notes))
