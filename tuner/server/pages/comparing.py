"""Two strategies side by side, over one run or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from results.errors import ResultsError

from ...errors import TunerError, one_line
from ..facade import Facade
from ..problems import status_of
from ..run_views import RunSummary
from ..service import Service
from .reports import Names
from .templating import page
from .trial_pages import shown

router: Final = APIRouter(include_in_schema=False)

_MOST_OFFERED: Final = 40


@router.get("/compare")
def compare(
    request: Request,
    service: Facade,
    run: Names = [],  # noqa: B006  FastAPI copies defaults
    a: str = "",
    b: str = "",
) -> Response:
    """First the runs are chosen, then the strategies, then they are compared."""
    trouble, status = "", 200
    strategies: list[str] = []
    sections: list[Any] = []
    try:
        strategies = _strategies(service, run)
        sections = service.comparison(run, a, b)["sections"] if a and b else []
    except (TunerError, ResultsError) as error:
        status = status_of(error)
        if status >= 500:
            raise
        trouble = one_line(str(error).replace(f"{service.folder.runs}/", ""))
    items: list[Any] = [item for section in sections for item in section["items"]]
    return page(
        request,
        "compare",
        status,
        runs=_offered(service, run),
        chosen=run,
        strategies=strategies,
        a=a or next(iter(strategies), ""),
        b=b or next(iter(strategies[1:]), ""),
        trouble=trouble,
        is_compared=bool(sections),
        title=f"{a} against {b}" if sections else "",
        **shown(items),
    )


def _offered(service: Service, chosen: Sequence[str]) -> list[RunSummary]:
    """The latest runs that have stopped, and those that are chosen."""
    runs = service.runs(limit=_MOST_OFFERED).items
    return [run for run in runs if run.name in chosen or (run.trials and not run.is_under_way)]


def _strategies(service: Service, names: Sequence[str]) -> list[str]:
    """Those of all of these runs, in the order in which they come."""
    return list(dict.fromkeys(strategy for name in names for strategy in service.run(name).strategies))
