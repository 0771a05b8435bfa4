"""Starting a run: choose, see what it comes to, start."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from results.errors import ResultsError

from ...errors import TunerError, one_line
from ..bodies import form_fields
from ..catalogue import CatalogueMissing
from ..facade import Facade
from ..problems import status_of
from ..run_views import PlanPreview
from ..service import Service
from ..submissions import digest_of
from .new_run_form import Form, own_request, shipped_request
from .templating import page
from .wording import link

router: Final = APIRouter(include_in_schema=False)

_FIRST: Final = "quick"
"""The suite that is chosen until somebody chooses."""


@router.get("/new")
def empty_form(request: Request, service: Facade) -> Response:
    """The form, filled as the address says."""
    return _page(request, service, Form.of(request.query_params.multi_items()))


@router.post("/new")
def sent_form(
    request: Request, service: Facade, fields: Annotated[list[tuple[str, str]], Depends(form_fields)]
) -> Response:
    """A look at the plan, or the start; the form again where something is wrong."""
    form = Form.of(fields)
    try:
        toml, workers = _suite_of(form, service), form.whole("workers")
        if form.errors:
            return _page(request, service, form, 422)
        if form.one("do") == "start":
            return RedirectResponse(link("runs", _submit(service, toml, workers, form.one("key"))), status_code=303)
        return _page(request, service, form, preview=service.plan(toml))
    except CatalogueMissing as error:
        kept = [(name, text) for name, text in fields if name != "csrf"]
        return page(request, "send_again", status_of(error), detail=one_line(str(error)), fields=kept)
    except (TunerError, ResultsError) as error:
        trouble = one_line(str(error).replace(f"{service.folder.runs}/", ""))
        return _page(request, service, form, status_of(error), trouble=trouble)


def _suite_of(form: Form, service: Service) -> str:
    """The suite as TOML; what is wrong with single fields stands in the form."""
    if form.way == "file":
        if not form.one("toml"):
            form.errors["toml"] = "a suite as TOML"
        return form.one("toml")
    if form.way == "own":
        tasks = {card.name: card.options for card in service.tasks()}
        request = own_request(form, tasks, {card.name: card.options for card in service.strategies()})
    else:
        request = shipped_request(form)
    return "" if form.errors else service.compose(request)


def _submit(service: Service, toml: str, workers: int | None, key: str) -> str:
    """The name of the run; a form that is sent twice starts one run, one that was changed another, of each change."""
    return service.submit(toml, workers=workers, key=f"{key}-{digest_of(toml, workers)}" if key else None).run


def _page(
    request: Request,
    service: Service,
    form: Form,
    status: int = 200,
    *,
    preview: PlanPreview | None = None,
    trouble: str = "",
) -> Response:
    suites = service.suites()
    first = _FIRST if any(suite.name == _FIRST for suite in suites) else next((suite.name for suite in suites), "")
    return page(
        request,
        "new_run",
        status,
        form=form,
        suites=suites,
        tasks=service.tasks(),
        strategies=service.strategies(),
        chosen_suite=form.one("suite") or first,
        preview=preview,
        trouble=trouble,
        key=form.one("key") or secrets.token_hex(16),
    )
