"""What of the calls that are bound is only known at run time, and so held against nothing: silence is no pass."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.model.words import counted, listed

__all__ = ["left_open"]

_PLURALS: Final = {"filter or order": "filters or orders"}
_WRITES: Final = frozenset({"insert", "update", "upsert"})


def left_open(queries: Sequence[Query]) -> Iterator[tuple[str, Problem]]:
    """Yield how many calls of a client name columns or arguments that the text does not tell, at the first of them, and
    how many texts of SQL are filled in. Tests are not counted.
    """
    yield from _calls(queries)
    texts = {
        query.place: query for query in queries if query.kind == "sql" and query.text is not None and not query.test
    }
    filled = sorted(((p.path, p.start, p) for p, query in texts.items() if _is_filled(query)), key=lambda e: e[:2])
    if filled:
        path, _, first = filled[0]
        who = f"{len(filled)} of {counted(len(texts), 'text')} of SQL {'is' if len(filled) == 1 else 'are'}"
        reason = f"{who} filled in at run time: clauses that the text does not show are not checked"
        yield path, Problem("unresolved", first.start, first.end, reason)


_DYNAMIC: Final = regex(r"\b(?:order|group)\s+by\s+\$[0-9]", re.IGNORECASE)
"""A column that is put into SQL, where no driver would be given a value."""


def _is_filled(query: Query) -> bool:
    return query.opened is not None or (query.filled and _DYNAMIC.search(query.text or "") is not None)


def _calls(queries: Iterable[Query]) -> Iterator[tuple[str, Problem]]:
    calls: set[Place] = set()
    parts: dict[str, set[Place]] = defaultdict(set)
    for query in queries:
        if query.kind in ("table", "function") and query.name is not None and query.text is None and not query.test:
            calls.add(query.call)
            for part in _open_parts(query):
                parts[part].add(query.call)
    found: set[Place] = set().union(*parts.values())
    if not found:
        return
    first = min(found, key=lambda place: (place.path, place.start))
    told = listed(counted(len(places), part, _PLURALS.get(part)) for part, places in sorted(parts.items()))
    who = f"{len(found)} of {counted(len(calls), 'call')} {'takes' if len(found) == 1 else 'take'}"
    reason = f"{who} what is only known at run time ({told}): columns that the text does not show are not checked"
    yield first.path, Problem("unresolved", first.start, first.end, reason)


def _open_parts(query: Query) -> Iterator[str]:
    if query.operation in _WRITES and not query.written_complete:
        yield "payload"
    if query.select is not None and not query.select.complete:
        yield "select list"
    if not query.filters_complete:
        yield "filter or order"
    if query.kind == "function" and not query.arguments_complete:
        yield "argument list"
