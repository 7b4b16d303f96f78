"""SQL in which nothing hides or reorders what stands beside it, and that means the same."""

from __future__ import annotations

import re

from tripoint.model.hidden import is_hidden, visible
from tripoint.model.regex import regex

__all__ = ["plain_sql"]

_PART = regex(
    r"""(?P<comment>--[^\n]*)|(?P<name>"(?:[^"]|"")*")|(?P<escaped>\b[eE]'(?:[^'\\]|''|\\.)*')|(?P<text>'(?:[^']|'')*')""",
    re.DOTALL,
)
"""Comments, quoted names and literals: where else such a character stood, it would be no SQL."""


def plain_sql(sql: str) -> str:
    r"""Return SQL that says the same, with every character that would not be seen written as an escape.

    Names and literals take PostgreSQL's Unicode escapes, `U&"\202E"`; comments have them as text.
    """
    return sql if sql.isascii() and not _hides(sql) else _PART.sub(_plain, sql)


def _hides(text: str) -> bool:
    return any(is_hidden(c) for c in text if c not in "\n\t")


def _plain(part: re.Match[str]) -> str:
    text = part[0]
    if not _hides(text):
        return text
    if part["comment"]:
        return visible(text.replace("\t", " "))
    if part["escaped"]:
        return "".join(f"\\U{ord(c):08x}" if is_hidden(c) and c not in "\n\t" else c for c in text)
    return "U&" + "".join(_unicode(c) for c in text)


def _unicode(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if is_hidden(character) and character not in "\n\t":
        return f"\\+{ord(character):06X}"
    return character
