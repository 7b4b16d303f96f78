"""Names and excerpts of an audited project, made safe for where they are shown."""

from __future__ import annotations

import re
import unicodedata

from tripoint.model.hidden import visible
from tripoint.model.regex import regex

__all__ = ["cells", "json_text", "markdown_cell", "markdown_code", "markdown_fence", "markdown_text", "visible"]

_MARKDOWN = regex(r"([\\`*\[\]<>~|&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
"""What CommonMark and its usual extensions give a meaning within a line; an underscore within a word has none."""


_STEERING = regex(r"[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
"""What JSON lets stand as it is, and whoever looks at the text would not see, or see in another order."""


def json_text(text: str) -> str:
    """Return JSON of the same values in which nothing hides or reorders what stands beside it."""
    return text if text.isascii() else _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cells(text: str) -> int:
    """Return how many columns of a terminal `text` takes (Unicode annex 11; combining marks take none)."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(c) or c in "\u200c\u200d" or unicodedata.category(c) in ("Mn", "Me")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def markdown_text(text: str) -> str:
    """Return `text` so that Markdown shows it as it is and makes nothing of it."""
    return _MARKDOWN.sub(r"\\\1", visible(text))


def markdown_code(text: str) -> str:
    """Return `text` as a code span, whatever backticks stand in it (CommonMark 6.1)."""
    shown = visible(text)
    if "`" not in shown and shown.strip() == shown != "":
        return f"`{shown}`"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or shown != shown.strip() or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_cell(text: str) -> str:
    """Return Markdown so that it stays within one cell of a table: only the pipe ends a cell, also in a code span."""
    return re.sub(r"(?<!\\)\|", r"\\|", text) if "|" in text else text


def markdown_fence(text: str, language: str) -> str:
    """Return `text` as a fenced code block, whatever fences stand in it."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    body = "\n".join(visible(line) for line in text.rstrip("\n").split("\n"))
    return f"{fence}{language}\n{body}\n{fence}"
