"""SQL of which whole clauses are only known at run time: `select a from b {where} order by a`, read without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations

from msgspec import Struct

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Ref, Value

__all__ = ["Gap", "gap", "without_clauses"]

_MOST = 4
_CONDITION = regex(r"where|filter|cond|order|sort|limit|offset|pag(?:e|ing|ination)|having|group_?by", re.I)
_BEHIND_TABLES = regex(rb"\b(?:where|order\s+by|group\s+by|limit)\b", re.I)
_FROM = regex(rb"\b(?:from|join)\b", re.I)


class Gap(Struct, frozen=True):
    """What stands in a text in place of a part that is not known, from byte to byte."""

    start: int
    end: int
    condition: bool
    """Whether it is called as what only narrows or orders rows."""


def gap(start: int, size: int, hole: Value | None) -> Gap:
    """Return the gap that a value leaves."""
    named = isinstance(hole, Ref) and _CONDITION.search(hole.path[-1]) is not None
    return Gap(start, start + size, named)


def without_clauses(text: str, gaps: Sequence[Gap], reads: Callable[[str], bool]) -> tuple[str, bool] | None:
    """Return a text that is read once some of its gaps are blank, and whether what they hold may bring tables along."""
    data = text.encode("utf-8", "replace")
    free = [one for one in gaps if _stands_free(data, one)]
    if not free or len(gaps) > _MOST:
        return None
    for count in range(1, len(free) + 1):
        for chosen in combinations(free, count):
            blank = bytearray(data)
            for one in chosen:
                blank[one.start : one.end] = b" " * (one.end - one.start)
            tried = blank.decode("utf-8", "replace")
            if reads(tried):
                return tried, not all(one.condition or _is_behind(data[: one.start]) for one in chosen)
    return None


def _stands_free(data: bytes, one: Gap) -> bool:
    """Whether no name, call or member goes on before or behind a gap."""
    before, after = data[: one.start], data[one.end :]
    apart = before[-1:].isspace() and (not after or after[:1].isspace() or after[:1] in b");")
    return apart and not before.rstrip().endswith((b".", b",")) and not after.lstrip().startswith((b".", b"(", b"="))


def _is_behind(before: bytes) -> bool:
    """Whether a text has left its tables behind: nothing that follows can add one."""
    behind = [match.start() for match in _BEHIND_TABLES.finditer(before)]
    tables = [match.start() for match in _FROM.finditer(before)]
    return bool(behind) and (not tables or behind[-1] > tables[-1])
