"""The scripts of a page: Vega with an interpreter of its expressions, and our own that lets a reader choose."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

_HERE = Path(__file__).parent
_OWN = ("state", "tips", "reading", "moving", "figures", "controls", "start")
"""Our own script is these parts, in this order."""
_IMPORT = re.compile(r"^import (\{[^}]+\}) from 'vega-util';$", re.MULTILINE)
_EXPORT = re.compile(r"^export \{ expression as expressionInterpreter \};$", re.MULTILINE)
_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
"""What in the interpreter's module is no script, and is written otherwise here."""


@cache
def page_scripts() -> tuple[Markup, ...]:
    """The texts of the page's script elements, in order; the same in every page."""
    vega = (_HERE / "vendored" / "vega.min.js").read_text(encoding="utf-8")
    own = "\n".join((_HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in _OWN)
    # All three are files of this package, and each hash has to be that of the very bytes.
    return tuple(Markup(text) for text in (vega, _interpreter(), f'"use strict";\n(() => {{\n{own}}})();\n'))  # noqa: S704


def content_hash(text: str) -> str:
    """What a content policy calls the script or style sheet of this text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def embedded_json(value: object) -> Markup:
    """The value as the text of a script element that is not run: no text in it can end the element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 escaped


def _interpreter() -> str:
    """The published module as a script that hands what it exports to Vega's name."""
    module = (_HERE / "vendored" / "vega-interpreter.js").read_text(encoding="utf-8")
    body = _IMPORT.sub(r"const \1 = vega;", module)
    body = _EXPORT.sub("vega.expressionInterpreter = expression;", _MAP.sub("", body))
    return f'"use strict";\n(() => {{\n{body.strip()}\n}})();\n'
