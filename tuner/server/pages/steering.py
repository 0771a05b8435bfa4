"""What is done to a run by pressing a button: each answers with the page that shows what came of it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from ..bodies import form_fields
from ..facade import Facade
from .wording import link

router: Final = APIRouter(include_in_schema=False)

_Fields = Annotated[list[tuple[str, str]], Depends(form_fields)]


@router.post("/runs/{run}/pause")
def pause(run: str, service: Facade, _fields: _Fields) -> Response:
    """Stop once what is in flight is stored."""
    service.pause(run)
    return _seen(link("runs", run))


@router.post("/runs/{run}/resume")
def resume(run: str, service: Facade, _fields: _Fields) -> Response:
    """Go on."""
    service.resume(run)
    return _seen(link("runs", run))


@router.post("/runs/{run}/cancel")
def cancel(run: str, service: Facade, _fields: _Fields) -> Response:
    """End it; what is stored stays."""
    service.cancel(run)
    return _seen(link("runs", run))


@router.post("/runs/{run}/delete")
def delete(run: str, service: Facade, _fields: _Fields) -> Response:
    """Move it to the bin, from which it can be taken back; what had stored nothing is gone."""
    is_stored = (service.folder.runs / service.summary(run).name).is_dir()
    service.delete(run)
    return _seen(link("bin", moved=run) if is_stored else link("bin", gone=run))


@router.post("/bin/{run}/restore")
def restore(run: str, service: Facade, _fields: _Fields) -> Response:
    """Take it back."""
    return _seen(link("runs", service.restore(run).name))


def _seen(address: str) -> Response:
    return RedirectResponse(address, status_code=303)
