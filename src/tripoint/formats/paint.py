"""Lines of styled text, wrapped to a width, as plain text or with the escape sequences of a terminal.

Only the eight colours of ECMA-48 with bold, dim and underline are used: every theme knows them, light or dark. Writing
them here instead of through a library keeps a coloured report as quick as a plain one, and its bytes always the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from tripoint.formats.escape import cells, visible

__all__ = ["Line", "Painter", "Span", "Style", "wrap"]

Style = Literal[
    "plain", "bold", "dim", "critical", "high", "medium", "low", "info", "path", "good", "rule", "related", "underline"
]

_CODES: dict[Style, str] = {
    "plain": "",
    "bold": "1",
    "dim": "2",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "34",
    "path": "36",
    "good": "32",
    "rule": "35",
    "related": "34",
    "underline": "4",
}


class Span(NamedTuple):
    """A piece of a line. `path` and `line` make it a link to a place in a file."""

    text: str
    style: Style = "plain"
    path: str | None = None
    line: int = 1


Line = list[Span]


class Painter:
    """Turns lines into text: styles and links where the terminal has them, else the bare words."""

    def __init__(self, color: bool, links: bool, root_uri: str) -> None:
        self._color = color
        self._root = root_uri.rstrip("/") if links and color and root_uri else None

    def paint(self, lines: Iterable[Line]) -> str:
        """Return the lines as one text with a final line end; what a terminal would obey is made visible."""
        return "".join("".join(map(self._span, line)).rstrip() + "\n" for line in lines)

    def _span(self, span: Span) -> str:
        text = visible(span.text)
        if not self._color or not text.strip():
            return text
        code = _CODES[span.style]
        painted = f"\x1b[{code}m{text}\x1b[0m" if code else text
        if span.path is None or self._root is None:
            return painted
        from urllib.parse import quote

        address = f"{self._root}/{quote(span.path, safe='/', errors='replace')}#L{span.line}"
        return f"\x1b]8;;{address}\x1b\\{painted}\x1b]8;;\x1b\\"


def wrap(text: str, width: int, style: Style = "plain") -> list[Line]:
    """Return `text` broken at spaces into lines of at most `width` columns; a longer word stands on its own line."""
    lines: list[str] = []
    current = ""
    for word in visible(text).split():
        if current and cells(current) + 1 + cells(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [[Span(line, style)] for line in [*lines, current]]
