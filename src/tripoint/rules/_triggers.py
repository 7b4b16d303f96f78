"""Which columns of a row that is written the triggers of a table may fill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tripoint.model.catalog import Column, Function, Table
from tripoint.model.evidence import Evidence
from tripoint.model.regex import regex

__all__ = ["filled_by_triggers", "must_be_given"]

_QUIET: Final = regex(r"--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|'(?:[^']|'')*'")
"""Comments and strings."""
_PART: Final = regex(r'\bnew\s*\.\s*(?:"([^"]+)"|(\w+))', re.IGNORECASE)
_SET: Final = regex(r'\bnew\s*\.\s*(?:"([^"]+)"|(\w+))\s*(?:\[[^\]]*\]\s*)?(?::=|=)', re.IGNORECASE)
_INTO: Final = regex(
    r"\binto\s+(?:strict\s+)?([^;]*?)(?:\bfrom\b|\busing\b|\bwhere\b|\bvalues\b|\bselect\b|;|$)", re.IGNORECASE
)
_WHOLE: Final = regex(r'\bnew\b(?!\s*\.\s*["\w])', re.IGNORECASE)
_RETURNED: Final = regex(r"\breturn\s+new\s*;", re.IGNORECASE)
_ANYTHING: Final = regex(r"\bexecute\b|\breturn\s+(?!(?:new|old)\s*;)", re.IGNORECASE)
"""What may make the row anything: SQL that is built, and a row that is not NEW."""


def must_be_given(table: Table, evidence: Evidence) -> Iterator[Column]:
    """Yield the columns of a table that an insert has to write; none where triggers may fill any."""
    filled = filled_by_triggers(table, "insert", evidence)
    if table.kind != "table" or not table.complete or filled is None:
        return
    domains = {str(name): domain for name, domain in evidence.defined.domains.items()}
    for column in table.columns.values():
        domain = domains.get(column.type)
        defaulted = column.default is not None or (domain is not None and domain.default is not None)
        if not (column.nullable or defaulted or column.identity or column.generated or column.name in filled):
            yield column


def filled_by_triggers(table: Table, event: str, evidence: Evidence) -> frozenset[str] | None:
    """Return the columns that triggers before an insert or update may fill; None where they may fill any."""
    found: set[str] = set()
    for trigger in table.triggers.values():
        if trigger.timing != "before" or not trigger.row or event not in trigger.events or not trigger.enabled:
            continue
        overloads = evidence.defined.functions.get(trigger.function, ())
        filled = _filled(*_text(overloads[0])) if len(overloads) == 1 else None
        if filled is None:
            return None
        found |= filled
    return frozenset(found)


def _text(function: Function) -> tuple[str, str]:
    return function.language, function.body or ""


@lru_cache(maxsize=1024)
def _filled(language: str, body: str) -> frozenset[str] | None:
    """Return the columns of NEW that a body may set, a comparison taken for one in doubt; None where it may set any."""
    text = _QUIET.sub(" '' ", body)
    if language != "plpgsql" or not text.strip() or _ANYTHING.search(text):
        return None
    if _WHOLE.search(_RETURNED.sub(";", text)):
        return None
    parts = [*_SET.findall(text), *(part for taken in _INTO.findall(text) for part in _PART.findall(taken))]
    return frozenset(quoted or plain.lower() for quoted, plain in parts)
