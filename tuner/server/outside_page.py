"""Pages for who has not been let in: each is whole by itself, so that nothing else has to be open to strangers."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from markupsafe import Markup

_STYLE: Final = Markup("""
:root { color-scheme: light dark; --paper: #fefefe; --ink: #1b1d21; --shade: #f5f6f8; --grid: #e3e5e9; }
@media (prefers-color-scheme: dark) { :root { --paper: #15171b; --ink: #e6e8eb; --shade: #1d2025; --grid: #2d3138; } }
body {
  margin: 0 auto; max-width: 44rem; padding: 0 1.5rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
header { padding: 0.9rem 0; margin: 0 0 1.75rem; border-bottom: 1px solid var(--grid); font-weight: 700; }
h1 { font-size: 1.6rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 0 0 1.25rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
code, pre { font: 0.875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 0 0 1rem; padding: 0.9rem 1rem; overflow-x: auto; background: var(--shade); border-radius: 4px; }
:focus-visible { outline: 2px solid; outline-offset: 3px; }
""")
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
OUTSIDE_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content policy of these pages: their own style, and nothing else."""
_FRAME: Final = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · tuner</title>
<style>{style}</style>
</head>
<body>
<header>tuner</header>
<main>
<h1>{title}</h1>
{content}</main>
</body>
</html>
""")
_WAY_IN: Final = Markup("""\
<p>A link that <code>tuner serve</code> prints lets one browser in. It is good for ten minutes, and for one use.</p>
<p>For another link, run this on the machine of the service, in the folder where it was started:</p>
<pre tabindex="0" aria-label="Command">tuner serve --new-code</pre>
""")


def way_in_page(detail: str = "This browser is not known to the service.") -> bytes:
    """How to get in, for a browser that came without a way in, or with one that is worth nothing any more."""
    return _page("How to get in", Markup('<p role="alert">{}</p>\n{}').format(detail, _WAY_IN))


def refusal_page(title: str, detail: str) -> bytes:
    """Why a request is not answered."""
    return _page(title, Markup('<p role="alert">{}</p>\n').format(detail))


def _page(title: str, content: Markup) -> bytes:
    return _FRAME.format(title=title, style=_STYLE, content=content).encode()
