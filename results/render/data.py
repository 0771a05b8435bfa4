"""A report as one JSON object, for programs: everything in it, numbers in full precision."""

from __future__ import annotations

from ..item_json import item_value
from ..json_object import canonical
from ..report import Report


def render_json(report: Report) -> str:
    """`title`, `strategies`, `tasks`, and `sections`, each with `id`, `title` and `items`, ending in a line end.

    Items are written as those of exhibits are, charts with their specification; a number that is not finite is null.
    The same report gives the same text.
    """
    sections = [
        {"id": section.id, "title": section.title, "items": [item_value(item) for item in section.items]}
        for section in report.sections
    ]
    return (
        canonical({"title": report.title, "strategies": report.strategies, "tasks": report.tasks, "sections": sections})
        + "\n"
    )
