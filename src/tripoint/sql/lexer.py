"""The tokens of SQL text, by PostgreSQL's lexical rules, over bytes: bytes of 128 and above are letters there.

One regular expression, so that a walk over a statement costs as much as the tokens that are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tripoint.model.regex import regex

__all__ = ["DOLLAR_TAG", "Token", "count_operators", "end_of_comment", "end_of_quoted", "tokens", "word"]

DOLLAR_TAG: Final = regex(rb"\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$")

# What is met most often is tried first.
_TOKEN: Final = regex(
    rb"""
    [\s\x00]*(?:--[^\r\n]*[\s\x00]*)*
    (?:(?P<word>(?![eEbBxXnN]'|[uU]&['"])[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*)
    |(?P<mark>[(),;=\[\]])
    |(?P<string>[eEbBxXnN]?'|[uU]&')
    |(?P<number>(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[A-Za-z0-9_]*)
    |(?P<quoted>"|[uU]&")
    |(?P<comment>/\*)
    |(?P<dollar>\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$)
    |(?P<other>::|.)
    |(?P<end>\Z))
    """,
    re.VERBOSE | re.DOTALL,
)

# What the grammar reads left-recursively, so that a chain of it nests as deep as it is long.
_OPERATORS: Final = regex(
    rb"[-+*/<>=~!@#%^&|`?]+|::|\b(?:is|isnull|notnull|collate|at|not|between|in|i?like|similar|overlaps|operator|union"
    rb"|intersect|except|join)\b",
    re.I,
)
_LITERALS: Final = regex(rb"'[^']*'|--[^\n]*|\"[^\"]*\"|\$(\w*)\$.*?\$\1\$", re.S)


class Token(Struct, frozen=True, gc=False):
    """A token of kind `word`, `quoted`, `string`, `number` or `other`; a word's `text` is in lower case."""

    kind: str
    text: bytes
    start: int
    end: int


def end_of_quoted(data: bytes, start: int, quote: bytes, escapes: bool = False) -> int:
    """Return where the quoted text that opens before `start` ends, past its closing quote; -1 where it never does."""
    position = start
    while True:
        end = data.find(quote, position)
        if end < 0:
            return -1
        if escapes:
            backslash = data.find(b"\\", position, end)
            if backslash >= 0:
                position = backslash + 2
                continue
        if data[end + 1 : end + 2] == quote:
            position = end + 2
            continue
        return end + 1


_COMMENT_EDGE: Final = regex(rb"/\*|\*/")


def end_of_comment(data: bytes, start: int) -> int:
    """Return where the block comment that opens at `start` ends (they nest); -1 where it never does."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(data, start):
        depth += 1 if edge.group() == b"/*" else -1
        if depth == 0:
            return edge.end()
    return -1


def tokens(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """Yield the tokens between two offsets, without blanks and comments. What is unterminated runs to the end."""
    stop = len(data) if end is None else end
    position = start
    while position < stop:
        match = _TOKEN.match(data, position)
        if match is None:
            return
        kind, (position, closed) = match.lastgroup or "other", match.span(match.lastindex or 0)
        if position >= stop:
            return
        if kind == "word":
            closed = min(closed, stop)
            yield Token(kind, data[position:closed].lower(), position, closed)
            position = closed
            continue
        if kind == "mark":
            kind = "other"
        elif kind == "comment":
            closed = end_of_comment(data, position)
            position = closed if closed >= 0 else stop
            continue
        elif kind == "string":
            closed = end_of_quoted(data, closed, b"'", escapes=data[position] in b"eE")
        elif kind == "quoted":
            closed = end_of_quoted(data, closed, b'"')
        elif kind == "dollar":
            tag = data[position:closed]
            closed, kind = data.find(tag, closed), "string"
            closed = closed + len(tag) if closed >= 0 else -1
        if closed < 0 or closed > stop:
            closed = stop
        yield Token(kind, data[position:closed], position, closed)
        position = closed


def word(token: Token) -> str:
    """Return the identifier that a `word` or `quoted` token stands for, as PostgreSQL stores it."""
    text = token.text.decode("utf-8", "replace")
    if token.kind == "quoted":
        return text[text.index('"') + 1 : -1].replace('""', '"')
    return text


def count_operators(data: bytes) -> int:
    """Return roughly how many operators stand in `data` outside of literals: an upper bound on a chain's depth."""
    return sum(1 for _ in _OPERATORS.finditer(_LITERALS.sub(b" x ", data)))
