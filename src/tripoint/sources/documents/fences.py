"""The SQL in a Markdown document, where it stands: what a reader is to paste into an editor."""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = ["fenced_sql"]

_FENCE = regex(rb"^[ \t>]*(`{3,}|~{3,})[ \t]*([^\n`]*)\n(.*?)^[ \t>]*\1", re.M | re.S)
_SQL = regex(rb"\b(?:sql|pl/?pgsql|pgsql|psql|postgres(?:ql)?)\b", re.I)
_BEGINS = regex(rb"(?:\s|--[^\n]*\n)*(?:CREATE|ALTER)\s+(?:TABLE|TYPE|EXTENSION|POLICY|INDEX)\b", re.I)
_DEFINES = regex(rb"\b(?:CREATE|ALTER|COMMENT\s+ON|GRANT|REVOKE)\s+[\"\w]", re.I)
_TAKES_BACK = regex(rb"\b(?:DROP\s+TABLE|TRUNCATE|DISABLE\s+ROW\s+LEVEL|DROP\s+COLUMN)\b", re.I)
_MAKES = regex(rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\b", re.I)
_NO_BREAK = regex(rb"[^\n]")


def fenced_sql(data: bytes) -> bytes:
    """Return a document with blanks for all but its blocks of SQL that define something, each where it stands.

    A block that takes something back and makes no table tells how to mend or to begin anew, and is left out.
    """
    if _BEGINS.match(data) and b"```" not in data:
        return data  # nothing but SQL, under a document's name
    kept: list[bytes] = []
    at = 0
    for fence in _FENCE.finditer(data):
        language, body = fence[2], fence[3]
        told = _SQL.search(language) if language.strip() else _BEGINS.match(body)
        if not told or not _DEFINES.search(body) or (_TAKES_BACK.search(body) and not _MAKES.search(body)):
            continue
        kept += [_NO_BREAK.sub(b" ", data[at : fence.start(3)]), body]
        # Blocks need no semicolon behind the last statement; the line of the fence has room for one.
        end = fence.end(3)
        kept.append(b";")
        at = end + 1
    kept.append(_NO_BREAK.sub(b" ", data[at:]))
    return b"".join(kept)
