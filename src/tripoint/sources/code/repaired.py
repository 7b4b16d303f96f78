"""SQL whose clauses are filled in at run time (`… ${where} order by …`): what stands in the code is read without them.

A part that PostgreSQL's grammar can't take as a parameter is left blank, or an assignment or a column holds its place,
whichever the grammar takes there. What its place may bring along decides what can still be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from tripoint.model.query import STAND_IN
from tripoint.model.regex import regex
from tripoint.sources.code.facts import Chain, Choice, Ref, Template, Text, Value
from tripoint.sql.grammar import Refusal
from tripoint.sql.lexer import Token, tokens

__all__ = ["ROOM", "Gap", "Opened", "names_a_clause", "query_in_brackets", "repaired"]

Opened = Literal["clauses", "relations"]
"""What the parts that are filled in may bring along: conditions and values alone, or columns and relations too."""

ROOM: Final = 10
"""How many bytes a part gets that is only known at run time: as many as the longest of what may stand for it."""

_COLUMN: Final = STAND_IN.encode()
_CLOSED: Final = frozenset(b"where set order group having limit offset values returning conflict".split())
"""The clauses after which no relation and no new column can come, but in queries of their own."""
_CLAUSES: Final = _CLOSED | frozenset(b"select from join on into using with union except intersect update as".split())
_CONDITION: Final = regex(
    r"where|filter|cond|clause|order|sort|limit|pag(?:e|ing|ination)|offset|having|group|\band\b|predicate|search",
    re.IGNORECASE,
)
_SOURCE: Final = regex(r"join|from|with\b|cte|union|lateral|table|relation|select|column|field", re.IGNORECASE)
_RELATION_FOLLOWS: Final = frozenset(b"from join into update using only lateral .".split())
_MOST: Final = 40
"""Parts beyond which a text is not tried: each is tried with what comes before it, in the audit's own process."""


class Gap(Struct, frozen=True):
    """A part of a text that is only known at run time: where it stands, in bytes, and the value that fills it."""

    start: int
    end: int
    value: Value


_BRACKETED: Final = regex(r"\s*\(\s*(?:select|with)\b", re.IGNORECASE)


def query_in_brackets(text: str) -> str | None:
    """Return the query of `(select …) as total` alone, where it stands: what a query builder takes for a column."""
    depth = 0
    for token in tokens(text.encode("utf-8", "replace")) if text.isascii() and _BRACKETED.match(text) else ():
        sign = text[token.start : token.end]
        depth += (sign == "(") - (sign == ")")
        if not depth:
            start = text.index("(")
            return f"{' ' * (start + 1)}{text[start + 1 : token.start]}{' ' * (len(text) - token.start)}"
    return None


def repaired(
    text: str, gaps: Sequence[Gap], read: Callable[[str], tuple[str, str] | Refusal]
) -> tuple[str, str, Opened] | None:
    """Return the text as `read` reads it, with its first statement's kind and what the gaps may add to it.

    None where it can't be read so, a gap may begin the statement, or there are too many.
    """
    if len(gaps) > _MOST:
        return None
    data = text.encode("utf-8", "replace")
    before = {gap.start: _before(data, gap.start) for gap in gaps}
    left = {gap.start: _stand_ins(data, gap, before[gap.start]) for gap in gaps}
    blank: set[int] = set()
    while True:
        found = read(data.decode("utf-8", "replace"))
        if not isinstance(found, Refusal):
            break
        gap = next((g for g in reversed(gaps) if g.start <= found.position and left[g.start]), None)
        if gap is None:
            return None
        stand_in = left[gap.start].pop(0)
        (blank.discard if stand_in else blank.add)(gap.start)
        data = data[: gap.start] + stand_in.ljust(gap.end - gap.start) + data[gap.end :]
    opened: Opened = "clauses"
    for gap in gaps:
        where = before[gap.start]
        if gap.start in blank:
            if where.clause in (None, b"with", b"as") and where.depth == 0:
                return None  # it may define what the statement names
            if not _adds_conditions(where.clause, gap.value):
                opened = "relations"
    return (*found, opened)


class _Where(NamedTuple):
    clause: bytes | None
    """The last clause that began before, at the same depth of brackets."""
    depth: int
    previous: bytes
    """The token before."""


def _stand_ins(data: bytes, gap: Gap, where: _Where) -> list[bytes]:
    """Return what may hold a gap's place, in the order in which it is tried; nothing can in place of a relation."""
    after = data[gap.end :].lstrip()[:1]
    clause = where.clause
    if where.previous in _RELATION_FOLLOWS or (clause in (b"from", b"using") and where.previous == b","):
        return []
    if clause == b"set":
        return [_COLUMN if after == b"=" else _COLUMN + b"=null", b""]
    if clause in (b"into", b"conflict"):
        return [_COLUMN, b""]
    if clause == b"values":
        return [b"(null)", b""]
    return [b""]


def _before(data: bytes, stop: int) -> _Where:
    clauses: list[bytes | None] = [None]
    previous: Token | None = None
    for token in tokens(data, 0, stop):
        if token.text == b"(":
            clauses.append(None if clauses[-1] not in (b"into", b"conflict", b"values") else clauses[-1])
        elif token.text == b")" and len(clauses) > 1:
            clauses.pop()
        elif token.kind == "word" and token.text in _CLAUSES:
            # `do update set`, `for update` and `a as b` begin no clause of their own.
            if token.text == b"as" and clauses[-1] not in (b"with", b"as"):
                continue
            if token.text == b"update" and previous is not None and previous.text in (b"do", b"for"):
                continue
            clauses[-1] = token.text
        previous = token
    return _Where(clauses[-1], len(clauses) - 1, b"" if previous is None else previous.text)


def _adds_conditions(clause: bytes | None, value: Value) -> bool:
    """Whether what fills a gap can bring no relation and no column along that other parts may name."""
    said = " ".join(_words(value, 0))
    if clause in _CLOSED or (clause is None and said and not _SOURCE.search(said)):
        return True
    return clause in (b"from", b"join", b"on", b"using") and bool(_CONDITION.search(said)) and not _SOURCE.search(said)


def names_a_clause(value: Value) -> bool:
    """Whether what a value is called tells that it is a clause, and no part of a name."""
    said = " ".join(_words(value, 0))
    return _CONDITION.search(said) is not None or _SOURCE.search(said) is not None


def _words(value: Value, depth: int) -> list[str]:
    """Return what a value says of itself: its names, and the text in it."""
    if depth > 4:
        return []
    if isinstance(value, Text):
        return [value.value]
    if isinstance(value, Ref):
        return list(value.path)
    if isinstance(value, Choice):
        return [word for option in value.options for word in _words(option, depth + 1)]
    if isinstance(value, Template):
        return [word for part in value.parts for word in _words(part, depth + 1)]
    if isinstance(value, Chain):
        return [*_words(value.root, depth + 1), *(step.name for step in value.steps)]
    return []
