"""Style sheet and scripts of the pages, under addresses that change with what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..kept_answers import keep_while_same

router: Final = APIRouter(include_in_schema=False)

_OWN: Final = Path(__file__).parent / "static"
_REPORT_STYLE: Final = Path(__file__).parents[3] / "results" / "render" / "page.css"
_FILES: Final = {
    "page.css": (_REPORT_STYLE, _OWN / "page.css"),
    "live.js": (_OWN / "live.js",),
    "htmx.js": (_OWN / "vendored" / "htmx.min.js", _OWN / "scrolled.js"),
}
"""Each is these files, one after the other: pages look as reports do."""
_TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOR_EVER: Final = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages ask for."""

    name: str
    content: bytes
    digest: str

    @property
    def address(self) -> str:
        """Where it is; another one when its content changes."""
        return f"/static/{self.digest}/{self.name}"


@cache
def asset(name: str) -> Asset:
    """The file of this name; raises KeyError for none."""
    content = b"\n".join(file.read_bytes() for file in _FILES[name])
    return Asset(name, content, hashlib.sha256(content).hexdigest()[:16])


@router.get("/static/{digest}/{name}")
async def static_file(digest: str, name: str) -> Response:
    """One of the files; only under the address that pages of this version name."""
    if name not in _FILES or asset(name).digest != digest:
        raise HTTPException(404, "there is no such file here: load the page again")
    keep_while_same(lambda: True)
    kind = _TYPES[Path(name).suffix]
    return Response(asset(name).content, media_type=kind, headers={"Cache-Control": _FOR_EVER})
