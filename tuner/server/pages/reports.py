"""Reports in the browser: the page that `tuner report` writes, with a way back."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from results.render.bar import with_bar

from ..facade import Facade
from .wording import link

router: Final = APIRouter(include_in_schema=False)

Names = Annotated[list[str], Query()]
_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"<>]*)">')
"""The page's own policy, before any text of anybody else's."""


@router.get("/runs/{run}/report")
def report(service: Facade, run: str, also: Names = [], task: Names = [], strategy: Names = []) -> Response:  # noqa: B006  FastAPI copies defaults
    """The report of a run, of others `also` if they are named, and of some tasks or strategies alone."""
    text = service.report_html([run, *also], task, strategy).decode()
    links = {
        "Runs": "/",
        run: link("runs", run),
        "Trials": link("runs", run, "trials"),
        "Compare": link("compare", run=[run, *also]),
        "Help": "/help",
    }
    return HTMLResponse(with_bar(text, links), headers={"Content-Security-Policy": policy_of(text)})


def policy_of(text: str) -> str:
    """The page's own policy as a header, which can also say that nobody may frame it; raises ValueError for none."""
    found = _POLICY.search(text)
    if found is None:
        raise ValueError("the page of the report has no content policy")
    return f"{found[1].replace('&#39;', chr(39))}; frame-ancestors 'none'"
