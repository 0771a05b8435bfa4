"""Trials: all of a run, filtered and sorted by the service, and each on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ...errors import InvalidOption
from ..at_once import at_once_if_at_hand
from ..facade import Facade
from ..trial_query import STATUSES, TrialColumn, TrialQuery
from .items import data_url, kind_of, pictures_of, read_items
from .runs_page import Offset
from .templating import page
from .trial_rows import written
from .wording import link, with_query

router: Final = APIRouter(include_in_schema=False)

_ROWS: Final = 50
_COLUMNS: Final = (
    ("study", "Study", "n"),
    ("trial", "Trial", "n"),
    ("task", "Task", ""),
    ("strategy", "Strategy", ""),
    ("seed", "Seed", "n"),
    ("status", "Status", ""),
    ("value", "Value", "n"),
    ("seconds", "Seconds", "n"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that the table can be sorted by."""

    text: str
    shape: str
    address: str
    """Sorts by it, or the other way round."""
    order: str
    """ascending or descending; empty where the table is sorted by something else."""


@router.get("/runs/{run}/trials")
@at_once_if_at_hand
def trials(
    request: Request,
    service: Facade,
    run: str,
    *,
    study: str = "",
    task: str = "",
    strategy: str = "",
    status: str = "",
    seed: str = "",
    text: Annotated[str, Query(max_length=200)] = "",
    sort: str = "",
    descending: str = "",
    offset: Offset = 0,
) -> Response:
    """A page of the table."""
    chosen = {"study": study, "task": task, "strategy": strategy, "status": status, "seed": seed, "text": text}
    order: dict[str, object] = {"sort": sort, "descending": bool(descending)}
    query = TrialQuery(
        study=_whole("study", study),
        task=task or None,
        strategy=strategy or None,
        status=status or None,
        seed=_whole("seed", seed),
        text=text,
        sort=cast("TrialColumn | None", sort or None),
        descending=bool(descending),
        offset=offset,
        limit=_ROWS,
    )
    base, detail, found = link("runs", run, "trials"), service.run(run), service.trials(run, query)
    return page(
        request,
        "trials",
        run=detail.summary,
        detail=detail,
        trials=found,
        rows=written(found.items, base),
        chosen=chosen,
        order=order,
        statuses=("failed", *STATUSES),
        headings=_headings(with_query(base, chosen), sort, is_descending=bool(descending)),
        is_filtered=any(chosen.values()),
        chosen_address=lambda start: with_query(base, {**chosen, **order, "offset": start}),
    )


@router.get("/runs/{run}/trials/{study}/{trial}")
@at_once_if_at_hand
def trial(request: Request, service: Facade, run: str, study: int, trial: int) -> Response:
    """All that is stored of one."""
    found = service.trial(run, study, trial)
    return page(request, "trial", run=run, trial=found, row=found.row, **shown(found.exhibits))


def shown(values: list[Any]) -> dict[str, Any]:
    """What the template of items asks for."""
    items = read_items(values)
    return {"items": items, "pictures": pictures_of(items), "kind_of": kind_of, "data_url": data_url}


def _headings(address: str, sort: str, *, is_descending: bool) -> list[Heading]:
    """Of every column; `address` is that of the same trials in no order."""
    start = f"{address}{'&' if '?' in address else '?'}sort="
    order = "descending" if is_descending else "ascending"
    turn = "" if is_descending else "&descending=yes"
    return [
        Heading(text, shape, f"{start}{name}{turn if name == sort else ''}", order if name == sort else "")
        for name, text, shape in _COLUMNS
    ]


def _whole(name: str, text: str) -> int | None:
    """The number; raises `InvalidOption` for anything else."""
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and len(text) < 19):
        raise InvalidOption(f"{name} is a whole number, not {text[:40]!r}")
    return int(text)
