"""The edge functions to which the database itself sends requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tripoint.model.binding import Invocation
from tripoint.model.evidence import Evidence
from tripoint.model.place import Place
from tripoint.model.regex import regex

__all__ = ["invocations_in"]

_SENDS: Final = regex(r"\bhttp(?:_\w+)?\s*\(", re.IGNORECASE)
_ADDRESS: Final = regex(r"/functions/v1/([A-Za-z0-9_-]{1,100})(?=[/?\"]|'\s{0,200}(?!\s|\|\|))")
"""An address that is written whole: what `||` goes on with is another name."""
_COMPARES: Final = regex(r"(?:[^:]=|<>|[~!]|like)\s{0,10}$", re.IGNORECASE)
_BEFORE: Final = 20


def invocations_in(evidence: Evidence) -> Iterator[Invocation]:
    """Yield the edge functions whose address stands in SQL that sends requests: of functions, jobs and triggers."""
    texts: list[tuple[str, Place | None, bool, str]] = []
    for name, functions in sorted(evidence.defined.functions.items()):
        for function in functions:
            place = function.body_place
            texts.append((function.body or "", place or function.place, place is not None, str(name)))
    texts += [(job.command, job.place, job.exact, job.name) for job in evidence.jobs]
    for text, place, exact, owner in texts:
        if place is None or _SENDS.search(text) is None:
            continue
        before, at = 0, 0  # bytes of the text up to a character
        for match in _ADDRESS.finditer(text):
            before, at = before + len(text[at : match.start(1)].encode("utf-8", "replace")), match.start(1)
            opening = text.rfind("'", 0, match.start())
            if _COMPARES.search(text[max(0, opening - _BEFORE) : max(0, opening)]) is None:
                first = place.start + before
                where = Place(place.path, first, first + len(match[1])) if exact else place
                yield Invocation(match[1], where, owner)
    for name, table in sorted(evidence.defined.tables.items()):
        for trigger in table.triggers.values():
            address = trigger.arguments[0] if trigger.arguments and "http" in trigger.function.name else ""
            named = _ADDRESS.search(f"{address}?")
            if named is not None and trigger.place is not None:
                yield Invocation(named[1], trigger.place, f"{name}/{trigger.name}")
