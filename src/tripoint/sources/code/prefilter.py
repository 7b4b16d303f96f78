"""What a file's bytes say before any parser reads them: whether a client's call words stand in it, and its words."""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = ["SQL_START", "call_words", "identifier_words", "speaks_of_a_client", "speaks_sql"]

_COUNTED = regex(rb"\.\s*(from_|from|table|rpc)\s*(?:!|\?\.)?\s*(?:<[^;]{0,300}?>\s*)?\(", re.IGNORECASE)
_CLIENT = regex(
    rb"\.\s*(?:from_|from|table|rpc|schema|channel)\s*(?:!|\?\.)?\s*[(<]|\.\s*invoke\s*[(<]|\[\s*['\"](?:from|rpc)['\"]",
    re.IGNORECASE,
)
_SQL = regex(
    rb"['\"`]\s*(?:--[^\n]*\s+)*(?:select|insert\s+into|update|delete\s+from|with|create|alter|drop|truncate)\s",
    re.IGNORECASE,
)
SQL_START = regex(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(?\s*"
    r"(?:select|insert\s+into|update|delete\s+from|with|merge\s+into|create|alter|drop|truncate|grant|revoke|call|copy)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What a string of SQL begins with."""
# A comment is left out only where it starts its line: a lexer's mistake elsewhere would lose words, and a lost word
# would let something be called unused.
_COMMENT = regex(rb"^[ \t]*(?://[^\n]*|/\*.*?\*/|<!--.*?-->)", re.MULTILINE | re.DOTALL)
_WORD = regex(rb"[A-Za-z_][A-Za-z0-9_]*")


def call_words(data: bytes) -> list[tuple[str, int]]:
    """Return each textual `.from(`, `.from_(`, `.table(` and `.rpc(` as (word, offset of the word), in order."""
    return [(match[1].decode("ascii").lower(), match.start(1)) for match in _COUNTED.finditer(data)]


def speaks_of_a_client(data: bytes) -> bool:
    """Whether anything that a database's client is called by stands in the bytes, so that parsing them may pay."""
    return _CLIENT.search(data) is not None


def speaks_sql(data: bytes) -> bool:
    """Whether a string of the file begins like a statement of SQL."""
    return _SQL.search(data) is not None


def identifier_words(data: bytes) -> frozenset[str]:
    """Return the identifier-like words of the bytes, without those of comments that fill their lines."""
    # Decoded at once: one by one takes as long as finding them.
    return frozenset(b"\n".join(set(_WORD.findall(_COMMENT.sub(b"", data)))).decode("ascii").split())


def sql_strings(data: bytes) -> list[int]:
    """Return the offset of each quote after which a statement of SQL begins."""
    return [match.start() for match in _SQL.finditer(data)]
