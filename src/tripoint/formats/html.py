"""The audit as one self-contained page: no network, works from disk, and allows no script or style but its own."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib.resources import files

from tripoint.formats.escape import json_text
from tripoint.formats.format import RenderOptions
from tripoint.formats.html_data import page_data
from tripoint.model.audit import Audit
from tripoint.model.regex import regex
from tripoint.model.words import counted

__all__ = ["render"]

_SCRIPTS = ("dom.js", "findings.js", "tables.js", "diagram.js", "draw.js", "main.js")
_PLACEHOLDER = regex(r"\{\{(\w+)\}\}")


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the page as HTML with a final line end."""
    scripts = (*_SCRIPTS, "live.js") if options.live else _SCRIPTS
    layout, script, style = _layout(), "\n".join(map(_asset, scripts)), _asset("report.css")
    values = {
        "title": html.escape(_title(audit)),
        "csp": _policy((layout, script), style, live=bool(options.live)),
        "style": style,
        "layout": layout,
        "script": script,
        "data": embedded_json({**page_data(audit, options), "live": options.live}),
    }
    # Everything is filled in at once: what stands in the data is never taken for a placeholder.
    return _PLACEHOLDER.sub(lambda match: values[match[1]], _asset("page.html"))


def embedded_json(data: object) -> str:
    """Return JSON that can stand within a script element: nothing in it ends the element or a line of script."""
    text = json_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _asset(name: str) -> str:
    return (files("tripoint.formats") / "assets" / name).read_text(encoding="utf-8")


def _layout() -> str:
    """The layout library (dagre, MIT; its licence stands beside it), without the reference to its source map."""
    code = re.sub(r"^//# sourceMappingURL=.*$", "", _asset("dagre.min.js"), flags=re.MULTILINE)
    licence = _asset("dagre.LICENSE").strip()
    return f"/*! dagre\n{licence}\n*/\n{code.strip()}"


def _policy(scripts: tuple[str, ...], style: str, live: bool) -> str:
    """The page's Content-Security-Policy: its own scripts and style by their hashes, and nothing from anywhere.

    A live page may ask its own server, and nobody else.
    """
    allowed = " ".join(f"'{_hash(script)}'" for script in scripts)
    asked = "connect-src 'self'; " if live else ""
    return (
        f"default-src 'none'; script-src {allowed}; style-src '{_hash(style)}'; {asked}"
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _title(audit: Audit) -> str:
    found = sum(1 for finding in audit.findings if finding.suppressed is None)
    return f"{counted(found, 'finding')} · tripoint"
