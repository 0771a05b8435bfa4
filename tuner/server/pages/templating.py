"""How a page is made of a template: what all of them know, and how values are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from results.render.cells import is_numeric, plain, write_cell

from ..facade import service_of
from ..guard_visitors import visitor_of
from ..kept import Kept
from ..outside_page import OUTSIDE_POLICY, refusal_page, way_in_page
from ..problems import title_of
from ..seen_run import SeenRun
from ..tokens import Access
from . import wording
from .assets import asset

PLACES: Final = (
    ("/", "Runs"),
    ("/new", "New run"),
    ("/compare", "Compare"),
    ("/strategies", "Strategies"),
    ("/tasks", "Tasks"),
    ("/suites", "Suites"),
    ("/bin", "Bin"),
    ("/help", "Help"),
)
"""Where the bar on top of every page leads."""


def page(
    request: Request, template: str, status: int = 200, headers: dict[str, str] | None = None, **content: Any
) -> HTMLResponse:
    """The page of a template of this name; `content` is what the template asks for."""
    return HTMLResponse(_rendered(request, template, content), status, headers=headers)


def kept_part(
    request: Request, seen: SeenRun, template: str, make: Callable[[], dict[str, Any]], stamp: object = None
) -> Markup:
    """A part of a page that tells of a run as it stands, rendered again only once it stands otherwise.

    `make` gives what the template asks for; of the request it may use who asks, and nothing else. With a `stamp`, it is
    rendered again once that is another one.
    """
    texts: Kept[Markup] = service_of(request).parts
    session, access = _visitor(request)
    key = (template, seen.found.name, access, None if session is None else session.csrf)
    return texts.of(key, stamp or seen.serial, lambda: Markup(_rendered(request, template, make())))  # noqa: S704  rendered


def _rendered(request: Request, template: str, content: dict[str, Any]) -> str:
    session, access = _visitor(request)
    known = {
        "places": PLACES,
        "path": request.url.path,
        "csrf": "" if session is None else session.csrf,
        "is_known": session is not None,
        "may_change": access is Access.FULL and session is not None,
    }
    return environment().get_template(f"{template}.html.j2").render(**known, **content)


def error_page(request: Request, status: int, detail: str, *, again: bool = False) -> HTMLResponse:
    """The page of an error; `again` has it look again by itself, unless that would send a form again.

    Strangers are told how to get in.
    """
    if visitor_of(request).access is None:
        text = way_in_page(detail) if status == 403 else refusal_page(title_of(status), detail)
        return HTMLResponse(text, status, headers={"Content-Security-Policy": OUTSIDE_POLICY})
    form = _form_of(request) if request.method == "POST" and status != 404 else ""
    return page(request, "error", status, code=status, title=title_of(status), detail=detail, form=form, again=again)


def _form_of(request: Request) -> str:
    """Where the form is that was sent."""
    first = request.url.path.split("/")[1]
    if first == "runs" and "run" in request.path_params:
        return wording.link("runs", request.path_params["run"])
    return f"/{first}" if first in {"new", "bin"} else "/"


@cache
def environment() -> Environment:
    """Every text is escaped, and rid of characters that have no place in a page."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {
        "number": wording.number,
        "integer": wording.integer,
        "seconds": wording.seconds,
        "size": wording.size,
        "when": wording.when,
        "value": wording.value,
        "counted": wording.counted,
        "marked": wording.marked,
        "paragraphs": wording.paragraphs,
        "percent": wording.percent,
    }
    made.globals |= {
        "address_of": lambda name: asset(name).address,
        "link": wording.link,
        "write_cell": write_cell,
        "is_numeric": is_numeric,
    }
    return made


def _shown(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _visitor(request: Request) -> tuple[Any, Access | None]:
    """The browser's session, if it has one, and what its visitor may do."""
    visitor = visitor_of(request)
    return visitor.session, visitor.access
