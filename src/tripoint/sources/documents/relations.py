"""Relationships written in a line of text: `orders.user_id → users.id`, in whatever way people draw the arrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.claim import RelationshipCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.fields import IDENTIFIER, unescape
from tripoint.sources.documents.text import Piece, Source

__all__ = ["relationships_in"]

_SIDE = (
    rf"(?P<t{{n}}>(?:{IDENTIFIER}\.)?{IDENTIFIER})"
    rf"(?:\.(?P<c{{n}}>{IDENTIFIER})|\.?\s?\(\s*(?P<l{{n}}>{IDENTIFIER}(?:\s*,\s*{IDENTIFIER})*)\s*\))"
)
_ARROW = regex(
    r"(?P<back>←|<-{1,2}(?!>)|⟵)|→|⟶|➜|➔|-{1,2}>|={1,2}>|\breferences\b|\brefers\s+to\b|\bpoints\s+to\b|\blinks\s+to\b"
    r"|\bis\s+an?\s+(?:foreign\s+key|FK)\s+to\b|\bFK\s+to\b",
    re.IGNORECASE,
)
_SIGNS = ("->", "=>", "<-", "references", "refers", "points", "links", "fk", "foreign")
"""Each arrow in ASCII holds one of these: to look for each takes a tenth of the time that the pattern takes."""
_LEFT = regex(_SIDE.format(n=1) + r"[`*_\"\s]*(?:\([^()]{0,60}\)\s*|\bFK\b\s*)?$")
_RIGHT = regex(r"[`*_\"\s]*(?:(?:FK|to|the)\s+)?[`*_\"\s]*" + _SIDE.format(n=2))
_KEY = regex(r"(?:\bid|_id)\s*\)$")
"""In `users (id)` the parentheses hold a column, in `users (optional)` a remark."""
_RIGHT_TABLE = regex(rf"\s*[*_]*`(?P<t2>(?:{IDENTIFIER}\.)?{IDENTIFIER})`")


def _columns(match: re.Match[str], number: int) -> tuple[str, ...]:
    if single := match[f"c{number}"]:
        return (unescape(single),)
    return tuple(unescape(part.strip()) for part in (match[f"l{number}"] or "").split(","))


def relationships_in(piece: Piece, source: Source) -> Iterator[RelationshipCandidate]:
    """Yield every `table.column arrow table.column` of a line, the referring side first."""
    text = piece.text
    if "." not in text and "(" not in text:
        return
    if text.isascii():
        lower = text.lower()
        if not any(sign in lower for sign in _SIGNS):
            return
    for arrow in _ARROW.finditer(text):
        left = _LEFT.search(text, max(0, arrow.start() - 200), arrow.start())
        if left is None:
            continue
        right = _RIGHT.match(text, arrow.end())
        if right is not None and " (" in right[0] and not _KEY.search(right[0]):
            right = None
        columns: tuple[str, ...]
        if right is not None:
            columns = _columns(right, 2)
        else:
            right = _RIGHT_TABLE.match(text, arrow.end())
            columns = ()
        if right is None or text[right.end() : right.end() + 1] == "(":
            continue
        ends = [
            (unescape(left["t1"]), _columns(left, 1)),
            (unescape(right["t2"]), columns),
        ]
        if arrow["back"]:
            ends.reverse()
        start = source.offset(piece.line, piece.column + left.start("t1"))
        end = source.offset(piece.line, piece.column + right.end())
        yield RelationshipCandidate(*ends[0], *ends[1], start, end, "prose")
